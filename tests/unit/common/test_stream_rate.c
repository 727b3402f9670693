/*
 * Receiving under a limit. The tests check minimum times only, so that no
 * machine is too slow.
 */

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/rate.h"
#include "common/stream.h"
#include "tests/unit/unit.h"

#define SHORT (50 * CLOCK_MS)			  /* for limits that do pass */
#define LONG  ((int64_t)UNIT_TIMEOUT * CLOCK_SEC) /* for those that do not */

enum {
	LIMIT = 8000, /* bytes per second */
	FULL = 400,   /* bytes of a full bucket */
	SIZE = 1600,  /* bytes to receive */
};

static struct stream stream;
static struct rate rate;
static int pair[2]; /* the stream's socket and its peer's */
static int wake_fd;
static int pipes[2];
static uint8_t sent[SIZE];

static void
setup(void)
{
	unit_tcp_pair(pair);
	wake_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(wake_fd, 0);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	unit_fill(sent, SIZE, 3);
	stream_open(&stream, pair[0], wake_fd);
}

static void
teardown(void)
{
	stream_rest(&stream);
	rate_close(&rate);
	close(pair[0]);
	close(pair[1]);
	close(wake_fd);
	close(pipes[0]);
	close(pipes[1]);
}

static void
limit(uint64_t bytes)
{
	ck_assert_int_eq(rate_open(&rate, bytes), 0);
	stream_limit(&stream, &rate);
}

/* Returns the bytes in the bucket, for which no time has passed since its last
 * use. */
static size_t
left(void)
{
	int64_t until;

	return rate_take(&rate, SIZE_MAX, 0, &until);
}

/* Empties the bucket. Returns the bytes that were in it. */
static size_t
drain(void)
{
	int64_t until;

	return rate_take(&rate, SIZE_MAX, clock_now(), &until);
}

/* ---- each receiving call: what it has received, 0 or -1 ------------------ */

static ssize_t
fill(uint8_t *bytes, size_t n, int64_t stall)
{
	const uint8_t *buffered;
	size_t len;
	int got;

	(void)n;
	got = stream_fill(&stream, clock_now() + stall);
	if (got <= 0)
		return got;
	buffered = stream_peek(&stream, &len);
	memcpy(bytes, buffered, len);
	stream_consume(&stream, len);
	return (ssize_t)len;
}

static ssize_t
receive(uint8_t *bytes, size_t n, int64_t stall)
{
	return stream_receive(&stream, bytes, n, stall);
}

static ssize_t
splice_(uint8_t *bytes, size_t n, int64_t stall)
{
	ssize_t got = stream_splice(&stream, pipes[1], n, stall);

	if (got > 0)
		ck_assert_int_eq(read(pipes[0], bytes, n), got);
	return got;
}

/* These make as many system calls as needed. */
static ssize_t
read_(uint8_t *bytes, size_t n, int64_t stall)
{
	int got = stream_read(&stream, bytes, n, stall);

	return got == 1 ? (ssize_t)n : got;
}

static ssize_t
skip(uint8_t *bytes, size_t n, int64_t stall)
{
	int got = stream_read(&stream, NULL, n, stall);

	memcpy(bytes, sent, n);
	return got == 1 ? (ssize_t)n : got;
}

static const struct {
	const char *row;
	ssize_t (*call)(uint8_t *bytes, size_t n, int64_t stall);
	bool all; /* returns after all bytes only */
} calls[] = {
    {"fill", fill, false},
    {"receive", receive, false},
    {"splice", splice_, false},
    {"read", read_, true},
    {"skip", skip, true},
};

