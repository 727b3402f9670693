/*
 * The framing: each request has one reply, in order, and the connection is
 * usable afterwards.
 */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/endian.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wire.h"

/* Starts a server with the one file "ok". Returns a connection to it. */
static int
start_simple(struct server *server)
{
	scratch_text("served/ok", "fine");
	server_start(server, NULL);
	return wire_connect(server->port);
}

static const struct {
	const char *row;
	uint8_t op;
	uint8_t flags;
	uint16_t length; /* bytes of a payload of letters */
	enum protocol_status status;
} odd[] = {
    {"LIST", PROTOCOL_OP_LIST, 0, 9, PROTOCOL_NOT_FOUND},
    {"LIST, no name", PROTOCOL_OP_LIST, 0, 8, PROTOCOL_BAD_NAME},
    {"LIST, short", PROTOCOL_OP_LIST, 0, 7, PROTOCOL_BAD_REQUEST},
    {"unknown op", PROTOCOL_OPS, 0, 10, PROTOCOL_UNSUPPORTED},
    {"unknown op, no payload", PROTOCOL_OPS, 0, 0, PROTOCOL_UNSUPPORTED},
    {"unknown op, longest payload", PROTOCOL_OPS, 0, 65535,
	PROTOCOL_UNSUPPORTED},
    {"op before CR", 0x0c, 0, 10, PROTOCOL_UNSUPPORTED},
    {"op behind CR", 0x0e, 0, 10, PROTOCOL_UNSUPPORTED},
    {"op before TLS", 0x15, 0, 10, PROTOCOL_UNSUPPORTED},
    {"op behind TLS", 0x17, 0, 10, PROTOCOL_UNSUPPORTED},
    {"op before the letters", '@', 0, 10, PROTOCOL_UNSUPPORTED},
    {"op behind the letters", '[', 0, 10, PROTOCOL_UNSUPPORTED},
    {"a small letter", 'g', 'e', 10, PROTOCOL_UNSUPPORTED},
    {"last op, all flags", 127, 255, 65535, PROTOCOL_UNSUPPORTED},
    {"GET, a flag", PROTOCOL_OP_GET, 1, 2, PROTOCOL_UNSUPPORTED},
    {"GET, the last flag", PROTOCOL_OP_GET, 0x80, 2, PROTOCOL_UNSUPPORTED},
    {"STAT, a flag", PROTOCOL_OP_STAT, 1, 2, PROTOCOL_UNSUPPORTED},
    {"LIST, a flag", PROTOCOL_OP_LIST, 1, 10, PROTOCOL_UNSUPPORTED},
    {"DIGEST, a flag", PROTOCOL_OP_DIGEST, 1, 40, PROTOCOL_UNSUPPORTED},
    {"FETCH, second flag", PROTOCOL_OP_FETCH, 2, 40, PROTOCOL_UNSUPPORTED},
    {"FETCH, both flags", PROTOCOL_OP_FETCH, 3, 40, PROTOCOL_UNSUPPORTED},
    {"FETCH, last flag", PROTOCOL_OP_FETCH, 0x81, 40, PROTOCOL_UNSUPPORTED},
    {"FETCH, empty", PROTOCOL_OP_FETCH, 0, 0, PROTOCOL_BAD_REQUEST},
    {"FETCH, a byte", PROTOCOL_OP_FETCH, 1, 1, PROTOCOL_BAD_REQUEST},
    {"FETCH, short by one", PROTOCOL_OP_FETCH, 0, 31, PROTOCOL_BAD_REQUEST},
    {"FETCH, no name", PROTOCOL_OP_FETCH, 0, 32, PROTOCOL_BAD_NAME},
    {"DIGEST, empty", PROTOCOL_OP_DIGEST, 0, 0, PROTOCOL_BAD_REQUEST},
    {"DIGEST, short", PROTOCOL_OP_DIGEST, 0, 31, PROTOCOL_BAD_REQUEST},
    {"DIGEST, no name", PROTOCOL_OP_DIGEST, 0, 32, PROTOCOL_BAD_NAME},
    {"GET, no name", PROTOCOL_OP_GET, 0, 0, PROTOCOL_BAD_NAME},
    {"STAT, no name", PROTOCOL_OP_STAT, 0, 0, PROTOCOL_BAD_NAME},
    {"GET, longest payload", PROTOCOL_OP_GET, 0, 65535, PROTOCOL_BAD_NAME},
};

