/*
 * Clients that occupy server threads with work: pages of a folder that has only
 * hidden names, long rows of small requests, DIGESTs of a TiB. They come from
 * few addresses, while an honest client wants a small file, or the DIGEST of a
 * large one.
 */

#include <stdio.h>
#include <stdlib.h>

#include "tests/attack/crowd.h"
#include "tests/attack/honest.h"
#include "tests/attack/scene.h"
#include "tests/attack/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/talk.h"

#define HOGS_HUGE  (UINT64_C(1) << 40)		 /* bytes; a sparse file */
#define HOGS_LARGE (UINT64_C(256) * 1024 * 1024) /* bytes; a sparse file */

enum {
	HOGS_FILE = 1024,   /* bytes */
	HOGS_NAMES = 10000, /* names in one folder */
	HOGS_REQUEST = 64,  /* bytes, at most */
	HOGS_SECONDS = 5,
	HOGS_SHORT = 10, /* the short form allows this many times the limit */
};

struct hogs {
	const char *row;
	enum protocol_op op;
	const char *name;
	uint64_t repeat;
	unsigned n;
	unsigned each; /* connections from one address */
	bool resumes;  /* the honest client wants a DIGEST of "large" */
	double within; /* limit of the honest client's 99th percentile, ms */
};

static const struct hogs rows[] = {
    {"LIST of hidden names", PROTOCOL_OP_LIST, "hidden", 100, 1000, 0, false,
	50},
    {"rows of STAT", PROTOCOL_OP_STAT, "f", 5000, 1000, 0, false, 50},
    {"rows of what is missing", PROTOCOL_OP_STAT, "none", 5000, 1000, 0, false,
	50},
    {"DIGESTs of a TiB", PROTOCOL_OP_DIGEST, "huge", 20, 4000, 1000, false, 50},
    {"DIGESTs of a TiB, and a resume", PROTOCOL_OP_DIGEST, "huge", 20, 4000,
	1000, true, 2000},
};

static void
judge_hogs(struct scene *scene, const struct hogs *hogs,
    const struct honest *honest)
{
	double within = hogs->within * (attack_is_full() ? 1 : HOGS_SHORT);

	verdict_expect(&scene->verdict,
	    honest->failed == 0 && honest->fetched > 0, "%llu failed: %s",
	    (unsigned long long)honest->failed, honest->error);
	verdict_expect(&scene->verdict, honest_ms(honest, 0.99) <= within,
	    "p99 %.1f ms, not %.0f", honest_ms(honest, 0.99), within);
}

static void
attack_hogs(struct scene *scene, const struct hogs *hogs)
{
	uint8_t request[HOGS_REQUEST], resume[HOGS_REQUEST];
	const struct crowd_plan plan = {.port = scene->server.port,
	    .n = (unsigned)attack_scaled(hogs->n, 100),
	    .each =
		hogs->each == 0 ? 0 : (unsigned)attack_scaled(hogs->each, 25),
	    .request = request,
	    .request_len = talk_encode(request, hogs->op, hogs->name),
	    .repeat = hogs->repeat};
	struct crowd *crowd;
	struct honest honest;
	size_t len = talk_encode(resume, PROTOCOL_OP_DIGEST, "large");
	char text[256];

	if (hogs->resumes)
		honest_ask(&honest, plan.port, resume, len);
	crowd = crowd_open(&plan);
	/* Until all have sent their requests. */
	(void)crowd_run(crowd, clock_now() + CLOCK_SEC, NULL, NULL);
	if (hogs->resumes)
		honest_begin(&honest);
	else
		honest_start(&honest, plan.port, "f");
	(void)crowd_run(crowd, clock_now() + HOGS_SECONDS * CLOCK_SEC, NULL,
	    NULL);
	honest_stop(&honest);
	judge_hogs(scene, hogs, &honest);
	attack_say(hogs->row,
	    "%u clients, %llu answered, %llu BUSY; honest: %s", plan.n,
	    (unsigned long long)crowd_score(crowd)->replies.ok +
		(unsigned long long)crowd_score(crowd)->replies.refused,
	    (unsigned long long)crowd_score(crowd)->replies.busy,
	    honest_text(&honest, text, sizeof(text)));
	crowd_close(crowd);
}

static void
run_hogs(const struct hogs *hogs, const char *control)
{
	struct scene scene = {.control = control};
	char name[64];
	unsigned i;

	scratch_sparse("served/huge", HOGS_HUGE);
	scratch_sparse("served/large", HOGS_LARGE);
	scratch_mkdir("served/hidden");
	for (i = 0; i < HOGS_NAMES; i++) {
		snprintf(name, sizeof(name), "served/hidden/.%u", i);
		scratch_text(name, "");
	}
	scene_begin(&scene, NULL, HOGS_FILE);
	attack_hogs(&scene, hogs);
	scene_end(&scene);
}

START_TEST(hogs_stand_in_nobodys_way)
{
	run_hogs(&rows[_i], NULL);
}
END_TEST

/* The first row, against a server without a limit on work at one time. The
 * short form has too few clients for a visible effect. */
START_TEST(control_slots)
{
	if (attack_is_full())
		run_hogs(&rows[0], "slots");
}
END_TEST

Suite *
hogs_suite(void)
{
	Suite *suite = suite_create("hogs");
	TCase *tcase = harness_case(suite, "hogs", 120);

	tcase_add_loop_test(tcase, hogs_stand_in_nobodys_way, 0,
	    HARNESS_ROWS(rows));
	tcase_add_test(tcase, control_slots);
	return suite;
}
