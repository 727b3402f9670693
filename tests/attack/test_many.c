/*
 * No hostile clients, only many: as many idle connections as the descriptors
 * allow, each of which is answered when it asks; thousands of downloads at one
 * time; a million requests on a hundred thousand connections, a third of them
 * aborted, after which the server is as large as after the first half.
 */

#include <sys/resource.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/attack/crowd.h"
#include "tests/attack/honest.h"
#include "tests/attack/scene.h"
#include "tests/attack/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

enum {
	MANY_IDLE = 19000,
	MANY_ACTIVE = 9000,
	MANY_SPARE = 900,	    /* descriptors kept for other use */
	MANY_LARGE = 1024 * 1024,   /* bytes; more than the kernel buffers */
	MANY_SMALL = 16 * 1024,	    /* bytes; ten of them arrive in pieces */
	MANY_TURNOVER = 100 * 1000, /* connections */
	MANY_AT_ONCE = 200,
	MANY_PLACES = 4000, /* a connection that left keeps its place until it
			       is noticed */
	MANY_REQUESTS = 10, /* requests on each connection */
};

/* Growth that is no leak: pages of reused blocks and stacks touched for the
 * first time; 84 bytes for each connection of the second half. */
#define MANY_FLAT 4096 /* KiB */

#define MANY_LIMIT (120 * CLOCK_SEC)

static const uint8_t ask[] = {0, 0, 0, 1, 'f'};

static unsigned
allowed(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	return limit.rlim_max > 1000000 ? 1000000 : (unsigned)limit.rlim_max;
}

/* Returns n, scaled, but no more than the descriptors allow, at per of them
 * each. */
static unsigned
as_many(unsigned n, unsigned per)
{
	unsigned most = allowed(), wanted = (unsigned)attack_scaled(n, 100);

	if (most < 2 * MANY_SPARE)
		return 100;
	most = (most - MANY_SPARE) / per;
	return wanted < most ? wanted : most;
}

struct until {
	struct crowd *crowd;
	const struct scene *scene;
	uint64_t replies;
	unsigned descriptors;
};

static bool
are_answered(void *argument)
{
	const struct until *until = argument;
	const struct replies_count *replies =
	    &crowd_score(until->crowd)->replies;

	return replies->ok + replies->busy + replies->refused >= until->replies;
}

/* The server has accepted all, and the crowd, which says nothing on a
 * connection before, has heard that all are connected. */
static bool
are_at_work(void *argument)
{
	const struct until *until = argument;
	const struct crowd_score *score = crowd_score(until->crowd);

	return score->connected == score->made &&
	    server_descriptors(&until->scene->server) >= until->descriptors;
}

static void
begin_many(struct scene *scene, unsigned n, uint64_t size)
{
	char most[16];

	snprintf(most, sizeof(most), "%u", n);
	scene_begin(scene,
	    (const char *const[]){"--max-connections", most,
		"--max-per-address", most, "--timeout", "600", NULL},
	    size);
}

/* Lets each of n members ask once more, some at a time. */
static void
ask_each(struct scene *scene, struct until *until, unsigned n, unsigned at_once)
{
	int64_t began = clock_now();
	unsigned first;

	for (first = 0; first < n; first += at_once) {
		crowd_say(until->crowd, first, at_once, ask, sizeof(ask));
		until->replies += n - first < at_once ? n - first : at_once;
		(void)crowd_run(until->crowd, began + MANY_LIMIT, are_answered,
		    until);
	}
	attack_say("idle, asking", "%u, %u at a time: %.2f s, %llu told BUSY",
	    n, at_once, (double)(clock_now() - began) / CLOCK_SEC,
	    (unsigned long long)crowd_score(until->crowd)->replies.busy);
	verdict_expect(&scene->verdict,
	    are_answered(until) && crowd_alive(until->crowd) == n,
	    "%llu replies of %llu, %u connections left",
	    (unsigned long long)crowd_score(until->crowd)->replies.begun,
	    (unsigned long long)until->replies, crowd_alive(until->crowd));
}

/* The server has descriptors for fewer open files than connections, and prints
 * how many: all at once may be answered BUSY, but that many must not. */
START_TEST(as_many_idle_as_descriptors_allow)
{
	struct scene scene = {.control = NULL};
	unsigned n = as_many(MANY_IDLE, 1);
	struct crowd_plan plan = {.n = n};
	struct until until = {.scene = &scene};
	struct honest honest;
	int64_t began = clock_now();
	char text[256];

	begin_many(&scene, n + 10, MANY_SMALL);
	plan.port = scene.server.port;
	until.crowd = crowd_open(&plan);
	until.descriptors = scene.baseline.descriptors + n;
	ck_assert_msg(crowd_run(until.crowd, began + MANY_LIMIT, are_at_work,
			  &until),
	    "not all of %u are connected", n);
	honest_run(&honest, plan.port, "f", CLOCK_SEC);
	attack_say("idle",
	    "%u, %.1f KiB resident each; honest, beside them: %s", n,
	    (double)(program_memory(&scene.server.program, "VmRSS:") -
		scene.baseline.memory) /
		n,
	    honest_text(&honest, text, sizeof(text)));
	verdict_expect(&scene.verdict, honest.failed == 0 && honest.fetched > 0,
	    "the honest client: %s", honest.error);
	ask_each(&scene, &until, n, MANY_AT_ONCE);
	verdict_expect(&scene.verdict,
	    crowd_score(until.crowd)->replies.ok == n, "not all were OK");
	ask_each(&scene, &until, n, n);
	crowd_close(until.crowd);
	scene_end(&scene);
}
END_TEST