static void
expect_status(int fd, enum protocol_status wanted, const char *row)
{
	enum protocol_status got = talk_read_refusal(fd);

	ck_assert_msg(got == wanted, "%s: %s, not %s", row,
	    protocol_status_name(got), protocol_status_name(wanted));
}

START_TEST(odd_requests_leave_the_connection_usable)
{
	static uint8_t bytes[PROTOCOL_REQUEST_MAX];
	struct server server;
	int fd = start_simple(&server);
	size_t i;

	memset(bytes, 'x', sizeof(bytes));
	for (i = 0; i < HARNESS_ROWS(odd); i++) {
		bytes[0] = odd[i].op;
		bytes[1] = odd[i].flags;
		be16enc(bytes + 2, odd[i].length);
		wire_send(fd, bytes,
		    PROTOCOL_PREFIX_SIZE + (size_t)odd[i].length);
		expect_status(fd, odd[i].status, odd[i].row);
		talk_expect_file(fd, "ok");
	}
	/* Once more, with all sent before the first read. */
	for (i = 0; i < HARNESS_ROWS(odd); i++) {
		bytes[0] = odd[i].op;
		bytes[1] = odd[i].flags;
		be16enc(bytes + 2, odd[i].length);
		wire_send(fd, bytes,
		    PROTOCOL_PREFIX_SIZE + (size_t)odd[i].length);
	}
	for (i = 0; i < HARNESS_ROWS(odd); i++)
		expect_status(fd, odd[i].status, odd[i].row);
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
}
END_TEST

/* The reply to an unsupported request needs its first four bytes only. */
START_TEST(unsupported_is_replied_at_once)
{
	static const uint8_t prefix[] = {99, 0, 0x40, 0};
	static uint8_t payload[0x4000];
	struct server server;
	int fd = start_simple(&server);

	wire_send(fd, prefix, sizeof(prefix));
	expect_status(fd, PROTOCOL_UNSUPPORTED, "prefix alone");
	wire_send(fd, payload, 5000);
	wire_send(fd, payload, sizeof(payload) - 5000);
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
}
END_TEST

/* First bytes of other protocols. */
static const struct {
	const char *row;
	const char *bytes;
	size_t len;
} foreign[] = {
#define BYTES(literal) literal, sizeof(literal) - 1
    {"POST", BYTES("POST /?x HTTP/1.1\r\nHost: localhost\r\n\r\n")},
    {"one letter", BYTES("A")},
    {"the last letter", BYTES("Z")},
    {"TLS", BYTES("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")},
    {"an empty line", BYTES("\r\n")},
    {"PROXY, text", BYTES("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n")},
    {"PROXY, binary", BYTES("\r\n\r\n\0\r\nQUIT\n")},
    {"0x80", BYTES("\x80\0\0\0")},
    {"the last byte", BYTES("\xff")},
#undef BYTES
};

/* Writes these four bytes, the payload that they would announce as a request,
 * and a request after it. Returns the total length. */
static size_t
hide_request(size_t row, uint8_t *bytes)
{
	size_t skipped = PROTOCOL_PREFIX_SIZE;

	memset(bytes, 'x', PROTOCOL_REQUEST_MAX);
	memcpy(bytes, foreign[row].bytes, foreign[row].len);
	if (foreign[row].len >= PROTOCOL_PREFIX_SIZE)
		skipped += be16dec(bytes + 2);
	return skipped + talk_encode(bytes + skipped, PROTOCOL_OP_GET, "ok");
}

/*
 * Regression: "POST" was an op with 21,332 bytes to skip, and a request after
 * these was answered. The bytes are sent at once, and as a header whose body
 * comes later; as the first request, and after others.
 */
