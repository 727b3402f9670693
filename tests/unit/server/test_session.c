/*
 * session and request_reader: a whole session in a thread, over a TCP
 * connection. Each request gets one reply, in order, however its bytes arrive
 * and however the connection ends.
 */

#include <sys/socket.h>

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "tests/unit/server/serving.h"

enum {
	MANY = 200, /* requests, more than a row */
};

static const uint8_t request[] = "\0\0\0\4file";
#define REQUEST (sizeof(request) - 1)

static struct serving serving;
static pthread_t thread;

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	serving_open(&serving);
}

static void
teardown(void)
{
	serving_close(&serving);
}

/* Does what a worker does: runs the session, then closes the descriptor. */
static void *
run_session(void *argument)
{
	(void)argument;
	session_run(&serving.shared, &serving.connection);
	close(serving.connection.fd);
	serving.connection.fd = -1;
	return NULL;
}

static void
start_session(void)
{
	ck_assert_int_eq(pthread_create(&thread, NULL, run_session, NULL), 0);
}

/* Expects the end of the replies, closes the client's end, and waits for the
 * session. */
static void
finish_session(void)
{
	serving_expect_end(serving.client);
	close(serving.client);
	serving.client = -1;
	pthread_join(thread, NULL);
	ck_assert_int_ne(serving.connection.slot.state, WORK_SLOT_HELD);
}

static void
expect_content(void)
{
	uint8_t body[16];
	size_t len;

	ck_assert_int_eq(serving_receive(serving.client, body, sizeof(body),
			     &len),
	    PROTOCOL_OK);
	ck_assert_uint_eq(len, 7);
	ck_assert_mem_eq(body, "content", 7);
}

static void
expect_refusal(enum protocol_status status)
{
	uint8_t body[PROTOCOL_MESSAGE_MAX];
	size_t len;

	ck_assert_int_eq(serving_receive(serving.client, body, sizeof(body),
			     &len),
	    status);
}

START_TEST(test_pipelined)
{
	uint8_t all[MANY * REQUEST];
	int i;

	for (i = 0; i < MANY; i++)
		memcpy(all + i * REQUEST, request, REQUEST);
	all[REQUEST + 4] = 'x'; /* the second asks for "xile" */
	unit_send(serving.client, all, sizeof(all));
	shutdown(serving.client, SHUT_WR);
	start_session();
	for (i = 0; i < MANY; i++)
		if (i == 1)
			expect_refusal(PROTOCOL_NOT_FOUND);
		else
			expect_content();
	finish_session();
	ck_assert_int_ne(atomic_load(&serving.connection.ends_since), 0);
	ck_assert_int_eq(atomic_load(&serving.connection.idle_since), 0);
	ck_assert_int_eq(atomic_load(&serving.connection.late_since), 0);
}
END_TEST

/* After one reply, the next request arrives byte by byte. */
START_TEST(test_in_pieces)
{
	size_t i;

	start_session();
	unit_send(serving.client, request, REQUEST);
	expect_content();
	for (i = 0; i < REQUEST; i++)
		unit_send(serving.client, request + i, 1);
	expect_content();
	shutdown(serving.client, SHUT_WR);
	finish_session();
}
END_TEST

/* An unknown op is refused; its request is skipped, and the next answered. */
START_TEST(test_unsupported)
{
	static const uint8_t unknown[] = "\011\0\0\3abc";

	unit_send(serving.client, unknown, sizeof(unknown) - 1);
	unit_send(serving.client, request, REQUEST);
	shutdown(serving.client, SHUT_WR);
	start_session();
	expect_refusal(PROTOCOL_UNSUPPORTED);
	expect_content();
	finish_session();
}
END_TEST

/* Another protocol gets one refusal; nothing behind its first byte counts. */
START_TEST(test_foreign)
{
	unit_send(serving.client, "GET / HTTP/1.1\r\n\r\n", 18);
	unit_send(serving.client, request, REQUEST);
	start_session();
	expect_refusal(PROTOCOL_UNSUPPORTED);
	finish_session();
}
END_TEST

START_TEST(test_left_inside_a_request)
{
	unit_send(serving.client, request, REQUEST);
	unit_send(serving.client, request, REQUEST - 1);
	shutdown(serving.client, SHUT_WR);
	start_session();
	expect_content();
	finish_session();
}
END_TEST

/* A request whose rest does not arrive in time ends the connection. */
START_TEST(test_request_timeout)
{
	serving.shared.request_timeout = 20 * CLOCK_MS;
	unit_send(serving.client, request, REQUEST - 1);
	start_session();
	finish_session();
}
END_TEST

/* Evicted before it asked for anything, or while it waits: BUSY. Requests that
 * have arrived are answered first. */
START_TEST(test_evicted)
{
	if (_i == 1)
		unit_send(serving.client, request, REQUEST);
	atomic_store(&serving.connection.leaving, CONNECTION_MAKES_ROOM);
	start_session();
	if (_i == 0)
		expect_refusal(PROTOCOL_BUSY);
	else
		expect_content();
	finish_session();
}
END_TEST

START_TEST(test_server_stops)
{
	unit_send(serving.client, request, REQUEST);
	unit_send(serving.client, request, REQUEST);
	atomic_store(&serving.connection.leaving, CONNECTION_AT_STOP);
	start_session();
	expect_content();
	expect_content();
	finish_session();
}
END_TEST

Suite *
session_suite(void)
{
	Suite *suite = suite_create("session");
	TCase *tcase = unit_case(suite, "session");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_pipelined);
	tcase_add_test(tcase, test_in_pieces);
	tcase_add_test(tcase, test_unsupported);
	tcase_add_test(tcase, test_foreign);
	tcase_add_test(tcase, test_left_inside_a_request);
	tcase_add_test(tcase, test_request_timeout);
	tcase_add_loop_test(tcase, test_evicted, 0, 2);
	tcase_add_test(tcase, test_server_stops);
	return suite;
}
