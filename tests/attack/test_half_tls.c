/*
 * Handshakes of TLS that never end: the client's first message, whole or but
 * for its last byte, and then nothing, or a byte every three seconds. They must
 * not slow an honest client, which makes a handshake for each file, and the
 * time limit covers the whole handshake.
 */

#include "tests/attack/crowd.h"
#include "tests/attack/honest.h"
#include "tests/attack/scene.h"
#include "tests/attack/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/hostile_tls.h"

enum {
	HALF_FILE = 64 * 1024, /* bytes of the honest client's file */
	HALF_P99 = 200,	       /* ms */
	HALF_MANY = 9000,
};

static const struct row {
	const char *name;
	const char *control;
	const char *const *options;
	unsigned each;	/* connections from one address; 0: all */
	unsigned later; /* bytes of the hello that come later, one by one */
	int limit;	/* s from the start until all are ended */
	bool brief;	/* runs in the short form too */
} rows[] = {
    {"nothing after a hello, room for all", NULL,
	(const char *const[]){"--tls", "--max-connections", "9500",
	    "--max-per-address", "9500", NULL},
	0, 0, 15, true},
    {"slow hellos, room for all", NULL,
	(const char *const[]){"--tls", "--max-connections", "9500",
	    "--max-per-address", "9500", NULL},
	0, 64, 15, false},
    {"nothing after a hello, many addresses, defaults", NULL,
	(const char *const[]){"--tls", NULL}, 500, 0, 15, false},
};

static const struct row control = {"nothing after a hello", "handshake",
    (const char *const[]){"--tls", "--max-connections", "9500",
	"--max-per-address", "9500", "--request-timeout", "1", NULL},
    0, 0, 5, true};

static void
judge_half(struct scene *scene, const struct honest *honest, bool crowded)
{
	struct verdict *verdict = &scene->verdict;

	/* When places are short, a handshake that takes over a second may be
	 * replaced like the others; fileget then tries again. */
	verdict_expect(verdict,
	    honest->fetched > 0 &&
		honest->failed * 100 <= (crowded ? honest->fetched : 0),
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
	uint8_t hello[HOSTILE_HELLO_MAX];
	size_t len = hostile_tls_hello(hello);
	struct crowd_plan plan = {.port = scene->server.port,
	    .n = (unsigned)attack_scaled(HALF_MANY, 100),
	    .each = row->each,
	    .request = hello,
	    .request_len = len - row->later,
	    .later = hello + len - row->later,
	    .later_len = row->later,
	    .later_step = 1,
	    .later_after = row->later > 0 ? 3 * CLOCK_SEC : 0,
	    .later_every = 3 * CLOCK_SEC,
	    .clings = true};
	struct honest honest;
	struct crowd *crowd;
	int64_t began, end;
	char text[256];
	bool gone;

	began = clock_now();
	honest_start_encrypted(&honest, plan.port, "f");
	crowd = crowd_open(&plan);
	/* Until all are connected. */
	(void)crowd_run(crowd, began + 2 * CLOCK_SEC, NULL, NULL);
	gone = crowd_run(crowd, began + scene_patience(scene, row->limit),
	    scene_is_deserted, scene);
	end = clock_now();
	honest_stop(&honest);
	verdict_expect(&scene->verdict, gone,
	    "not all had gone after %d s (%u descriptors)", row->limit,
	    server_descriptors(&scene->server));
	judge_half(scene, &honest, row->each > 0);
	attack_say(row->name,
	    "%u, all gone after %.1f s, peak %ld MiB; honest: %s", plan.n,
	    (double)(end - began) / CLOCK_SEC,
	    program_memory(&scene->server.program, "VmHWM:") / 1024,
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

START_TEST(half_handshakes_cost_others_nothing)
{
	run_half(&rows[_i]);
}
END_TEST

START_TEST(control_handshake)
{
	run_half(&control);
}
END_TEST

Suite *
half_tls_suite(void)
{
	Suite *suite = suite_create("half_tls");
	TCase *tcase = harness_case(suite, "half", 120);

	tcase_add_loop_test(tcase, half_handshakes_cost_others_nothing, 0,
	    HARNESS_ROWS(rows));
	tcase_add_test(tcase, control_handshake);
	return suite;
}
