#ifndef ATTACK_SCENE_H
#define ATTACK_SCENE_H

/*
 * A server under attack, and its verdict afterwards. It may be a control: a
 * build from which one defence is removed (see control_NAME.c). A control must
 * fail the attack; otherwise the attack proves nothing.
 */

#include "tests/attack/attack.h"
#include "tests/attack/baseline.h"
#include "tests/harness/server.h"

struct scene {
	const char *control; /* name of the control; NULL: the real server */
	bool stopping;	     /* SIGTERM was sent */
	struct server server;
	struct baseline baseline;
	struct verdict verdict;
};

/*
 * Starts the server with these options (NULL-terminated) in a network namespace
 * of its own. It serves "served", with a file "f" of size random bytes.
 */
void scene_begin(struct scene *scene, const char *const *options,
    uint64_t size);

/* Returns whether the server has closed all but a few descriptors, which an
 * honest client may use. A done function for crowd_run; argument is the
 * scene. */
bool scene_is_deserted(void *scene);

/*
 * Checks that threads, descriptors and memory are back at the baseline and that
 * the server stops in time, then asserts the verdict: a control must have
 * failed, the real server must have held.
 */
void scene_end(struct scene *scene);

/*
 * Returns the time limit in ns of an attack that should end within this many
 * seconds: four times that in the short form, which must not fail on a slow
 * machine, unless a control is to be detected.
 */
int64_t scene_patience(const struct scene *scene, int seconds);

#endif
