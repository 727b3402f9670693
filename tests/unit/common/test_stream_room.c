/*
 * The room for output: what was sent is room again, and however a flush ends,
 * what was committed leaves once, in order, with nothing written over it.
 */

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/stream.h"
#include "tests/unit/unit.h"

enum {
	ROOM_MAX = 64 * 1024 * 1024, /* bytes; more than sockets hold */
};

static struct stream stream;
static int pair[2];
static size_t committed; /* bytes of the pattern so far */

static void
setup(void)
{
	int small = 16 * 1024;

	unit_tcp_pair(pair);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(pair[1], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	stream_open(&stream, pair[0], -1);
	committed = 0;
}

static void
teardown(void)
{
	stream_rest(&stream);
	close(pair[0]);
	close(pair[1]);
}

static void
limit_sending(long ms)
{
	struct timeval limit = {ms / 1000, ms % 1000 * 1000};

	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &limit,
			     sizeof(limit)),
	    0);
}

/* The byte at a place of all that is sent: no period that a buffer's length
 * could hide. */
static uint8_t
pattern(size_t at)
{
	return (uint8_t)(at ^ at >> 8 ^ at >> 16 ^ at / 251);
}

/* The next len bytes of the pattern: false, and nothing done, without room. */
static bool
commit(size_t len)
{
	uint8_t *room = stream_reserve(&stream, len);
	size_t i;

	if (room == NULL)
		return false;
	for (i = 0; i < len; i++)
		room[i] = pattern(committed + i);
	stream_commit(&stream, len);
	committed += len;
	ck_assert_uint_lt(committed, ROOM_MAX);
	return true;
}

static void *
read_pattern(void *argument)
{
	size_t *got = argument, i;
	static uint8_t bytes[65536];
	ssize_t n;

	while ((n = recv(pair[1], bytes, sizeof(bytes), 0)) > 0) {
		for (i = 0; i < (size_t)n; i++)
			if (bytes[i] != pattern(*got + i))
				return (void *)(uintptr_t) "another byte";
		*got += (size_t)n;
	}
	return n < 0 ? (void *)(uintptr_t) "an error" : NULL;
}

/* All that was committed arrives, and nothing else. */
static void
expect_all(void)
{
	pthread_t thread;
	size_t got = 0;
	void *wrong;

	limit_sending(0);
	ck_assert_int_eq(pthread_create(&thread, NULL, read_pattern, &got), 0);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	shutdown(pair[0], SHUT_WR);
	pthread_join(thread, &wrong);
	ck_assert_msg(wrong == NULL, "%s after %zu bytes", (const char *)wrong,
	    got);
	ck_assert_uint_eq(got, committed);
}

/* Until a flush has failed for the time that it took. The kernel may take
 * some more at any time, so that one failure does not promise another. */
static void
commit_until_time_limit(void)
{
	do
		ck_assert(commit(stream_room(&stream)));
	while (stream_flush(&stream, false) == 0);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_uint_gt(stream_unsent(&stream), 0);
}

/* To reserve more than there is room for fails, or has sent all the rest: in
 * either case nothing stands in the way of what was committed. */
START_TEST(test_reserve_after_a_time_limit)
{
	size_t unsent;
	int failed = 0;

	limit_sending(50);
	commit_until_time_limit();
	while (failed < 3) {
		unsent = stream_unsent(&stream);
		if (commit(STREAM_OUT)) {
			/* Only all of it leaves room for so much. */
			ck_assert_uint_eq(stream_unsent(&stream), STREAM_OUT);
			continue;
		}
		ck_assert_int_eq(errno, ETIMEDOUT);
		ck_assert_uint_gt(stream_unsent(&stream), 0);
		ck_assert_uint_le(stream_unsent(&stream), unsent);
		failed++;
	}
	expect_all();
}
END_TEST

/* What fits needs no sending, also when nothing can be sent. */
START_TEST(test_room_after_a_time_limit)
{
	size_t room;

	limit_sending(50);
	commit_until_time_limit();
	room = stream_room(&stream);
	ck_assert_uint_eq(room + stream_unsent(&stream), STREAM_OUT);
	ck_assert(commit(room / 2));
	ck_assert(commit(room - room / 2));
	ck_assert_uint_eq(stream_room(&stream), 0);
	ck_assert_uint_eq(stream_unsent(&stream), STREAM_OUT);
	expect_all();
}
END_TEST

/* Regression: what was sent of the output was no room before all of it was.
 * Nobody reads, so that a reserve that sends first would block for ever. */
START_TEST(test_sent_is_room_again)
{
	unsigned partly = 0;

	while (stream_room(&stream) > 0) {
		ck_assert(commit(stream_room(&stream)));
		ck_assert_uint_eq(stream_unsent(&stream), STREAM_OUT);
		ck_assert_int_eq(stream_push(&stream), 0);
		ck_assert_uint_eq(stream_room(&stream) + stream_unsent(&stream),
		    STREAM_OUT);
		partly +=
		    stream_room(&stream) > 0 && stream_unsent(&stream) > 0;
	}
	ck_assert_uint_gt(partly, 0);
	expect_all();
}
END_TEST

Suite *
stream_room_suite(void)
{
	Suite *suite = suite_create("stream_room");
	TCase *tcase = unit_case(suite, "room");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_reserve_after_a_time_limit);
	tcase_add_test(tcase, test_room_after_a_time_limit);
	tcase_add_test(tcase, test_sent_is_room_again);
	return suite;
}
