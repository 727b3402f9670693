/*
 * send_file and file_digest: the bytes of small and large ranges, their digest,
 * and a file that changes or shrinks meanwhile.
 */

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/file_digest.h"
#include "server/send_file.h"
#include "server/state.h"
#include "tests/unit/server/serving.h"

enum {
	LARGE = 5 * 1024 * 1024 + 1, /* bytes: pieces and slices, and one */
};

static struct serving serving;
static struct stream stream;
static struct root_file file;
static struct protocol_attributes attributes;
static struct file_range range;
static struct reply_writer reply;
static struct hangs_call call;
static uint8_t *content, *got;
static int result, code;

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	serving_open(&serving);
	stream_open(&stream, serving.connection.fd, -1);
	content = malloc(LARGE);
	got = malloc(LARGE + 1024);
	unit_fill(content, LARGE, 1);
	unit_write(serving.folder, "large", content, LARGE);
	ck_assert_int_eq(root_open_file(&serving.shared.verbs.root,
			     (const uint8_t *)"large", 5, false, &file),
	    PROTOCOL_OK);
	state_attributes(&file.stat, &attributes);
	reply = (struct reply_writer){.stream = &stream,
	    .call = &call,
	    .slot = &serving.connection.slot};
}

static void
teardown(void)
{
	root_close_file(&file);
	stream_rest(&stream);
	serving_close(&serving);
	free(content);
	free(got);
}

static void *
send_range(void *argument)
{
	(void)argument;
	result = send_file_range(&range, &reply);
	code = errno;
	if (result == 0)
		result = stream_flush(&stream, false);
	return NULL;
}

static const struct {
	uint64_t offset, count;
	bool fetch, digest;
} ranges[] = {
    {0, 0, true, true},
    {5, 1, true, true},
    {0, PROTOCOL_COPIED, true, true},
    {0, PROTOCOL_COPIED + 1, true, true},
    {0, LARGE, true, true},
    {LARGE - 2 * 1024 * 1024, 2 * 1024 * 1024, true, true},
    {0, LARGE, true, false},
    {0, LARGE, false, false},
    {7, 100, false, false},
};

START_TEST(test_ranges)
{
	uint8_t none[PROTOCOL_DIGEST_SIZE] = {0}, wanted[DIGEST_LENGTH];
	struct protocol_trailer trailer;
	const uint8_t *body = got;
	pthread_t thread;
	size_t len;

	range = (struct file_range){.file = &file,
	    .offset = ranges[_i].offset,
	    .count = ranges[_i].count,
	    .attributes = ranges[_i].fetch ? &attributes : NULL,
	    .digest = ranges[_i].digest};
	ck_assert_int_eq(pthread_create(&thread, NULL, send_range, NULL), 0);
	ck_assert_int_eq(serving_receive(serving.client, got, LARGE + 1024,
			     &len),
	    PROTOCOL_OK);
	pthread_join(thread, NULL);
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(reply.announced, len);
	ck_assert_uint_eq(reply.sent, len);
	if (ranges[_i].fetch) {
		body += PROTOCOL_ATTRIBUTES_SIZE;
		len -= PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_TRAILER_SIZE;
		ck_assert_int_eq(protocol_decode_trailer(body + len, &trailer),
		    0);
		ck_assert_int_eq(trailer.status, PROTOCOL_OK);
		digest_of(content + range.offset, len, wanted);
		ck_assert_mem_eq(trailer.digest,
		    ranges[_i].digest ? wanted : none, DIGEST_LENGTH);
	}
	ck_assert_uint_eq(len, range.count);
	ck_assert(memcmp(body, content + range.offset, len) == 0);
}
END_TEST

static void
shrink(off_t size)
{
	char path[UNIT_PATH];

	unit_path(path, serving.folder, "large");
	ck_assert_int_eq(truncate(path, size), 0);
}

