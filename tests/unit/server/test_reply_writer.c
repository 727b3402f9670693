/*
 * reply_writer: a peer receives a header, exactly the bytes that it announces,
 * and nothing else.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/protocol.h"
#include "server/reply_writer.h"
#include "tests/unit/unit.h"

static struct stream stream;
static struct reply_writer reply;
static int pair[2];

static void
setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	stream_open(&stream, pair[0], -1);
	memset(&reply, 0, sizeof(reply));
	reply.stream = &stream;
}

static void
teardown(void)
{
	stream_rest(&stream);
	close(pair[0]);
	close(pair[1]);
}

/* Receives one reply, with a body of at most size bytes. Returns its status. */
static enum protocol_status
receive_reply(uint8_t *body, size_t size, size_t *len)
{
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];
	enum protocol_status status;
	uint64_t announced;
	int code;

	ck_assert_uint_eq(unit_receive(pair[1], header, sizeof(header), &code),
	    sizeof(header));
	ck_assert_int_eq(protocol_decode_reply(header, &status, &announced), 0);
	ck_assert_uint_le(announced, size);
	*len = (size_t)announced;
	ck_assert_uint_eq(unit_receive(pair[1], body, *len, &code), *len);
	return status;
}

/* Asserts that no byte follows. */
static void
expect_nothing(void)
{
	struct pollfd fd = {.fd = pair[1], .events = POLLIN};

	ck_assert_int_eq(poll(&fd, 1, 0), 0);
}

START_TEST(test_refuse)
{
	uint8_t body[PROTOCOL_MESSAGE_MAX];
	const char *message;
	int status;
	size_t len;

	for (status = PROTOCOL_NOT_FOUND; status <= PROTOCOL_IO_ERROR;
	     status++) {
		message = protocol_status_message((enum protocol_status)status);
		ck_assert_int_eq(reply_writer_refuse(&reply,
				     (enum protocol_status)status),
		    0);
		/* The fields that the log uses. */
		ck_assert_int_eq(reply.status, status);
		ck_assert_uint_eq(reply.announced, strlen(message));
		ck_assert_uint_eq(reply.sent, reply.announced);
		ck_assert_int_eq(stream_flush(&stream, false), 0);
		ck_assert_int_eq(receive_reply(body, sizeof(body), &len),
		    status);
		ck_assert_uint_eq(len, strlen(message));
		ck_assert_mem_eq(body, message, len);
		expect_nothing();
	}
}
END_TEST

START_TEST(test_bytes)
{
	static const size_t lengths[] = {0, 1, 40, 4096,
	    STREAM_OUT - PROTOCOL_REPLY_HEADER_SIZE};
	static uint8_t bytes[STREAM_OUT], body[STREAM_OUT];
	size_t i, len;

	for (i = 0; i < UNIT_ROWS(lengths); i++) {
		unit_fill(bytes, lengths[i], (uint32_t)i);
		ck_assert_int_eq(reply_writer_put(&reply, PROTOCOL_OK, bytes,
				     lengths[i]),
		    0);
		ck_assert_int_eq(reply.status, PROTOCOL_OK);
		ck_assert_uint_eq(reply.announced, lengths[i]);
		ck_assert_uint_eq(reply.sent, lengths[i]);
		ck_assert_int_eq(stream_flush(&stream, false), 0);
		ck_assert_int_eq(receive_reply(body, sizeof(body), &len),
		    PROTOCOL_OK);
		ck_assert_uint_eq(len, lengths[i]);
		ck_assert(memcmp(body, bytes, len) == 0);
		expect_nothing();
	}
}
END_TEST

/* Replies gather until a flush, and arrive in order. */
START_TEST(test_many)
{
	uint8_t body[PROTOCOL_MESSAGE_MAX], i;
	size_t len;

	for (i = 0; i < 100; i++)
		ck_assert_int_eq(i % 3 == 0 ?
			reply_writer_refuse(&reply, PROTOCOL_CHANGED) :
			reply_writer_put(&reply, PROTOCOL_OK, &i, 1),
		    0);
	expect_nothing();
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(receive_reply(body, sizeof(body), &len),
		    i % 3 == 0 ? PROTOCOL_CHANGED : PROTOCOL_OK);
		ck_assert_msg(i % 3 == 0 || (len == 1 && body[0] == i),
		    "reply %u", i);
	}
	expect_nothing();
}
END_TEST

/* A reply that finds no room, because its peer takes nothing, fails and leaves
 * no byte behind. */
