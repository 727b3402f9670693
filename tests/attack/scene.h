#ifndef ATTACK_SCENE_H
#define ATTACK_SCENE_H

/*
 * A server that is going to be attacked, and what is said of it afterwards.
 * It may be a control: a build from which one defence was taken out (the file
 * control_NAME.c says how), which must not hold; an attack that it withstands
 * proves nothing.
 */

#include "tests/attack/attack.h"
#include "tests/attack/baseline.h"
#include "tests/harness/server.h"

struct scene {
	const char *control; /* its name, or NULL: the real one */
	bool stopping;	     /* it was sent a SIGTERM */
	struct server server;
	struct baseline baseline;
	struct verdict verdict;
};

/*
 * Starts it with these options (NULL at the end) in a network of its own. It
 * serves "f", of so many random bytes, and what else is below "served".
 */
void scene_begin(struct scene *scene, const char *const *options,
    uint64_t size);

/* Whether all descriptors but a few, which an honest client may have, are
 * given back. For crowd_run: argument is the scene. */
bool scene_is_deserted(void *scene);

/*
 * That the server has no more threads, descriptors and memory than before,
 * that it stops as it should, and that it held; of a control, that it did
 * not.
 */
void scene_end(struct scene *scene);

/*
 * How long is waited for the end of an attack that should be over in so many
 * seconds: so long, or, in the short form, which no slow machine may fail,
 * four times that; but not where a control is to be caught.
 */
int64_t scene_patience(const struct scene *scene, int seconds);

#endif