/* A file that has shrunk is refused, or breaks the reply once announced. */
START_TEST(test_shrunk)
{
	size_t len;

	range = (struct file_range){.file = &file,
	    .count = PROTOCOL_COPIED,
	    .attributes = &attributes};
	shrink(100);
	(void)send_range(NULL);
	ck_assert_int_eq(result, 0);
	ck_assert_int_eq(serving_receive(serving.client, got, LARGE, &len),
	    PROTOCOL_CHANGED);
	range.count = LARGE;
	(void)send_range(NULL);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(code, ENODATA);
	ck_assert_uint_eq(reply.sent, PROTOCOL_ATTRIBUTES_SIZE + 100);
}
END_TEST

/* A file that has grown is sent as announced; the trailer says CHANGED. */
START_TEST(test_grown)
{
	struct protocol_trailer trailer;
	size_t len;

	range = (struct file_range){.file = &file,
	    .count = 10,
	    .attributes = &attributes};
	shrink(LARGE + 1);
	(void)send_range(NULL);
	ck_assert_int_eq(serving_receive(serving.client, got, LARGE, &len),
	    PROTOCOL_OK);
	ck_assert_int_eq(protocol_decode_trailer(got +
				 PROTOCOL_ATTRIBUTES_SIZE + 10,
			     &trailer),
	    0);
	ck_assert_int_eq(trailer.status, PROTOCOL_CHANGED);
	ck_assert_uint_eq(trailer.size, LARGE + 1);
	ck_assert(reply.changed);
}
END_TEST

START_TEST(test_digest)
{
	static const uint64_t counts[] = {0, 1, WORK_SLICE, WORK_SLICE + 1,
	    LARGE};
	uint8_t value[PROTOCOL_DIGEST_SIZE], wanted[DIGEST_LENGTH];
	enum protocol_status status;
	size_t i;

	for (i = 0; i < UNIT_ROWS(counts); i++) {
		ck_assert_int_eq(file_digest_range(&file, LARGE - counts[i],
				     counts[i], &reply, value, &status),
		    0);
		ck_assert_int_eq(status, PROTOCOL_OK);
		digest_of(content + LARGE - counts[i], counts[i], wanted);
		ck_assert_mem_eq(value, wanted, DIGEST_LENGTH);
		ck_assert_int_ne(reply.slot->state, WORK_SLOT_HELD);
	}
	shrink(100);
	ck_assert_int_eq(file_digest_range(&file, 0, LARGE, &reply, value,
			     &status),
	    0);
	ck_assert_int_eq(status, PROTOCOL_CHANGED);
	/* A cancelled claim gets no slot. */
	work_slot_cancel(reply.slot);
	ck_assert_int_eq(file_digest_range(&file, 0, 10, &reply, value,
			     &status),
	    0);
	ck_assert_int_eq(status, PROTOCOL_BUSY);
}
END_TEST

/* The digest for a peer that has reset its connection ends early. */
START_TEST(test_digest_for_nobody)
{
	const struct linger reset = {.l_onoff = 1};
	uint8_t value[PROTOCOL_DIGEST_SIZE];
	enum protocol_status status;

	ck_assert_int_eq(setsockopt(serving.client, SOL_SOCKET, SO_LINGER,
			     &reset, sizeof(reset)),
	    0);
	close(serving.client);
	serving.client = -1;
	ck_assert_int_eq(file_digest_range(&file, 0, LARGE, &reply, value,
			     &status),
	    -1);
	ck_assert_int_eq(errno, ECONNRESET);
	ck_assert_int_ne(reply.slot->state, WORK_SLOT_HELD);
}
END_TEST

Suite *
send_file_suite(void)
{
	Suite *suite = suite_create("send_file");
	TCase *tcase = unit_case(suite, "send_file");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_ranges, 0, (int)UNIT_ROWS(ranges));
	tcase_add_test(tcase, test_shrunk);
	tcase_add_test(tcase, test_grown);
	tcase_add_test(tcase, test_digest);
	tcase_add_test(tcase, test_digest_for_nobody);
	return suite;
}
