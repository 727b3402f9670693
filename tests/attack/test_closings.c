/*
 * The server ends connections while unanswered requests and replies are on
 * their way. Closing such a socket makes the kernel reset it, which cuts the
 * replies (RFC 1122, 4.2.2.13). Every answered request must arrive whole. The
 * clients read slowly and keep sending.
 */

#include <signal.h>
#include <stdlib.h>

#include "tests/attack/crowd.h"
#include "tests/attack/scene.h"
#include "tests/attack/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

enum {
	CLOSINGS_FILE = 100 * 1024, /* bytes of a reply */
	CLOSINGS_MANY = 250,	    /* connections of each of the four rows */
	CLOSINGS_ROOM = 4096,	    /* SO_RCVBUF of a client, bytes */
	CLOSINGS_TAKE = 2 * 1024,   /* bytes received each time: 100 KiB/s */
};

#define CLOSINGS_EVERY (20 * CLOCK_MS)

/* Asks for the file twice, and begins a third request in some rows. */
static const uint8_t ask[] = {0, 0, 0, 1, 'f', 0, 0, 0, 1, 'f', 0, 0};
static const uint8_t again[] = {0, 0, 0, 1, 'f'};
static const uint8_t rest[] = {0};

/* Why the server ends the connections. */
enum cause {
	CAUSE_LIMIT,	/* its idle or request time limit */
	CAUSE_NEWCOMER, /* evicted for a newcomer */
	CAUSE_STOP,	/* SIGTERM */
};

static const struct row {
	const char *name;
	enum cause cause;
	const char *const *options;
	size_t request_len;
	const uint8_t *later; /* sent after the first requests */
	size_t later_len;
	int64_t after, every;
} rows[] = {
    /* After the limit, but rarely enough that the limit passes. */
    {"idle for too long", CAUSE_LIMIT,
	(const char *const[]){"--timeout", "1", NULL}, 10, again, sizeof(again),
	1300 * CLOCK_MS, 1300 * CLOCK_MS},
    {"a request for too long", CAUSE_LIMIT,
	(const char *const[]){"--request-timeout", "1", NULL}, 12, rest,
	sizeof(rest), 1300 * CLOCK_MS, 400 * CLOCK_MS},
    {"made room", CAUSE_NEWCOMER,
	(const char *const[]){"--max-connections", "250", "--max-per-address",
	    "250", NULL},
	10, again, sizeof(again), 900 * CLOCK_MS, 100 * CLOCK_MS},
    {"stopped", CAUSE_STOP, NULL, 10, again, sizeof(again), 600 * CLOCK_MS,
	1200 * CLOCK_MS},
};

/* Connects newcomers one after the other; each must be served. */
static struct crowd *
send_newcomers(const struct scene *scene, unsigned n)
{
	struct crowd_plan plan = {.port = scene->server.port,
	    .n = n,
	    .each = n,
	    .request = again,
	    .request_len = sizeof(again)};

	return crowd_open(&plan);
}

/* Also true if a connection ended in a way that is an error. */
static bool
have_all_ended(void *argument)
{
	const struct crowd_score *score = argument;

	return score->cut > 0 ||
	    score->ended + score->reset + score->cut + score->failed >=
	    score->made;
}

static struct crowd *
begin_closings(struct scene *scene, const struct row *row, unsigned n,
    const char *body, size_t len)
{
	struct crowd_plan plan = {.port = scene->server.port,
	    .n = n,
	    .receive_buffer = CLOSINGS_ROOM,
	    .request = ask,
	    .request_len = row->request_len,
	    .later = row->later,
	    .later_len = row->later_len,
	    .later_after = row->after,
	    .later_every = row->every,
	    .take = CLOSINGS_TAKE,
	    .take_every = CLOSINGS_EVERY,
	    .body = body,
	    .body_len = len};

	return crowd_open(&plan);
}

static void
attack_closings(struct scene *scene, const struct row *row)
{
	unsigned n = (unsigned)attack_scaled(CLOSINGS_MANY, 50);
	size_t len;
	char *body = scratch_read("served/f", &len);
	struct crowd *crowd = begin_closings(scene, row, n, body, len),
		     *others = NULL;
	const struct crowd_score *score = crowd_score(crowd);
	struct verdict *verdict = &scene->verdict;

	/* Until replies are on their way. */
	(void)crowd_run(crowd, clock_now() + CLOCK_SEC / 2, NULL, NULL);
	if (row->cause == CAUSE_NEWCOMER)
		others = send_newcomers(scene, CLOSINGS_MANY);
	scene->stopping = row->cause == CAUSE_STOP;
	if (scene->stopping)
		program_signal(&scene->server.program, SIGTERM);
	verdict_expect(verdict,
	    crowd_run(crowd, clock_now() + WAIT_LIMIT, have_all_ended,
		(void *)(uintptr_t)score),
	    "%u of %u are still there", crowd_alive(crowd), n);
	verdict_expect(verdict, score->cut == 0 && score->replies.wrong == 0,
	    "%llu of %u closings cut a reply", (unsigned long long)score->cut,
	    n);
	verdict_expect(verdict, score->replies.ok >= n, "only %llu replies",
	    (unsigned long long)score->replies.ok);
	attack_say(row->name,
	    "%u closings, %llu replies, %llu cut; %llu ended, %llu reset "
	    "between replies",
	    n, (unsigned long long)score->replies.ok,
	    (unsigned long long)score->cut, (unsigned long long)score->ended,
	    (unsigned long long)score->reset);
	crowd_close(crowd);
	if (others != NULL)
		crowd_close(others);
	free(body);
}

static void
run_closings(const struct row *row, const char *control)
{
	struct scene scene = {.control = control};

	scene_begin(&scene, row->options, CLOSINGS_FILE);
	attack_closings(&scene, row);
	scene_end(&scene);
}

START_TEST(no_reply_is_cut)
{
	run_closings(&rows[_i], NULL);
}
END_TEST

START_TEST(control_linger)
{
	run_closings(&rows[_i], "linger");
}
END_TEST

Suite *
closings_suite(void)
{
	Suite *suite = suite_create("closings");
	TCase *tcase = harness_case(suite, "closings", 120);

	tcase_add_loop_test(tcase, no_reply_is_cut, 0, HARNESS_ROWS(rows));
	tcase_add_loop_test(tcase, control_linger, 0, HARNESS_ROWS(rows));
	return suite;
}
