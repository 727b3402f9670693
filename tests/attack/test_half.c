/*
 * Requests that never end: two bytes at once, then one every three seconds, so
 * that the peer always seems alive. They must not slow the honest client, and
 * the time limit covers the whole request.
 */

#include "tests/attack/crowd.h"
#include "tests/attack/honest.h"
#include "tests/attack/scene.h"
#include "tests/attack/server_suites.h"
#include "tests/harness/harness.h"

enum {
	HALF_FILE = 1024 * 1024, /* bytes of the honest client's file */
	HALF_P99 = 50,		 /* ms */
	HALF_MANY = 9000,
};

static const uint8_t half[] = {0, 0, 0, 200, 'n', 'e', 'v', 'e', 'r'};

static const struct row {
	const char *name;
	const char *control;
	const char *const *options;
	unsigned each; /* connections from one address; 0: all */
	int limit;     /* s from the start until all are ended */
	bool crowded;  /* they take all places before the honest client comes */
	bool brief;    /* runs in the short form too */
} rows[] = {
    {"half requests, room for all", NULL,
	(const char *const[]){"--max-connections", "9500", "--max-per-address",
	    "9500", NULL},
	0, 15, false, true},
    {"half requests, one address, defaults", NULL, NULL, 0, 15, false, false},
    {"half requests, many addresses, defaults", NULL, NULL, 500, 15, true,
	false},
};

static const struct row control = {"half requests", "deadline",
    (const char *const[]){"--max-connections", "9500", "--max-per-address",
	"9500", "--request-timeout", "1", NULL},
    0, 3, false, true};

static void
judge_half(struct scene *scene, const struct honest *honest)
{
	struct verdict *verdict = &scene->verdict;

	verdict_expect(verdict, honest->fetched > 0 && honest->failed == 0,
	    "%llu fetches failed: %s", (unsigned long long)honest->failed,
	    honest->error);
	if (attack_is_full())
		verdict_expect(verdict, honest_ms(honest, 0.99) <= HALF_P99,
		    "the honest client's p99 was %.1f ms",
		    honest_ms(honest, 0.99));
}

static void
attack_half(struct scene *scene, const struct row *row)
{
	struct crowd_plan plan = {.n = (unsigned)attack_scaled(HALF_MANY, 100),
	    .each = row->each,
	    .request = half,
	    .request_len = 2,
	    .later = half + 2,
	    .later_len = sizeof(half) - 2,
	    .later_step = 1,
	    .later_after = 3 * CLOCK_SEC,
	    .later_every = 3 * CLOCK_SEC,
	    .clings = true};
	const struct crowd_score *score;
	struct honest honest;
	struct crowd *crowd;
	int64_t began, end;
	char text[256];
	bool gone;

	plan.port = scene->server.port;
	began = clock_now();
	if (!row->crowded)
		honest_start(&honest, plan.port, "f");
	crowd = crowd_open(&plan);
	/* Until all are connected; none may have been ended, and for a second
	 * newcomers must not take their places. */
	(void)crowd_run(crowd, began + (row->crowded ? 3 : 1) * CLOCK_SEC, NULL,
	    NULL);
	if (row->crowded)
		honest_start(&honest, plan.port, "f");
	gone = crowd_run(crowd, began + scene_patience(scene, row->limit),
	    scene_is_deserted, scene);
	end = clock_now();
	honest_stop(&honest);
	score = crowd_score(crowd);
	verdict_expect(&scene->verdict, gone,
	    "not all had gone after %d s (%u descriptors)", row->limit,
	    server_descriptors(&scene->server));
	judge_half(scene, &honest);
	attack_say(row->name,
	    "%u (%llu turned away), all gone after %.1f s; honest: %s", plan.n,
	    (unsigned long long)score->replies.busy,
	    (double)(end - began) / CLOCK_SEC,
	    honest_text(&honest, text, sizeof(text)));
	crowd_close(crowd);
}

static void
run_half(const struct row *row)
{
	struct scene scene = {.control = row->control};

	if (!row->brief && !attack_is_full())
		return;
	scene_begin(&scene, row->options, HALF_FILE);
	attack_half(&scene, row);
	scene_end(&scene);
}

START_TEST(half_requests_cost_others_nothing)
{
	run_half(&rows[_i]);
}
END_TEST

START_TEST(control_deadline)
{
	run_half(&control);
}
END_TEST

Suite *
half_suite(void)
{
	Suite *suite = suite_create("half");
	TCase *tcase = harness_case(suite, "half", 120);

	tcase_add_loop_test(tcase, half_requests_cost_others_nothing, 0,
	    HARNESS_ROWS(rows));
	tcase_add_test(tcase, control_deadline);
	return suite;
}