START_TEST(thousands_of_downloads_at_once)
{
	struct scene scene = {.control = NULL};
	unsigned n = as_many(MANY_ACTIVE, 2);
	struct crowd_plan plan = {.n = n,
	    .request = ask,
	    .request_len = sizeof(ask),
	    .replies = 1,
	    .deaf = true};
	struct until until = {.scene = &scene};
	const struct crowd_score *score;
	int64_t began;
	size_t len;
	char *body;

	begin_many(&scene, n + 10, MANY_LARGE);
	plan.port = scene.server.port;
	plan.body = body = scratch_read("served/f", &len);
	plan.body_len = len;
	until.crowd = crowd_open(&plan);
	until.descriptors = scene.baseline.descriptors + 2 * n;
	ck_assert_msg(crowd_run(until.crowd, clock_now() + MANY_LIMIT,
			  are_at_work, &until),
	    "not all of %u downloads have begun", n);
	began = clock_now();
	crowd_listen(until.crowd);
	score = crowd_score(until.crowd);
	ck_assert(crowd_run(until.crowd, began + MANY_LIMIT, NULL, NULL));
	verdict_expect(&scene.verdict,
	    score->replies.ok == n && score->replies.wrong == 0,
	    "%llu of %u arrived, %llu wrong",
	    (unsigned long long)score->replies.ok, n,
	    (unsigned long long)score->replies.wrong);
	attack_say("downloads at once", "%u of %d KiB, in %.1f s (%.0f MB/s)",
	    n, MANY_LARGE / 1024, (double)(clock_now() - began) / CLOCK_SEC,
	    (double)score->bytes * 1e3 / (double)(clock_now() - began));
	crowd_close(until.crowd);
	free(body);
	scene_end(&scene);
}
END_TEST

static bool
is_half_made(void *argument)
{
	const struct until *until = argument;

	return crowd_score(until->crowd)->made >= until->replies;
}

/* Makes this many connections. The server must not grow in the second half. */
static void
turn_over(struct scene *scene, uint64_t connections)
{
	struct crowd_plan plan = {.port = scene->server.port,
	    .n = MANY_AT_ONCE,
	    .total = connections,
	    .request = ask,
	    .request_len = sizeof(ask),
	    .repeat = MANY_REQUESTS,
	    .abort_each = 3,
	    .abort_after = 1,
	    .replies = MANY_REQUESTS};
	struct until until = {.scene = scene, .replies = connections / 2};
	const struct crowd_score *score;
	int64_t began = clock_now();
	long half, all;

	until.crowd = crowd_open(&plan);
	score = crowd_score(until.crowd);
	(void)crowd_run(until.crowd, began + MANY_LIMIT, is_half_made, &until);
	half = program_memory(&scene->server.program, "VmRSS:");
	(void)crowd_run(until.crowd, began + MANY_LIMIT, NULL, NULL);
	all = program_memory(&scene->server.program, "VmRSS:");
	verdict_expect(&scene->verdict, score->left == connections,
	    "%llu of %llu connections had what they wanted",
	    (unsigned long long)score->left, (unsigned long long)connections);
	verdict_expect(&scene->verdict, all <= half + MANY_FLAT,
	    "memory grew from %ld to %ld KiB between the middle and the end",
	    half, all);
	verdict_expect(&scene->verdict,
	    wait_until(scene_is_deserted, scene, 2 * CLOCK_SEC),
	    "%u descriptors after all have left",
	    server_descriptors(&scene->server));
	attack_say("turnover",
	    "%llu requests on %llu connections in %.1f s, %llu replies; "
	    "%ld KiB resident before, %ld in the middle, %ld at the end",
	    (unsigned long long)connections * MANY_REQUESTS,
	    (unsigned long long)connections,
	    (double)(clock_now() - began) / CLOCK_SEC,
	    (unsigned long long)score->replies.ok, scene->baseline.memory, half,
	    all);
	crowd_close(until.crowd);
}

static void
run_turnover(uint64_t connections, const char *control)
{
	struct scene scene = {.control = control};

	begin_many(&scene, MANY_PLACES, MANY_SMALL);
	turn_over(&scene, connections);
	scene_end(&scene);
}

START_TEST(a_million_requests_leave_nothing_behind)
{
	run_turnover(attack_scaled(MANY_TURNOVER, 1000), NULL);
}
END_TEST

/* Enough connections that the leak stands out. */
START_TEST(control_buffers)
{
	run_turnover(3000, "buffers");
}
END_TEST

START_TEST(control_files)
{
	run_turnover(1000, "files");
}
END_TEST

Suite *
many_suite(void)
{
	Suite *suite = suite_create("many");
	TCase *tcase = harness_case(suite, "many", 300);

	tcase_add_test(tcase, as_many_idle_as_descriptors_allow);
	tcase_add_test(tcase, thousands_of_downloads_at_once);
	tcase_add_test(tcase, a_million_requests_leave_nothing_behind);
	tcase_add_test(tcase, control_buffers);
	tcase_add_test(tcase, control_files);
	return suite;
}
