#ifndef FAULTS_HAUNTED_H
#define FAULTS_HAUNTED_H

/* A fileserv under the shim, in whose folder there is what guest.c asks for. */

#include "tests/faults/fault.h"
#include "tests/harness/server.h"

/* In a test, before anything else here: the folder, and what the guest is to
 * know of it. */
void haunted_open(void);

/* Starts it while nothing fails. */
void haunted_start(struct server *server);

/* Starts it with the nth call failing from the first on, whatever becomes of
 * it. */
void haunted_try(struct server *server, const struct fault *fault,
    unsigned nth);

/* That it sleeps, whatever fails, and that it serves the next guest, for whom
 * nothing fails; whether anything did. */
bool haunted_serves_on(struct server *server, const struct fault *fault,
    unsigned nth);

#endif
