/* Judges a server by the resources it gives back and by how it ends. */

#include <signal.h>

#include <check.h>

#include "tests/attack/scene.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

enum {
	SCENE_FEW = 4, /* descriptors left for honest clients */
	SCENE_OPTIONS = 16,
};

void
scene_begin(struct scene *scene, const char *const *options, uint64_t size)
{
	const char *all[SCENE_OPTIONS + 1] = {"-q"};
	size_t n = 1;

	for (; options != NULL && *options != NULL; options++) {
		ck_assert_uint_lt(n, SCENE_OPTIONS - 1);
		all[n++] = *options;
	}
	verdict_begin(&scene->verdict);
	if (scene->control != NULL) {
		harness_use(&harness_fileserv, "control", scene->control);
		/* The sandbox could hide a missing defence, or kill the code
		 * that replaces it. */
		all[n++] = "--no-sandbox";
	}
	attack_enter();
	scratch_fill("served/f", size, 1);
	server_start(&scene->server, all);
	baseline_take(&scene->baseline, &scene->server);
}

bool
scene_is_deserted(void *argument)
{
	const struct scene *scene = argument;

	return server_descriptors(&scene->server) <=
	    scene->baseline.descriptors + SCENE_FEW;
}

static void
expect_stop(struct scene *scene)
{
	int code;

	if (!scene->stopping)
		program_signal(&scene->server.program, SIGTERM);
	code = program_wait(&scene->server.program, WAIT_LIMIT);
	verdict_expect(&scene->verdict, code == 0, "it ended with %d", code);
}

void
scene_end(struct scene *scene)
{
	struct verdict *verdict = &scene->verdict;

	if (verdict->held && !scene->stopping)
		baseline_expect_back(&scene->baseline, &scene->server,
		    BASELINE_LIMIT, verdict);
	if (scene->control == NULL) {
		verdict_assert(verdict);
		expect_stop(scene);
		verdict_assert(verdict);
		return;
	}
	ck_assert_msg(!verdict->held, "it holds without its defence '%s'",
	    scene->control);
	attack_say("control", "without %s: %s", scene->control, verdict->why);
}

int64_t
scene_patience(const struct scene *scene, int seconds)
{
	bool exact = attack_is_full() || scene->control != NULL;

	return (exact ? 1 : 4) * seconds * CLOCK_SEC;
}
