/*
 * Several connections, one of which stalls at some place of a reply: the others
 * continue. A thread that waits for the network does not hold the lock of the
 * jobs (client/transfer/job_queue.h), for short replies either.
 */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <check.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

enum {
	SIZE = 1000,  /* bytes of each file */
	NAMES = 400,  /* more than the requests in flight on one connection */
	OTHERS = 100, /* files to fetch while one connection stalls */
};

static struct program client;
static struct fake fake;
static struct fake held;  /* the connection that stalls */
static sem_t went_on;	  /* posted when the others have fetched OTHERS files */
static uint8_t *late;	  /* the reply that is sent in part */
static size_t late_len;	  /* bytes */
static size_t late_begun; /* bytes that were sent */
static unsigned served;	  /* files fetched by the others */

static const uint8_t bytes[SIZE] = "the same for each name";
static const struct fake_file file = {
    .bytes = bytes,
    .size = SIZE,
    .token = {1, 2},
    .mode = 0100644,
    .mtime_ns = 1,
};

static const struct {
	const char *row;
	long begun; /* bytes of the reply that are sent; negative: all but so
		       many */
} stalls[] = {
    {"nothing", 0},
    {"in the header", 3},
    {"behind the header", PROTOCOL_REPLY_HEADER_SIZE},
    {"in the attributes", PROTOCOL_REPLY_HEADER_SIZE + 5},
    {"before the body", PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE},
    {"in the body", PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE + 10},
    {"before the trailer", -PROTOCOL_TRAILER_SIZE},
    {"in the trailer", -3},
};

/* Sends the reply to STAT, which several connections send first. */
static bool
answer_state(struct fake *at)
{
	const struct protocol_attributes attributes = {.token = file.token,
	    .size = file.size,
	    .mtime_ns = file.mtime_ns,
	    .mode = file.mode};
	uint8_t reply[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE];

	protocol_encode_reply(PROTOCOL_OK, PROTOCOL_ATTRIBUTES_SIZE, reply);
	protocol_encode_attributes(&attributes,
	    reply + PROTOCOL_REPLY_HEADER_SIZE);
	return fake_send(at, reply, sizeof(reply));
}

/* Replies to requests until a FETCH, which it returns. Returns false at the end
 * of the connection. */
static bool
answer_to_fetch(struct fake *at, struct fake_asked *asked)
{
	while (fake_ask(at, asked)) {
		if (asked->op == PROTOCOL_OP_FETCH)
			return true;
		if (asked->op != PROTOCOL_OP_STAT || !answer_state(at))
			return false;
	}
	return false;
}

/* The first connection gets the beginning of a reply and stalls; the others get
 * all replies. */
static void
play(struct fake *at)
{
	long begun = *(const long *)at->argument;
	struct fake_asked asked;

	at->keeps_first = true;
	if (at->connection == 0) {
		if (!answer_to_fetch(at, &asked))
			return;
		late = fake_build_reply(&file, 0, &late_len);
		late_begun =
		    begun < 0 ? late_len - (size_t)-begun : (size_t)begun;
		fake_send(at, late, late_begun);
		held = *at;
		at->fd = -1;
		return;
	}
	while (answer_to_fetch(at, &asked) && fake_answer(at, &file, &asked))
		if (++served == OTHERS)
			sem_post(&went_on);
}

/* Completes the stalled reply after the others have continued. */
static void *
finish_held(void *argument)
{
	struct fake_asked asked;
	struct timespec limit;

	(void)argument;
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += (time_t)(WAIT_LIMIT / CLOCK_SEC);
	if (sem_timedwait(&went_on, &limit) != 0)
		return NULL;
	if (fake_send(&held, late + late_begun, late_len - late_begun))
		while (answer_to_fetch(&held, &asked) &&
		    fake_answer(&held, &file, &asked))
			continue;
	fake_end(&held);
	return &held;
}

static void
expect_all(void)
{
	struct sum got, wanted;
	char name[32];
	int i;

	sum_of(&wanted, bytes, SIZE);
	for (i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "here/newn%d", i);
		sum_file(&got, name, 0, UINT64_MAX);
		sum_expect(&got, &wanted, name);
	}
	/* The files and the list of names; no part file is left. */
	ck_assert_uint_eq(scratch_count("here"), NAMES + 1);
}

START_TEST(the_other_connections_continue)
{
	static char names[NAMES * 8];
	pthread_t thread;
	void *finished;
	size_t len = 0;
	int i;

	for (i = 0; i < NAMES; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len,
		    "n%d\n", i);
	scratch_text("here/names", names);
	ck_assert_int_eq(sem_init(&went_on, 0, 0), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, finish_held, NULL), 0);
	fake_start(&fake, 8, play, &stalls[_i].begun);
	/* The client's time limit is too long to help. */
	here_get(&client, fake.port, 0, stalls[_i].row,
	    HERE_LIST("-q", "-j2", "--timeout=300", "-i", "names"));
	ck_assert_int_eq(pthread_join(thread, &finished), 0);
	fake_stop(&fake);
	ck_assert_ptr_eq(finished, &held);
	ck_assert_str_eq(held.error, "");
	ck_assert_uint_ge(served, OTHERS);
	expect_all();
	free(late);
	sem_destroy(&went_on);
}
END_TEST

Suite *
crew_stalls_suite(void)
{
	Suite *suite = suite_create("crew_stalls");
	TCase *tcase = harness_case(suite, "stalls", 120);

	tcase_add_loop_test(tcase, the_other_connections_continue, 0,
	    (int)HARNESS_ROWS(stalls));
	return suite;
}
