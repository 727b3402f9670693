/* Judges a storm by its replies, by the honest client's, and by the resources
 * the server gives back. */

#include "tests/attack/honest.h"
#include "tests/attack/scene.h"
#include "tests/attack/storm.h"
#include "tests/harness/scratch.h"

enum {
	STORM_FILE = 16 * 1024 * 1024, /* bytes */
	STORM_LIMIT = 120,	       /* s for one of them */
};

static bool
has_ended(void *argument)
{
	const struct scene *scene = argument;

	return program_ended(&scene->server.program);
}

static void
judge_storm(struct scene *scene, const struct storm *storm,
    const struct crowd_score *score, const struct honest *honest)
{
	struct verdict *verdict = &scene->verdict;

	verdict_expect(verdict, !program_ended(&scene->server.program),
	    "the server has ended");
	verdict_expect(verdict, !storm->refused || score->replies.ok == 0,
	    "%llu times it was answered OK",
	    (unsigned long long)score->replies.ok);
	verdict_expect(verdict, score->replies.wrong == 0,
	    "%llu replies are none", (unsigned long long)score->replies.wrong);
	verdict_expect(verdict,
	    honest->fetched > 0 && (honest->failed == 0 || storm->crowded),
	    "%llu of %llu fetches failed: %s",
	    (unsigned long long)honest->failed,
	    (unsigned long long)honest->failed +
		(unsigned long long)honest->fetched,
	    honest->error);
}

static void
attack_with_storm(struct scene *scene, const struct storm *storm)
{
	struct crowd_plan plan = storm->plan;
	const struct crowd_score *score;
	struct honest honest;
	struct crowd *crowd;
	int64_t began = clock_now();
	char text[256];
	bool through;

	plan.port = scene->server.port;
	plan.total = attack_scaled(storm->total, plan.n);
	crowd = crowd_open(&plan);
	honest_start(&honest, plan.port, "ok");
	score = crowd_score(crowd);
	/* Connections that stay must do so for a while. */
	through =
	    crowd_run(crowd, began + (plan.deaf ? 1 : STORM_LIMIT) * CLOCK_SEC,
		has_ended, scene);
	honest_stop(&honest);
	verdict_expect(&scene->verdict, through || plan.deaf,
	    "no end after %d s", STORM_LIMIT);
	judge_storm(scene, storm, score, &honest);
	attack_say(storm->name,
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

void
storm_run(const struct storm *storm)
{
	struct scene scene = {.control = storm->control};

	scratch_fill("served/ok", 1024 * 1024, 2);
	scene_begin(&scene, storm->options, STORM_FILE);
	attack_with_storm(&scene, storm);
	scene_end(&scene);
}
