/*
 * Ending a connection that another thread has perhaps shut down for reading, as
 * workers.c does to wake a waiting thread, and one whose peer is still sending.
 * The sent bytes must arrive although the peer sends more.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/stream.h"
#include "tests/unit/unit.h"

#define LINGER (5 * CLOCK_SEC) /* longest wait of stream_end */

enum {
	/* Bytes that the send buffer accepts at once and that exceed the
	 * client's receive buffer, which is made small. */
	HELD = 3 * 64 * 1024,
};

static struct stream stream;
static int pair[2];
static uint8_t reply[HELD], got[HELD + 1];

static void
setup(void)
{
	int small = 4096;

	unit_tcp_pair(pair);
	setsockopt(pair[1], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	stream_open(&stream, pair[0], -1);
	unit_fill(reply, sizeof(reply), 9);
}

static void
teardown(void)
{
	close(pair[1]);
}

static void
reply_all(void)
{
	size_t done;

	for (done = 0; done < HELD; done += STREAM_OUT) {
		memcpy(stream_reserve(&stream, STREAM_OUT), reply + done,
		    STREAM_OUT);
		stream_commit(&stream, STREAM_OUT);
		ck_assert_int_eq(stream_flush(&stream, false), 0);
	}
}

/* Ends and closes the connection as a session does. */
static void *
end(void *argument)
{
	(void)argument;
	stream_end(&stream, true);
	close(pair[0]);
	return NULL;
}

/* Waits until the server has read all bytes: it has begun to end. */
static void
await_drop(void)
{
	int unread = 1;

	while (unread > 0) {
		ck_assert_int_eq(ioctl(pair[0], FIONREAD, &unread), 0);
		sched_yield();
	}
}

static const struct {
	const char *title;
	bool shut;
} rows[] = {
    {"reading was shut down", true},
    {"reading is open", false},
};

/* Regression: with both directions shut down the kernel answered a further
 * request with a reset, which destroyed the reply in the socket. */
START_TEST(test_a_request_behind_a_reply)
{
	pthread_t thread;
	size_t len;
	int code;

	reply_all();
	unit_send(pair[1], "asked before", 12);
	unit_wait(pair[0], POLLIN);
	if (rows[_i].shut)
		shutdown(pair[0], SHUT_RD);
	ck_assert_int_eq(pthread_create(&thread, NULL, end, NULL), 0);
	await_drop();
	unit_send(pair[1], "asked after", 11);
	len = unit_receive(pair[1], got, sizeof(got), &code);
	pthread_join(thread, NULL);
	ck_assert_msg(len == HELD && code == 0, "%s: %zu bytes, %s",
	    rows[_i].title, len, strerror(code));
	ck_assert(memcmp(got, reply, HELD) == 0);
}
END_TEST

/* Once all bytes are acknowledged stream_end returns, although the peer does
 * not end. */
START_TEST(test_no_wait_for_the_peer)
{
	int64_t began;
	int code;

	unit_send(pair[1], "unread", 6);
	unit_wait(pair[0], POLLIN);
	if (rows[_i].shut)
		shutdown(pair[0], SHUT_RD);
	memcpy(stream_reserve(&stream, 3), "bye", 3);
	stream_commit(&stream, 3);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	began = clock_now();
	end(NULL);
	ck_assert_msg(clock_now() - began < LINGER, "%s", rows[_i].title);
	ck_assert_uint_eq(unit_receive(pair[1], got, 8, &code), 3);
	ck_assert_mem_eq(got, "bye", 3);
	ck_assert_int_eq(code, 0);
}
END_TEST

/* A client that reads nothing is waited for until the limit. */
START_TEST(test_wait_is_bounded)
{
	int64_t began = clock_now();

	reply_all();
	shutdown(pair[0], SHUT_RD);
	end(NULL);
	ck_assert_int_ge(clock_now() - began, LINGER);
}
END_TEST

static void *
end_unread(void *argument)
{
	(void)argument;
	stream_end_unread(&stream);
	close(pair[0]);
	return NULL;
}

/* Bytes that the peer sends after the server's end do not cause a reset, and
 * the peer's end ends the wait. */
START_TEST(test_end_unread)
{
	int64_t began = clock_now();
	pthread_t thread;
	int code;

	memcpy(stream_reserve(&stream, 3), "bye", 3);
	stream_commit(&stream, 3);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, end_unread, NULL), 0);
	ck_assert_uint_eq(unit_receive(pair[1], got, 8, &code), 3);
	ck_assert_mem_eq(got, "bye", 3);
	ck_assert_int_eq(code, 0);
	unit_send(pair[1], "late", 4);
	await_drop();
	ck_assert_uint_eq(unit_receive(pair[1], got, 8, &code), 0);
	ck_assert_int_eq(code, 0);
	shutdown(pair[1], SHUT_WR);
	pthread_join(thread, NULL);
	ck_assert_int_lt(clock_now() - began, LINGER);
}
END_TEST

/* shutdown(SHUT_RD) by another thread ends the wait. */
START_TEST(test_end_unread_is_woken)
{
	int64_t began = clock_now();
	pthread_t thread;
	int code;

	ck_assert_int_eq(pthread_create(&thread, NULL, end_unread, NULL), 0);
	ck_assert_uint_eq(unit_receive(pair[1], got, 8, &code), 0);
	shutdown(pair[0], SHUT_RD);
	pthread_join(thread, NULL);
	ck_assert_int_lt(clock_now() - began, LINGER);
}
END_TEST

Suite *
stream_shut_suite(void)
{
	Suite *suite = suite_create("stream_shut");
	TCase *tcase = unit_case(suite, "reading shut down");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_a_request_behind_a_reply, 0,
	    UNIT_ROWS(rows));
	tcase_add_loop_test(tcase, test_no_wait_for_the_peer, 0,
	    UNIT_ROWS(rows));
	tcase_add_test(tcase, test_wait_is_bounded);
	tcase_add_test(tcase, test_end_unread);
	tcase_add_test(tcase, test_end_unread_is_woken);
	return suite;
}