START_TEST(test_no_room)
{
	static uint8_t bytes[STREAM_OUT - PROTOCOL_REPLY_HEADER_SIZE];
	size_t unsent;

	ck_assert_int_eq(reply_writer_put(&reply, PROTOCOL_OK, bytes,
			     sizeof(bytes)),
	    0);
	unsent = stream_unsent(&stream);
	shutdown(pair[0], SHUT_WR);
	reply = (struct reply_writer){.stream = &stream};
	ck_assert_int_eq(reply_writer_refuse(&reply, PROTOCOL_CHANGED), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_uint_eq(reply.sent, 0);
	ck_assert_uint_eq(stream_unsent(&stream), unsent);
}
END_TEST

/* While a reply waits for its peer, no call on a file is under way: a row of
 * replies to a peer that takes nothing was logged as storage that hangs. */
START_TEST(test_slow_peer)
{
	static uint8_t bytes[STREAM_OUT - PROTOCOL_REPLY_HEADER_SIZE];
	struct hangs_call call = {.since = 1, .device = 7};

	reply.call = &call;
	ck_assert_int_eq(reply_writer_put(&reply, PROTOCOL_OK, bytes,
			     sizeof(bytes)),
	    0);
	ck_assert_int_eq(atomic_load(&call.since), 1);
	ck_assert_int_eq(reply_writer_put(&reply, PROTOCOL_OK, bytes, 1), 0);
	ck_assert_int_gt(atomic_load(&call.since), 1);
	ck_assert_uint_eq(atomic_load(&call.device), 7);
	ck_assert_int_eq(reply_writer_put(&reply, PROTOCOL_OK, bytes,
			     sizeof(bytes)),
	    0);
	shutdown(pair[0], SHUT_WR);
	ck_assert_int_eq(reply_writer_refuse(&reply, PROTOCOL_CHANGED), -1);
	ck_assert_int_eq(atomic_load(&call.since), 0);
}
END_TEST

START_TEST(test_send_busy)
{
	char longest[PROTOCOL_MESSAGE_MAX + 1];
	const char *const messages[] = {"too many", "", longest};
	uint8_t body[PROTOCOL_MESSAGE_MAX];
	size_t i, len;
	int code;

	memset(longest, 'x', PROTOCOL_MESSAGE_MAX);
	longest[PROTOCOL_MESSAGE_MAX] = '\0';
	for (i = 0; i < UNIT_ROWS(messages); i++) {
		if (i > 0) {
			teardown();
			setup();
		}
		/* The peer may have sent a request already. */
		unit_send(pair[1], "\0\0\0\1a", 5);
		reply_writer_send_busy(pair[0], messages[i]);
		close(pair[0]);
		ck_assert_int_eq(receive_reply(body, sizeof(body), &len),
		    PROTOCOL_BUSY);
		ck_assert_uint_eq(len, strlen(messages[i]));
		ck_assert_mem_eq(body, messages[i], len);
		/* The connection ends in order. */
		ck_assert_uint_eq(unit_receive(pair[1], body, 1, &code), 0);
		ck_assert_int_eq(code, 0);
		pair[0] = -1;
	}
}
END_TEST

/* The message names the errno of an IO_ERROR, and of no other status. */
START_TEST(test_failed)
{
	static const struct {
		enum protocol_status status;
		int code;
		const char *message; /* NULL: that of status */
	} rows[] = {
	    {PROTOCOL_IO_ERROR, EIO,
		"the server cannot read the file: Input/output error"},
	    {PROTOCOL_IO_ERROR, ENOTCONN,
		"the server cannot read the file: "
		"Transport endpoint is not connected"},
	    {PROTOCOL_NOT_FOUND, ENOENT, NULL},
	    {PROTOCOL_DENIED, EACCES, NULL},
	    {PROTOCOL_CHANGED, ESTALE, NULL},
	};
	uint8_t body[PROTOCOL_MESSAGE_MAX];
	const char *wanted;
	size_t i, len;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		wanted = rows[i].message != NULL ?
		    rows[i].message :
		    protocol_status_message(rows[i].status);
		ck_assert_int_eq(reply_writer_refuse_errno(&reply,
				     rows[i].status, rows[i].code),
		    0);
		ck_assert_int_eq(stream_flush(&stream, false), 0);
		ck_assert_int_eq(receive_reply(body, sizeof(body), &len),
		    rows[i].status);
		ck_assert_uint_eq(len, strlen(wanted));
		ck_assert_mem_eq(body, wanted, len);
	}
}
END_TEST

Suite *
reply_writer_suite(void)
{
	Suite *suite = suite_create("reply_writer");
	TCase *tcase = unit_case(suite, "reply_writer");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_failed);
	tcase_add_test(tcase, test_refuse);
	tcase_add_test(tcase, test_bytes);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_no_room);
	tcase_add_test(tcase, test_slow_peer);
	tcase_add_test(tcase, test_send_busy);
	return suite;
}
