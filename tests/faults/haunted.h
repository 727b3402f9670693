#ifndef FAULTS_HAUNTED_H
#define FAULTS_HAUNTED_H

/* A fileserv that runs with the shim and serves the folder of guest.c. */

#include "tests/faults/fault.h"
#include "tests/harness/server.h"

/* Creates the folder and records the correct replies. Call it first in a
 * test. */
void haunted_open(void);

/* Starts a server without faults. */
void haunted_start(struct server *server);

/* Starts a server whose nth call from its start on fails; it may fail to
 * start. */
void haunted_try(struct server *server, const struct fault *fault,
    unsigned nth);

/* The same with these options too (NULL at the end). */
void haunted_try_with(struct server *server, const struct fault *fault,
    unsigned nth, const char *const *options);

/* Checks that the server is idle despite the fault, and then serves a guest
 * without faults. Returns whether a call failed. */
bool haunted_serves_on(struct server *server, const struct fault *fault,
    unsigned nth);

#endif
