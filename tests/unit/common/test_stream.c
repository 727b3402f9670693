/*
 * Receiving: bytes in pieces of any size, time limits, wake-ups, and the end of
 * the peer at any position.
 */

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/stream.h"
#include "tests/unit/unit.h"

#define SHORT (50 * CLOCK_MS)			  /* passes during a test */
#define LONG  ((int64_t)UNIT_TIMEOUT * CLOCK_SEC) /* does not */

static struct stream stream;
static int pair[2]; /* the stream's socket and its peer's */
static int wake_fd;

static void
setup(void)
{
	unit_tcp_pair(pair);
	wake_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(wake_fd, 0);
	stream_open(&stream, pair[0], wake_fd);
}

static void
teardown(void)
{
	stream_rest(&stream);
	close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	close(wake_fd);
}

static void
close_peer(void)
{
	close(pair[1]);
	pair[1] = -1;
}

static void
reset_peer(void)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};

	setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close_peer();
}

/* One recv(2) may return only a part of a message. */
START_TEST(test_fill_byte_by_byte)
{
	static const char text[] = "one byte at a time";
	const uint8_t *bytes;
	size_t i, len;

	for (i = 0; i < sizeof(text); i++) {
		unit_send(pair[1], text + i, 1);
		ck_assert_int_eq(stream_fill(&stream, clock_now() + LONG), 1);
		bytes = stream_peek(&stream, &len);
		ck_assert_uint_eq(len, i + 1);
		ck_assert_mem_eq(bytes, text, len);
	}
	stream_consume(&stream, 4);
	bytes = stream_peek(&stream, &len);
	ck_assert_mem_eq(bytes, text + 4, len);
	ck_assert_uint_eq(len, sizeof(text) - 4);
	close_peer();
	ck_assert_int_eq(stream_fill(&stream, clock_now() + LONG), 0);
	/* Bytes received before the end remain. */
	bytes = stream_peek(&stream, &len);
	ck_assert_uint_eq(len, sizeof(text) - 4);
	ck_assert_mem_eq(bytes, text + 4, len);
}
END_TEST

struct trickle {
	const uint8_t *bytes;
	size_t len, piece;
};

static void *
trickle(void *argument)
{
	struct trickle *job = argument;
	size_t done, some;
	ssize_t sent;

	for (done = 0; done < job->len; done += (size_t)sent) {
		some = job->len - done;
		if (some > job->piece)
			some = job->piece;
		sent = send(pair[1], job->bytes + done, some, MSG_NOSIGNAL);
		if (sent < 0)
			break;
	}
	return NULL;
}

START_TEST(test_read_in_pieces)
{
	static const size_t pieces[] = {1, 7, 1460, 100000};
	static uint8_t bytes[200000], got[200000];
	struct trickle job = {.bytes = bytes};
	pthread_t thread;
	size_t i, skipped;

	unit_fill(bytes, sizeof(bytes), 4);
	for (i = 0; i < UNIT_ROWS(pieces); i++) {
		job.piece = pieces[i];
		job.len = pieces[i] < 100 ? 5000 : sizeof(bytes);
		skipped = job.len / 3;
		ck_assert_int_eq(pthread_create(&thread, NULL, trickle, &job),
		    0);
		ck_assert_int_eq(stream_read(&stream, got, 10, LONG), 1);
		ck_assert_int_eq(stream_read(&stream, NULL, skipped - 10, LONG),
		    1);
		ck_assert_int_eq(stream_read(&stream, got + skipped,
				     job.len - skipped, LONG),
		    1);
		pthread_join(thread, NULL);
		ck_assert_mem_eq(got, bytes, 10);
		ck_assert_msg(memcmp(got + skipped, bytes + skipped,
				  job.len - skipped) == 0,
		    "pieces of %zu", pieces[i]);
	}
	/* Reading 0 bytes does not wait. */
	ck_assert_int_eq(stream_read(&stream, got, 0, LONG), 1);
	ck_assert_int_eq(stream_read(&stream, NULL, 0, LONG), 1);
}
END_TEST

/* A record of 8 bytes that is cut at each position. */
START_TEST(test_read_truncated)
{
	static const uint8_t record[8] = "record";
	uint8_t got[8];
	int n;

	for (n = 0; n < 8; n++) {
		if (n > 0)
			setup();
		unit_send(pair[1], record, (size_t)n);
		close_peer();
		errno = 0;
		if (n % 2 == 0)
			ck_assert_int_eq(stream_read(&stream, got, 8, LONG),
			    n == 0 ? 0 : -1);
		else
			ck_assert_int_eq(stream_read(&stream, NULL, 8, LONG),
			    -1);
		ck_assert_int_eq(errno, n == 0 ? 0 : ENODATA);
		if (n < 7)
			teardown();
	}
}
END_TEST

START_TEST(test_receive)
{
	uint8_t got[16];

	unit_send(pair[1], "abcdef", 6);
	ck_assert_int_eq(stream_fill(&stream, clock_now() + LONG), 1);
	/* Buffered bytes come first, at most as many as requested. */
	ck_assert_int_eq(stream_receive(&stream, got, 4, LONG), 4);
	ck_assert_mem_eq(got, "abcd", 4);
	ck_assert_int_eq(stream_receive(&stream, got, sizeof(got), LONG), 2);
	ck_assert_mem_eq(got, "ef", 2);
	unit_send(pair[1], "gh", 2);
	ck_assert_int_eq(stream_receive(&stream, got, sizeof(got), LONG), 2);
	ck_assert_mem_eq(got, "gh", 2);
	close_peer();
	ck_assert_int_eq(stream_receive(&stream, got, sizeof(got), LONG), 0);
}
END_TEST

