#ifndef HARNESS_SEVERAL_H
#define HARNESS_SEVERAL_H

/* Several servers with the same files, and a fileget that is given all. */

#include <stdint.h>

#include "tests/harness/program.h"
#include "tests/harness/server.h"

enum {
	SEVERAL_DEAD = 1, /* a port on which no server listens */
};

/* Makes "served/data" of pseudo-random bytes, and "copy/data" with the same
 * bytes and times. */
void several_make_copies(uint64_t size);

/* Starts a server of the folder "copy", with these options (or NULL). */
void several_start_copy(struct server *server, const char *const *options);

/* Starts fileget with a list of these ports (0 at the end) of 127.0.0.1 and
 * these arguments (NULL at the end). */
void several_start(struct program *client, const uint16_t *ports,
    const char *const *args);

/* Starts fileget with two ports and checks the exit code; the first argument
 * names the run. */
void several_get(struct program *client, uint16_t one, uint16_t two, int code,
    const char *const *args);

/* Checks that standard error has a text, or has it not. */
void several_expect_said(struct program *client, const char *said);
void several_expect_unsaid(struct program *client, const char *said);

#endif
