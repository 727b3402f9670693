/*
 * Clients that receive a byte a second of a large file, beside slow honest
 * ones. A peer whose window never opens receives nothing and is ended after
 * --timeout; a line of 60 kB/s is slow, and is not ended.
 */

#include <stdlib.h>

#include "tests/attack/crowd.h"
#include "tests/attack/scene.h"
#include "tests/attack/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"

#define DRIP_HUGE (UINT64_C(1) << 30) /* bytes */

enum {
	DRIP_MANY = 1000,
	DRIP_SLOW = 10,
	DRIP_FILE = 1000 * 1000, /* bytes */
	DRIP_TAKE = 6000,	 /* bytes in each tenth of a second */
	DRIP_TIMEOUT = 3,	 /* the server's --timeout, s */
	DRIP_LIMIT = DRIP_TIMEOUT + 5,
	DRIP_SLOW_LIMIT = 60, /* s */
};

static const uint8_t ask_huge[] = {0, 0, 0, 4, 'h', 'u', 'g', 'e'};
static const uint8_t ask[] = {0, 0, 0, 1, 'f'};

static struct crowd *
open_drippers(uint16_t port)
{
	const struct crowd_plan plan = {.port = port,
	    .n = (unsigned)attack_scaled(DRIP_MANY, 100),
	    .request = ask_huge,
	    .request_len = sizeof(ask_huge),
	    .take = 1,
	    .take_every = CLOCK_SEC,
	    .clings = true};

	return crowd_open(&plan);
}

static struct crowd *
open_slow(uint16_t port, const char *body, size_t len)
{
	const struct crowd_plan plan = {.port = port,
	    .n = DRIP_SLOW,
	    .each = DRIP_SLOW,
	    .request = ask,
	    .request_len = sizeof(ask),
	    .take = DRIP_TAKE,
	    .take_every = 100 * CLOCK_MS,
	    .replies = 1,
	    .body = body,
	    .body_len = len};

	return crowd_open(&plan);
}

/* Interval between two checks of the slow clients. */
static bool
drip(void *argument)
{
	(void)crowd_run(argument, 0, NULL, NULL);
	return false;
}

/* Each dripping connection and the slow ones hold two descriptors. */
static bool
have_gone(void *argument)
{
	const struct scene *scene = argument;

	return server_descriptors(&scene->server) <=
	    scene->baseline.descriptors + 2 * DRIP_SLOW;
}

struct pair {
	struct scene *scene;
	struct crowd *drippers;
};

static bool
drip_until_gone(void *argument)
{
	struct pair *pair = argument;

	(void)drip(pair->drippers);
	return have_gone(pair->scene);
}

static void
judge_slow(struct verdict *verdict, const struct crowd_score *score)
{
	verdict_expect(verdict,
	    score->left == DRIP_SLOW && score->replies.wrong == 0,
	    "%llu of %d slow clients had their file, %llu wrong, %llu cut",
	    (unsigned long long)score->left, DRIP_SLOW,
	    (unsigned long long)score->replies.wrong,
	    (unsigned long long)score->cut);
}

static void
attack_drip(struct scene *scene)
{
	int64_t began = clock_now(), gone;
	struct pair pair = {.scene = scene,
	    .drippers = open_drippers(scene->server.port)};
	size_t len;
	char *body = scratch_read("served/f", &len);
	struct crowd *slow = open_slow(scene->server.port, body, len);

	/* Until all are connected; none may have been ended. */
	(void)crowd_run(slow, began + CLOCK_SEC, drip, pair.drippers);
	verdict_expect(&scene->verdict,
	    crowd_run(slow, began + scene_patience(scene, DRIP_LIMIT),
		drip_until_gone, &pair),
	    "not all had gone after %d s (%u descriptors)", DRIP_LIMIT,
	    server_descriptors(&scene->server));
	gone = clock_now();
	if (scene->verdict.held) {
		(void)crowd_run(slow, began + DRIP_SLOW_LIMIT * CLOCK_SEC, drip,
		    pair.drippers);
		judge_slow(&scene->verdict, crowd_score(slow));
	}
	attack_say("a byte a second",
	    "%llu, all gone after %.1f s of --timeout %d; %llu of %d honest "
	    "ones, at 60 kB/s, had their %d kB after %.1f s",
	    (unsigned long long)crowd_score(pair.drippers)->made,
	    (double)(gone - began) / CLOCK_SEC, DRIP_TIMEOUT,
	    (unsigned long long)crowd_score(slow)->left, DRIP_SLOW,
	    DRIP_FILE / 1000, (double)(clock_now() - began) / CLOCK_SEC);
	crowd_close(pair.drippers);
	crowd_close(slow);
	free(body);
}

static void
run_drip(const char *control)
{
	struct scene scene = {.control = control};

	scratch_sparse("served/huge", DRIP_HUGE);
	scene_begin(&scene, (const char *const[]){"--timeout", "3", NULL},
	    DRIP_FILE);
	attack_drip(&scene);
	scene_end(&scene);
}

START_TEST(drippers_end_and_the_slow_do_not)
{
	run_drip(NULL);
}
END_TEST

START_TEST(control_timeouts)
{
	run_drip("timeouts");
}
END_TEST

Suite *
drip_suite(void)
{
	Suite *suite = suite_create("drip");
	TCase *tcase = harness_case(suite, "drip", 120);

	tcase_add_test(tcase, drippers_end_and_the_slow_do_not);
	tcase_add_test(tcase, control_timeouts);
	return suite;
}