/* Returns the CPU time of this process in ns. */
static int64_t
cpu_time(void)
{
	struct rusage usage;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * CLOCK_SEC +
	    (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* Receives all bytes by one kind of call, in small bursts. */
static void
receive_all(size_t i)
{
	int64_t began = clock_now();
	uint8_t got[SIZE];
	size_t done = 0;
	ssize_t some;

	while (done < SIZE) {
		some = calls[i].call(got + done, SIZE - done, LONG);
		ck_assert_msg(some > 0, "%s: %s", calls[i].row,
		    some == 0 ? "the end" : strerror(errno));
		ck_assert_msg(calls[i].all || some <= FULL, "%s: %zd at once",
		    calls[i].row, some);
		done += (size_t)some;
	}
	ck_assert_msg(memcmp(got, sent, SIZE) == 0, "%s", calls[i].row);
	ck_assert_msg(clock_now() - began >= (SIZE - FULL) * CLOCK_SEC / LIMIT,
	    "%s is too fast", calls[i].row);
}

START_TEST(test_every_call)
{
	int64_t began, cpu;

	limit(LIMIT);
	began = clock_now();
	cpu = cpu_time();
	unit_send(pair[1], sent, SIZE);
	receive_all((size_t)_i);
	ck_assert_msg((cpu_time() - cpu) * 2 < clock_now() - began,
	    "%s waits busily", calls[_i].row);
}
END_TEST

/* A wake-up ends the wait at once, although bytes have arrived. */
START_TEST(test_wake)
{
	uint8_t got[SIZE];

	limit(1);
	ck_assert_uint_eq(drain(), 1);
	unit_send(pair[1], sent, SIZE);
	ck_assert_int_eq(eventfd_write(wake_fd, 1), 0);
	ck_assert_int_eq(calls[_i].call(got, SIZE, LONG), -1);
	ck_assert_int_eq(errno, ECANCELED);
}
END_TEST

/* The time of waiting for the rate does not count as a stall. */
START_TEST(test_no_stall)
{
	int64_t began;
	uint8_t got[SIZE];

	/* A bucket of one byte, which is 50 ms. */
	began = clock_now();
	limit(20);
	ck_assert_uint_eq(drain(), 1);
	ck_assert_int_eq(stream_read(&stream, got, 1, SHORT), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_ge(clock_now() - began, SHORT + 50 * CLOCK_MS);
}
END_TEST

/* Only received bytes use credit. */
START_TEST(test_given_back)
{
	uint8_t got[SIZE];
	ssize_t some;

	limit(LIMIT);
	some = calls[_i].call(got, SIZE, SHORT);
	ck_assert_int_eq(some, -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_uint_eq(left(), FULL);
	/* Fill the bucket, instead of waiting 50 ms. */
	rate_return(&rate, FULL);
	unit_send(pair[1], sent, 10);
	ck_assert_int_eq(calls[_i].call(got, 10, LONG), 10);
	ck_assert_uint_eq(left(), FULL - 10);
}
END_TEST

struct reader {
	int got;
	int code;
};

static void *
read_for_ever(void *argument)
{
	struct reader *reader = argument;
	uint8_t got[SIZE];

	reader->got = stream_read(&stream, got, SIZE, LONG);
	reader->code = errno;
	return NULL;
}

/* Requests are sent during the wait for the rate. */
START_TEST(test_sends_meanwhile)
{
	static const char request[] = "a request";
	struct reader reader = {.got = 0};
	char heard[sizeof(request)];
	pthread_t thread;
	uint8_t *room;
	int code;

	limit(1);
	ck_assert_uint_eq(drain(), 1);
	unit_send(pair[1], sent, SIZE);
	room = stream_reserve(&stream, sizeof(request));
	ck_assert_ptr_nonnull(room);
	memcpy(room, request, sizeof(request));
	stream_commit(&stream, sizeof(request));
	ck_assert_int_eq(pthread_create(&thread, NULL, read_for_ever, &reader),
	    0);
	ck_assert_uint_eq(unit_receive(pair[1], (uint8_t *)heard, sizeof(heard),
			      &code),
	    sizeof(heard));
	ck_assert_str_eq(heard, request);
	/* Now it is waiting. */
	ck_assert_int_eq(eventfd_write(wake_fd, 1), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(reader.got, -1);
	ck_assert_int_eq(reader.code, ECANCELED);
}
END_TEST

/* Arrived bytes are received at the rate also if nothing can be sent any more,
 * and without a busy loop. */
START_TEST(test_broken)
{
	int64_t began, cpu;
	uint8_t got[1], *room;

	limit(LIMIT);
	room = stream_reserve(&stream, 10);
	ck_assert_ptr_nonnull(room);
	memset(room, 0, 10);
	stream_commit(&stream, 10);
	unit_send(pair[1], sent, SIZE);
	shutdown(pair[0], SHUT_WR);
	shutdown(pair[1], SHUT_WR);
	unit_wait(pair[0], POLLHUP);
	began = clock_now();
	cpu = cpu_time();
	receive_all(1);
	ck_assert((cpu_time() - cpu) * 2 < clock_now() - began);
	ck_assert_int_eq(stream_receive(&stream, got, 1, LONG), 0);
}
END_TEST

/* Two connections share one rate. */
START_TEST(test_shared)
{
	struct stream other;
	uint8_t got[SIZE];
	int others[2];
	int64_t began;

	unit_tcp_pair(others);
	stream_open(&other, others[0], wake_fd);
	limit(LIMIT);
	stream_limit(&other, &rate);
	began = clock_now();
	unit_send(pair[1], sent, SIZE / 2);
	unit_send(others[1], sent + SIZE / 2, SIZE / 2);
	ck_assert_int_eq(stream_read(&stream, got, SIZE / 2, LONG), 1);
	ck_assert_int_eq(stream_read(&other, got + SIZE / 2, SIZE / 2, LONG),
	    1);
	ck_assert(memcmp(got, sent, SIZE) == 0);
	ck_assert_int_ge(clock_now() - began,
	    (SIZE - FULL) * CLOCK_SEC / LIMIT);
	stream_rest(&other);
	close(others[0]);
	close(others[1]);
}
END_TEST

/* A limit can be removed. */
START_TEST(test_unlimited)
{
	uint8_t got[SIZE];

	limit(1);
	ck_assert_uint_eq(drain(), 1);
	stream_limit(&stream, NULL);
	unit_send(pair[1], sent, SIZE);
	ck_assert_int_eq(stream_read(&stream, got, SIZE, LONG), 1);
	ck_assert(memcmp(got, sent, SIZE) == 0);
}
END_TEST

Suite *
stream_rate_suite(void)
{
	Suite *suite = suite_create("stream_rate");
	TCase *tcase = unit_case(suite, "limited");
	int n = (int)UNIT_ROWS(calls);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_every_call, 0, n);
	tcase_add_loop_test(tcase, test_wake, 0, n);
	tcase_add_loop_test(tcase, test_given_back, 0, n);
	tcase_add_test(tcase, test_no_stall);
	tcase_add_test(tcase, test_sends_meanwhile);
	tcase_add_test(tcase, test_broken);
	tcase_add_test(tcase, test_shared);
	tcase_add_test(tcase, test_unlimited);
	return suite;
}
