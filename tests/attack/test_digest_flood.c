/*
 * Hundreds of DIGESTs of a large file, each of which would occupy a processor
 * while it reads a GiB. Only as many as there are processors may be computed at
 * one time, and an honest client must not wait behind them.
 */

#include <unistd.h>

#include "tests/attack/crowd.h"
#include "tests/attack/honest.h"
#include "tests/attack/scene.h"
#include "tests/attack/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/talk.h"

#define FLOOD_HUGE (UINT64_C(1) << 40) /* bytes; a sparse file */

enum {
	FLOOD_FILE = 1024 * 1024, /* bytes */
	FLOOD_MANY = 200,	  /* connections */
	FLOOD_REQUESTS = 20,	  /* on each */
	FLOOD_REQUEST = 64,	  /* bytes, at most */
	FLOOD_OTHERS = 3, /* other threads that may run: the listener, the
			     honest client's ... */
	FLOOD_SECONDS = 3,
};

struct watch {
	struct scene *scene;
	uint64_t samples, crowded; /* crowded: too many threads ran */
	unsigned most;
};

static bool
sample_threads(void *argument)
{
	struct watch *watch = argument;
	unsigned running = server_running(&watch->scene->server);
	unsigned cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);

	watch->samples++;
	watch->crowded += running > cores + FLOOD_OTHERS;
	if (running > watch->most)
		watch->most = running;
	return false;
}

static void
attack_flood(struct scene *scene)
{
	struct watch watch = {.scene = scene};
	uint8_t request[FLOOD_REQUEST];
	const struct crowd_plan plan = {.port = scene->server.port,
	    .n = (unsigned)attack_scaled(FLOOD_MANY, 100),
	    .request = request,
	    .request_len = talk_encode(request, PROTOCOL_OP_DIGEST, "huge"),
	    .repeat = FLOOD_REQUESTS};
	struct crowd *crowd = crowd_open(&plan);
	struct honest honest;
	char text[256];

	/* Until all have sent their requests. */
	(void)crowd_run(crowd, clock_now() + CLOCK_SEC, NULL, NULL);
	honest_start(&honest, plan.port, "f");
	(void)crowd_run(crowd, clock_now() + FLOOD_SECONDS * CLOCK_SEC,
	    sample_threads, &watch);
	honest_stop(&honest);
	/* Threads about to wait may show up as running for a moment. */
	verdict_expect(&scene->verdict, watch.crowded <= watch.samples / 2,
	    "in %llu of %llu looks too many threads were at work, once %u",
	    (unsigned long long)watch.crowded,
	    (unsigned long long)watch.samples, watch.most);
	verdict_expect(&scene->verdict,
	    honest.failed == 0 && honest.fetched > 0, "%llu fetches failed: %s",
	    (unsigned long long)honest.failed, honest.error);
	attack_say("DIGESTs of a TiB",
	    "%u times %u, at most %u threads at work; honest: %s", plan.n,
	    FLOOD_REQUESTS, watch.most,
	    honest_text(&honest, text, sizeof(text)));
	crowd_close(crowd);
}

static void
run_flood(const char *control)
{
	struct scene scene = {.control = control};

	scratch_sparse("served/huge", FLOOD_HUGE);
	scene_begin(&scene, NULL, FLOOD_FILE);
	attack_flood(&scene);
	scene_end(&scene);
}

START_TEST(digests_wait_their_turn)
{
	run_flood(NULL);
}
END_TEST

START_TEST(control_slots)
{
	run_flood("slots");
}
END_TEST

Suite *
digest_flood_suite(void)
{
	Suite *suite = suite_create("digest_flood");
	TCase *tcase = harness_case(suite, "digest_flood", 120);

	tcase_add_test(tcase, digests_wait_their_turn);
	tcase_add_test(tcase, control_slots);
	return suite;
}
