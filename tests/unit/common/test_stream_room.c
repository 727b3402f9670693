/*
 * The room for output: sent bytes free their room, and whatever the end of a
 * flush, committed bytes are sent once, in order and unchanged.
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
	ROOM_MAX = 64 * 1024 * 1024, /* bytes; more than socket buffers hold */
};

static struct stream stream;
static int pair[2];
static size_t committed; /* committed bytes of the pattern */

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

/* Returns the byte at a position of the pattern, which has no period that a
 * buffer's length could hide. */
static uint8_t
pattern(size_t at)
{
	return (uint8_t)(at ^ at >> 8 ^ at >> 16 ^ at / 251);
}

/* Commits the next len bytes of the pattern. Returns false without room. */
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

/* Expects exactly the committed bytes. */
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

/* Flushes until a flush fails by its time limit. The kernel may accept more
 * bytes at any time, so one failure is not always followed by another. */
static void
commit_until_time_limit(void)
{
	do
		ck_assert(commit(stream_room(&stream)));
	while (stream_flush(&stream, false) == 0);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_uint_gt(stream_unsent(&stream), 0);
}

/* Reserving more than the room fails, or has sent everything: committed bytes
 * are intact in both cases. */
START_TEST(test_reserve_after_a_time_limit)
{
	size_t unsent;
	int failed = 0;

	limit_sending(50);
	commit_until_time_limit();
	while (failed < 3) {
		unsent = stream_unsent(&stream);
		if (commit(STREAM_OUT)) {
			/* So much room requires that everything was sent. */
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

/* Output that fits needs no sending, also when nothing can be sent. */
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

/* Regression: sent bytes did not free their room until all were sent. Nobody
 * reads, so a reserve that sends first would block forever. */
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