START_TEST(test_splice)
{
	int pipes[2];
	char got[16];

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	unit_send(pair[1], "through", 7);
	ck_assert_int_eq(stream_splice(&stream, pipes[1], 4, LONG), 4);
	ck_assert_int_eq(stream_splice(&stream, pipes[1], 100, LONG), 3);
	ck_assert_int_eq(read(pipes[0], got, sizeof(got)), 7);
	ck_assert_mem_eq(got, "through", 7);
	close_peer();
	ck_assert_int_eq(stream_splice(&stream, pipes[1], 1, LONG), 0);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

/* SPLICE_F_NONBLOCK applies to the pipe: on a blocking socket splice(2) would
 * block beyond each limit. */
START_TEST(test_splice_waits_in_bounds)
{
	int pipes[2];

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	ck_assert_int_eq(stream_splice(&stream, pipes[1], 1, SHORT), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	eventfd_write(wake_fd, 1);
	ck_assert_int_eq(stream_splice(&stream, pipes[1], 1, LONG), -1);
	ck_assert_int_eq(errno, ECANCELED);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

START_TEST(test_time_limits)
{
	int64_t began;
	uint8_t got[4];

	began = clock_now();
	ck_assert_int_eq(stream_fill(&stream, began + SHORT), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	/* Not earlier, and not by a rounding error of poll(2). */
	ck_assert_int_ge(clock_now() - began, SHORT);

	began = clock_now();
	ck_assert_int_eq(stream_receive(&stream, got, 4, SHORT), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_ge(clock_now() - began, SHORT);

	unit_send(pair[1], "abc", 3);
	ck_assert_int_eq(stream_read(&stream, got, 4, SHORT), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	/* A limit that passed long ago ends the call at once. */
	ck_assert_int_eq(stream_fill(&stream, clock_now() - LONG), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_eq(stream_fill(&stream, 0), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
}
END_TEST

static void *
wake(void *argument)
{
	eventfd_write(*(int *)argument, 1);
	return NULL;
}

START_TEST(test_wake)
{
	pthread_t thread;
	uint8_t got[4];

	/* A wake-up during the wait. */
	ck_assert_int_eq(pthread_create(&thread, NULL, wake, &wake_fd), 0);
	ck_assert_int_eq(stream_fill(&stream, CLOCK_NEVER), -1);
	ck_assert_int_eq(errno, ECANCELED);
	pthread_join(thread, NULL);

	/* It stays readable for later waits. */
	ck_assert_int_eq(stream_read(&stream, got, 4, LONG), -1);
	ck_assert_int_eq(errno, ECANCELED);
	ck_assert_int_eq(stream_read(&stream, NULL, 4, LONG), -1);
	ck_assert_int_eq(errno, ECANCELED);
	ck_assert_int_eq(stream_receive(&stream, got, 4, LONG), -1);
	ck_assert_int_eq(errno, ECANCELED);
}
END_TEST

START_TEST(test_reset)
{
	reset_peer();
	ck_assert_int_eq(stream_fill(&stream, clock_now() + LONG), -1);
	ck_assert_int_eq(errno, ECONNRESET);
}
END_TEST

/* The buffer holds the largest request, wherever the last one ended. */
START_TEST(test_largest_request)
{
	static uint8_t bytes[65539 + 100];
	struct trickle job = {.bytes = bytes,
	    .len = sizeof(bytes),
	    .piece = sizeof(bytes)};
	const uint8_t *peeked;
	pthread_t thread;
	size_t len = 0;

	unit_fill(bytes, sizeof(bytes), 5);
	ck_assert_int_eq(pthread_create(&thread, NULL, trickle, &job), 0);
	while (len < 100) {
		ck_assert_int_eq(stream_fill(&stream, clock_now() + LONG), 1);
		stream_peek(&stream, &len);
	}
	stream_consume(&stream, 100);
	stream_peek(&stream, &len);
	while (len < 65539) {
		ck_assert_int_eq(stream_fill(&stream, clock_now() + LONG), 1);
		stream_peek(&stream, &len);
	}
	peeked = stream_peek(&stream, &len);
	ck_assert(memcmp(peeked, bytes + 100, 65539) == 0);
	pthread_join(thread, NULL);
}
END_TEST

Suite *
stream_suite(void)
{
	Suite *suite = suite_create("stream");
	TCase *tcase = unit_case(suite, "receiving");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_fill_byte_by_byte);
	tcase_add_test(tcase, test_read_in_pieces);
	tcase_add_test(tcase, test_read_truncated);
	tcase_add_test(tcase, test_receive);
	tcase_add_test(tcase, test_splice);
	tcase_add_test(tcase, test_splice_waits_in_bounds);
	tcase_add_test(tcase, test_time_limits);
	tcase_add_test(tcase, test_wake);
	tcase_add_test(tcase, test_reset);
	tcase_add_test(tcase, test_largest_request);
	return suite;
}
