/*
 * Waiting for the first bytes of a message, without buffers.
 */

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/stream.h"
#include "tests/unit/unit.h"

#define SHORT (50 * CLOCK_MS)			  /* passes during a test */
#define LONG  ((int64_t)UNIT_TIMEOUT * CLOCK_SEC) /* does not */

static struct stream stream;
static int pair[2]; /* the stream's socket and its peer's */

static void
setup(void)
{
	unit_tcp_pair(pair);
	stream_open(&stream, pair[0], -1);
}

static void
teardown(void)
{
	stream_rest(&stream);
	close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
}

static void
close_peer(void)
{
	close(pair[1]);
	pair[1] = -1;
}

START_TEST(test_await)
{
	static const uint8_t request[1000] = "a request";
	struct timeval limit = {.tv_usec = 50000};
	const uint8_t *bytes;
	size_t len;

	/* The stream holds no buffers before and after the wait. */
	ck_assert_ptr_null(stream.in);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	ck_assert_int_eq(stream_await(&stream, true), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_ptr_null(stream.in);
	ck_assert_ptr_null(stream.out);

	limit.tv_usec = 0;
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	unit_send(pair[1], request, sizeof(request));
	ck_assert_int_eq(stream_await(&stream, true), 1);
	stream_peek(&stream, &len);
	ck_assert_uint_gt(len, 0);
	while (len < sizeof(request)) {
		ck_assert_int_eq(stream_fill(&stream, clock_now() + LONG), 1);
		stream_peek(&stream, &len);
	}
	bytes = stream_peek(&stream, &len);
	ck_assert_uint_eq(len, sizeof(request));
	ck_assert_mem_eq(bytes, request, len);
	stream_consume(&stream, len);

	close_peer();
	ck_assert_int_eq(stream_await(&stream, true), 0);
	ck_assert_ptr_null(stream.in);
}
END_TEST

/* Without wait the call does not block. */
START_TEST(test_await_without_waiting)
{
	const uint8_t *bytes;
	size_t len;

	ck_assert_int_eq(stream_await(&stream, false), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_ptr_null(stream.in);
	unit_send(pair[1], "abc", 3);
	unit_wait(pair[0], POLLIN);
	ck_assert_int_eq(stream_await(&stream, false), 1);
	bytes = stream_peek(&stream, &len);
	ck_assert_uint_eq(len, 3);
	ck_assert_mem_eq(bytes, "abc", 3);
	stream_consume(&stream, 3);
	/* After shutdown(SHUT_RD) earlier bytes can still be received. */
	unit_send(pair[1], "d", 1);
	unit_wait(pair[0], POLLIN);
	shutdown(pair[0], SHUT_RD);
	ck_assert_int_eq(stream_await(&stream, false), 1);
	stream_consume(&stream, 1);
	ck_assert_int_eq(stream_await(&stream, false), 0);
	ck_assert_ptr_null(stream.in);
}
END_TEST

START_TEST(test_await_readable)
{
	int64_t began = clock_now();
	size_t len;

	ck_assert_int_eq(stream_await_readable(&stream, began + SHORT), 0);
	ck_assert_int_ge(clock_now() - began, SHORT);
	ck_assert_int_eq(stream_await_readable(&stream, 0), 0);
	ck_assert_ptr_null(stream.in);
	/* It leaves the bytes to stream_await. */
	unit_send(pair[1], "abc", 3);
	ck_assert_int_eq(stream_await_readable(&stream, clock_now() + LONG), 1);
	ck_assert_ptr_null(stream.in);
	ck_assert_int_eq(stream_await(&stream, false), 1);
	stream_peek(&stream, &len);
	ck_assert_uint_eq(len, 3);
	stream_consume(&stream, 3);
	/* The peer's end is readable too. */
	close_peer();
	ck_assert_int_eq(stream_await_readable(&stream, CLOCK_NEVER), 1);
	ck_assert_int_eq(stream_await(&stream, false), 0);
}
END_TEST

Suite *
stream_await_suite(void)
{
	Suite *suite = suite_create("stream_await");
	TCase *tcase = unit_case(suite, "await");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_await);
	tcase_add_test(tcase, test_await_without_waiting);
	tcase_add_test(tcase, test_await_readable);
	return suite;
}
