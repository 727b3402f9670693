/*
 * Connections that come and go by the thousand, and say nothing, nonsense, or
 * what nobody should ask for: each costs the server something, and none may
 * leave anything behind, or keep an honest client from its file.
 */

#include "common/protocol.h"
#include "tests/attack/crowd.h"
#include "tests/attack/honest.h"
#include "tests/attack/scene.h"
#include "tests/attack/server_suites.h"
#include "tests/attack/words.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"

enum {
	STORMS_FILE = 16 * 1024 * 1024, /* bytes */
	STORMS_LIMIT = 120,		/* s for one of them */
};

static const uint8_t ask[] = {0, 0, 0, 1, 'f'};

static const struct row {
	const char *name;
	const char *control; /* or NULL */
	const char *const *options;
	struct crowd_plan plan;
	uint64_t total; /* connections */
	bool refused;	/* no reply may be OK */
	bool crowded;	/* they are more than there are places */
} storms[] = {
    {"connect, and leave", NULL, NULL,
	{.n = 5000, .abort_each = 1, .gently = true}, 50000, false, false},
    {"connect, and reset", NULL, NULL, {.n = 5000, .abort_each = 1}, 50000,
	false, false},
    {"connect, and reset, many addresses", NULL, NULL,
	{.n = 5000, .each = 500, .abort_each = 1}, 50000, false, true},
    {"ask for 16 MiB, take 1 KiB, reset", NULL, NULL,
	{.n = 50,
	    .request = ask,
	    .request_len = sizeof(ask),
	    .abort_each = 1,
	    .abort_after = 1024},
	10000, false, false},
    {"ask for 16 MiB, take 1 KiB, reset", "sigpipe", NULL,
	{.n = 50,
	    .request = ask,
	    .request_len = sizeof(ask),
	    .abort_each = 1,
	    .abort_after = 1024},
	10000, false, false},
};

static const struct row nonsense[] = {
    {"garbage", NULL, (const char *const[]){"--request-timeout", "1", NULL},
	{.n = 500,
	    .say = words_of_garbage,
	    .abort_each = 1,
	    .abort_after = PROTOCOL_REPLY,
	    .gently = true},
	20000, true, false},
    {"large and odd names", NULL, NULL,
	{.n = 50, .say = words_of_names, .repeat = 20, .replies = 20}, 5000,
	true, false},
    {"one address, against its share", NULL,
	(const char *const[]){"--max-connections", "400", "--max-per-address",
	    "100", NULL},
	{.n = 500, .request = ask, .request_len = sizeof(ask), .replies = 1},
	5000, false, false},
    {"one address, against its share", "peers",
	(const char *const[]){"--max-connections", "400", "--max-per-address",
	    "100", NULL},
	{.n = 500, .request = ask, .request_len = sizeof(ask), .deaf = true},
	500, false, false},
};

static bool
has_ended(void *argument)
{
	const struct scene *scene = argument;

	return program_ended(&scene->server.program);
}

static void
judge(struct scene *scene, const struct row *row,
    const struct crowd_score *score, const struct honest *honest)
{
	struct verdict *verdict = &scene->verdict;

	verdict_expect(verdict, !program_ended(&scene->server.program),
	    "the server has ended");
	verdict_expect(verdict, !row->refused || score->replies.ok == 0,
	    "%llu times it was answered OK",
	    (unsigned long long)score->replies.ok);
	verdict_expect(verdict, score->replies.wrong == 0,
	    "%llu replies are none", (unsigned long long)score->replies.wrong);
	verdict_expect(verdict,
	    honest->fetched > 0 && (honest->failed == 0 || row->crowded),
	    "%llu of %llu fetches failed: %s",
	    (unsigned long long)honest->failed,
	    (unsigned long long)honest->failed +
		(unsigned long long)honest->fetched,
	    honest->error);
}

static void
attack(struct scene *scene, const struct row *row)
{
	struct crowd_plan plan = row->plan;
	const struct crowd_score *score;
	struct honest honest;
	struct crowd *crowd;
	int64_t began = clock_now();
	char text[256];
	bool through;

	plan.port = scene->server.port;
	plan.total = attack_scaled(row->total, plan.n);
	crowd = crowd_open(&plan);
	honest_start(&honest, plan.port, "ok");
	score = crowd_score(crowd);
	/* Those who stay are to be there for a while. */
	through =
	    crowd_run(crowd, began + (plan.deaf ? 1 : STORMS_LIMIT) * CLOCK_SEC,
		has_ended, scene);
	honest_stop(&honest);
	verdict_expect(&scene->verdict, through || plan.deaf,
	    "no end after %d s", STORMS_LIMIT);
	judge(scene, row, score, &honest);
	attack_say(row->name,
	    "%llu connections in %.1f s, %llu replies (%llu OK, %llu BUSY); "
	    "honest: %s",
	    (unsigned long long)score->made,
	    (double)(clock_now() - began) / CLOCK_SEC,
	    (unsigned long long)score->replies.begun,
	    (unsigned long long)score->replies.ok,
	    (unsigned long long)score->replies.busy,
	    honest_text(&honest, text, sizeof(text)));
	crowd_close(crowd);
}

static void
run(const struct row *row)
{
	struct scene scene = {.control = row->control};

	scratch_fill("served/ok", 1024 * 1024, 2);
	scene_begin(&scene, row->options, STORMS_FILE);
	attack(&scene, row);
	scene_end(&scene);
}

START_TEST(a_storm_leaves_nothing_behind)
{
	run(&storms[_i]);
}
END_TEST

START_TEST(nonsense_is_refused)
{
	run(&nonsense[_i]);
}
END_TEST

Suite *
storms_suite(void)
{
	Suite *suite = suite_create("storms");
	TCase *tcase = harness_case(suite, "storms", 180);

	tcase_add_loop_test(tcase, a_storm_leaves_nothing_behind, 0,
	    HARNESS_ROWS(storms));
	return suite;
}

Suite *
nonsense_suite(void)
{
	Suite *suite = suite_create("nonsense");
	TCase *tcase = harness_case(suite, "nonsense", 180);

	tcase_add_loop_test(tcase, nonsense_is_refused, 0,
	    HARNESS_ROWS(nonsense));
	return suite;
}