START_TEST(other_protocols_end_the_connection)
{
	static uint8_t bytes[2 * PROTOCOL_REQUEST_MAX];
	struct server server;
	int fd = start_simple(&server), manner;
	size_t i, len, first;

	for (i = 0; i < 4 * HARNESS_ROWS(foreign); i++) {
		manner = (int)(i % 4);
		close(fd);
		fd = wire_connect(server.port);
		if (manner & 1)
			talk_ask(fd, PROTOCOL_OP_STAT, "ok");
		len = hide_request(i / 4, bytes);
		first = manner & 2 ? foreign[i / 4].len : len;
		wire_send(fd, bytes, first);
		if (manner & 1)
			ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
		expect_status(fd, PROTOCOL_UNSUPPORTED, foreign[i / 4].row);
		wire_send(fd, bytes + first, len - first);
		wire_expect_end(fd, WIRE_ORDERLY);
	}
	close(fd);
	fd = wire_connect(server.port);
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
}
END_TEST

enum {
	FOREIGN_PLACES = 4
};

/* The server waits for their end, but a newcomer gets the place. */
START_TEST(other_protocols_are_evicted)
{
	static const char *const options[] = {"--max-connections", "4",
	    "--max-per-address", "100", NULL};
	int fds[FOREIGN_PLACES], fd;
	struct server server;
	size_t i;

	scratch_text("served/ok", "fine");
	server_start(&server, options);
	for (i = 0; i < FOREIGN_PLACES; i++) {
		fds[i] = wire_connect(server.port);
		wire_send(fds[i], "A", 1);
		expect_status(fds[i], PROTOCOL_UNSUPPORTED, "a letter");
	}
	fd = wire_connect(server.port);
	talk_expect_file(fd, "ok");
	close(fd);
	for (i = 0; i < FOREIGN_PLACES; i++)
		close(fds[i]);
	server_stop(&server);
}
END_TEST

enum {
	MANY = 3000
};

/* Returns the op of request i of many; each third one fails. */
static enum protocol_op
many_request(int i, char *name, size_t size)
{
	if (i % 3 == 2)
		snprintf(name, size, i % 2 == 0 ? "missing%d" : "../%d", i);
	else
		snprintf(name, size, "f%d", i % 100);
	return i % 5 == 4 ? PROTOCOL_OP_STAT : PROTOCOL_OP_GET;
}

static void
expect_many_reply(int fd, int i)
{
	struct protocol_attributes attributes;
	char name[32], path[64];
	struct sum got, wanted;
	uint64_t length;

	if (i % 3 == 2) {
		expect_status(fd,
		    i % 2 == 0 ? PROTOCOL_NOT_FOUND : PROTOCOL_BAD_NAME,
		    "failure between");
		return;
	}
	if (many_request(i, name, sizeof(name)) == PROTOCOL_OP_STAT) {
		talk_read_attributes(fd, &attributes);
		ck_assert_uint_eq(attributes.size, (unsigned)(i % 100) * 7);
		return;
	}
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	wire_read_sum(fd, length, &got, NULL);
	snprintf(path, sizeof(path), "served/%s", name);
	sum_file(&wanted, path, 0, UINT64_MAX);
	sum_expect(&got, &wanted, name);
}

START_TEST(many_names_in_order_with_failures_between)
{
	static uint8_t bytes[MANY * 32];
	struct server server;
	char name[32], path[64];
	size_t len = 0;
	int fd, i;

	for (i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "served/f%d", i);
		scratch_fill(path, (uint64_t)i * 7, (uint64_t)i);
	}
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < MANY; i++) {
		enum protocol_op op = many_request(i, name, sizeof(name));

		len += talk_encode(bytes + len, op, name);
	}
	wire_send(fd, bytes, len);
	for (i = 0; i < MANY; i++)
		expect_many_reply(fd, i);
	close(fd);
	server_stop(&server);
}
END_TEST

