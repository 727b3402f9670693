/*
 * Encodes requests with common/protocol.h, which the unit tests compare with
 * the specification. Received files are compared by SHA-256 with those below
 * "served" in the scratch folder.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/digest.h"
#include "common/names.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wire.h"

void
talk_send_request(int fd, const struct protocol_request *request)
{
	uint8_t *bytes = malloc(
	    PROTOCOL_PREFIX_SIZE + PROTOCOL_FIXED_MAX + request->name_len);
	size_t len;

	ck_assert_ptr_nonnull(bytes);
	len = protocol_encode_request(request, bytes);
	ck_assert_uint_gt(len, 0);
	wire_send(fd, bytes, len);
	free(bytes);
}

size_t
talk_encode(uint8_t *bytes, enum protocol_op op, const char *name)
{
	struct protocol_request request = {.op = (uint8_t)op,
	    .count = PROTOCOL_TO_END,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name)};

	return protocol_encode_request(&request, bytes);
}

void
talk_ask(int fd, enum protocol_op op, const char *name)
{
	struct protocol_request request = {.op = (uint8_t)op,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name)};

	talk_send_request(fd, &request);
}

void
talk_ask_range(int fd, enum protocol_op op, uint8_t flags, const char *name,
    uint64_t offset, uint64_t count)
{
	struct protocol_request request = {.op = (uint8_t)op,
	    .flags = flags,
	    .offset = offset,
	    .count = count,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name)};

	talk_send_request(fd, &request);
}

enum protocol_status
talk_read_reply(int fd, uint64_t *length)
{
	uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE];
	enum protocol_status status;

	wire_read(fd, bytes, sizeof(bytes));
	ck_assert_msg(protocol_decode_reply(bytes, &status, length) == 0,
	    "no reply of this protocol: status %u", bytes[0]);
	return status;
}

enum protocol_status
talk_read_status(int fd)
{
	enum protocol_status status;
	struct sum sum;
	uint64_t length;

	status = talk_read_reply(fd, &length);
	wire_read_sum(fd, length, &sum, NULL);
	return status;
}

enum protocol_status
talk_read_refusal(int fd)
{
	char message[PROTOCOL_MESSAGE_MAX];
	enum protocol_status status;
	uint64_t length, i;

	status = talk_read_reply(fd, &length);
	ck_assert_msg(status != PROTOCOL_OK, "OK instead of a refusal");
	ck_assert_uint_gt(length, 0);
	ck_assert_uint_le(length, sizeof(message));
	wire_read(fd, message, (size_t)length);
	for (i = 0; i < length; i++)
		ck_assert_msg(message[i] >= ' ' && message[i] != 0x7f,
		    "control character in a message");
	return status;
}

void
talk_read_attributes(int fd, struct protocol_attributes *attributes)
{
	uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE];
	uint64_t length;

	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length, sizeof(bytes));
	wire_read(fd, bytes, sizeof(bytes));
	ck_assert_int_eq(protocol_decode_attributes(bytes, attributes), 0);
}

/* Returns the name of a served file in the scratch folder. */
static const char *
served(char path[NAMES_MAX + 16], const char *name)
{
	snprintf(path, NAMES_MAX + 16, "served/%s", name);
	return path;
}

void
talk_expect_file(int fd, const char *name)
{
	char path[NAMES_MAX + 16];
	enum protocol_status status;
	struct sum got, wanted;
	uint64_t length;

	talk_ask(fd, PROTOCOL_OP_GET, name);
	status = talk_read_reply(fd, &length);
	ck_assert_msg(status == PROTOCOL_OK, "%s: %s", name,
	    protocol_status_name(status));
	wire_read_sum(fd, length, &got, NULL);
	sum_file(&wanted, served(path, name), 0, UINT64_MAX);
	sum_expect(&got, &wanted, name);
}

void
talk_expect_range(int fd, const char *name, uint64_t offset, uint64_t count)
{
	const uint64_t around =
	    PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_TRAILER_SIZE;
	uint8_t head[PROTOCOL_ATTRIBUTES_SIZE], tail[PROTOCOL_TRAILER_SIZE];
	uint8_t value[DIGEST_LENGTH];
	struct protocol_attributes attributes;
	struct protocol_trailer trailer;
	enum protocol_status status;
	char path[NAMES_MAX + 16];
	struct sum got, wanted;
	struct digest digest;
	uint64_t length;

	talk_ask_range(fd, PROTOCOL_OP_FETCH, PROTOCOL_FETCH_DIGEST, name,
	    offset, count);
	status = talk_read_reply(fd, &length);
	ck_assert_msg(status == PROTOCOL_OK, "%s: %s", name,
	    protocol_status_name(status));
	wire_read(fd, head, sizeof(head));
	ck_assert_int_eq(protocol_decode_attributes(head, &attributes), 0);
	if (count > attributes.size - offset)
		count = attributes.size - offset;
	ck_assert_msg(length == count + around, "%s: %llu announced", name,
	    (unsigned long long)length);
	digest_reset(&digest);
	wire_read_sum(fd, count, &got, &digest);
	sum_file(&wanted, served(path, name), offset, count);
	sum_expect(&got, &wanted, name);
	wire_read(fd, tail, sizeof(tail));
	ck_assert_int_eq(protocol_decode_trailer(tail, &trailer), 0);
	ck_assert_msg(trailer.status == PROTOCOL_OK, "%s: CHANGED", name);
	ck_assert_uint_eq(trailer.size, attributes.size);
	digest_value(&digest, value);
	ck_assert_mem_eq(trailer.digest, value, sizeof(value));
}

enum protocol_status
talk_status_of(uint16_t port, enum protocol_op op, const void *name, size_t len)
{
	struct protocol_request request = {.op = (uint8_t)op,
	    .count = PROTOCOL_TO_END};
	enum protocol_status status;
	int fd = wire_connect(port);

	request.name = name;
	request.name_len = len;
	talk_send_request(fd, &request);
	status = talk_read_status(fd);
	close(fd);
	return status;
}

int
talk_begin_download(uint16_t port, const char *name)
{
	int fd = wire_connect_with(port,
	    &(struct wire_options){.receive_buffer = 16 * 1024});
	uint64_t length;

	talk_ask(fd, PROTOCOL_OP_GET, name);
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	return fd;
}

void
talk_finish_download(int fd, const char *name)
{
	char path[NAMES_MAX + 16];
	struct sum got, wanted;
	struct stat st;

	ck_assert_int_eq(fstatat(scratch_fd(), served(path, name), &st, 0), 0);
	wire_read_sum(fd, (uint64_t)st.st_size, &got, NULL);
	sum_file(&wanted, path, 0, UINT64_MAX);
	sum_expect(&got, &wanted, name);
}