/* After a half-close all replies arrive, then the end. */
START_TEST(half_close_after_the_last_request)
{
	const uint64_t size = 3 * 1024 * 1024;
	struct sum got, wanted;
	struct server server;
	uint64_t length;
	int fd, round;

	scratch_fill("served/f", size, 1);
	server_start(&server, NULL);
	sum_file(&wanted, "served/f", 0, size);
	for (round = 0; round < 20; round++) {
		fd = wire_connect(server.port);
		talk_ask(fd, PROTOCOL_OP_GET, "f");
		talk_ask(fd, PROTOCOL_OP_GET, "missing");
		talk_ask(fd, PROTOCOL_OP_GET, "f");
		wire_half_close(fd);
		ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
		ck_assert_uint_eq(length, size);
		wire_read_sum(fd, size, &got, NULL);
		sum_expect(&got, &wanted, "first");
		expect_status(fd, PROTOCOL_NOT_FOUND, "between");
		ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
		wire_read_sum(fd, length, &got, NULL);
		sum_expect(&got, &wanted, "second");
		wire_expect_end(fd, WIRE_ORDERLY);
		close(fd);
	}
	server_stop(&server);
}
END_TEST

/* A request cut by the end gets no reply; all earlier ones do. */
START_TEST(half_close_inside_a_request)
{
	uint8_t bytes[64];
	struct server server;
	int fd = start_simple(&server);
	size_t len = talk_encode(bytes, PROTOCOL_OP_GET, "ok"), n;

	close(fd);
	for (n = 1; n < len; n++) {
		fd = wire_connect(server.port);
		talk_ask(fd, PROTOCOL_OP_GET, "ok");
		wire_send(fd, bytes, n);
		wire_half_close(fd);
		ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
		wire_expect_end(fd, WIRE_ORDERLY);
		close(fd);
	}
	server_stop(&server);
}
END_TEST

START_TEST(one_byte_at_a_time_in_both_directions)
{
	static uint8_t bytes[64], body[3000];
	char wanted[3000], *file;
	struct server server;
	uint64_t length;
	size_t i, len, size;
	int fd, round;

	scratch_fill("served/f", sizeof(body), 1);
	file = scratch_read("served/f", &size);
	memcpy(wanted, file, sizeof(wanted));
	free(file);
	server_start(&server, NULL);
	fd = wire_connect_with(server.port,
	    &(struct wire_options){.receive_buffer = 1});
	len = talk_encode(bytes, PROTOCOL_OP_GET, "f");
	for (round = 0; round < 3; round++) {
		for (i = 0; i < len; i++)
			wire_send(fd, bytes + i, 1);
		ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
		ck_assert_uint_eq(length, sizeof(body));
		for (i = 0; i < sizeof(body); i++)
			wire_read(fd, body + i, 1);
		ck_assert_mem_eq(body, wanted, sizeof(body));
	}
	close(fd);
	server_stop(&server);
}
END_TEST

/* Each split of two requests into two sends, of which the second is late. */
START_TEST(requests_in_two_parts)
{
	uint8_t bytes[128];
	struct server server;
	int fd = start_simple(&server), pending;
	size_t len, n;

	len = talk_encode(bytes, PROTOCOL_OP_STAT, "ok");
	len += talk_encode(bytes + len, PROTOCOL_OP_FETCH, "ok");
	for (n = 1; n < len; n++) {
		wire_send(fd, bytes, n);
		/* If the first part contains a whole request, its reply shows
		 * that the server has read no further. */
		pending = n >= 4 + 2;
		if (pending)
			ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
		wire_send(fd, bytes + n, len - n);
		if (!pending)
			ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
		ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	}
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
}
END_TEST

Suite *
wire_suite(void)
{
	Suite *suite = suite_create("wire");
	TCase *tcase;

	tcase = harness_case(suite, "framing", 60);
	tcase_add_test(tcase, odd_requests_leave_the_connection_usable);
	tcase_add_test(tcase, unsupported_is_replied_at_once);
	tcase_add_test(tcase, other_protocols_end_the_connection);
	tcase_add_test(tcase, other_protocols_are_evicted);
	tcase_add_test(tcase, many_names_in_order_with_failures_between);
	tcase_add_test(tcase, half_close_after_the_last_request);
	tcase_add_test(tcase, half_close_inside_a_request);
	tcase_add_test(tcase, one_byte_at_a_time_in_both_directions);
	tcase_add_test(tcase, requests_in_two_parts);
	return suite;
}
