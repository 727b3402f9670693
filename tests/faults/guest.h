#ifndef FAULTS_GUEST_H
#define FAULTS_GUEST_H

/*
 * A client that asks a server for one of each, and takes a refusal or a
 * broken connection for an answer, but nothing that is wrong.
 */

#include <stdint.h>

/* What a visit may come to, to be added; its statuses are 1 << status. */
#define GUEST_MAY_BREAK	   (1U << 31) /* the connection may end at any time */
#define GUEST_SAYS(status) (1U << (status))
#define GUEST_ALL_WELL	   GUEST_SAYS(0)

/* Fills the folder "served", and finds out what is right, from a server that
 * meets no fault. */
void guest_prepare(void);
void guest_learn(uint16_t port);

/*
 * GET twice, FETCH, LIST, DIGEST and STAT. NULL, or what was wrong: another
 * status than these, an end where there may be none, other bytes, or nothing
 * for long.
 */
const char *guest_visit(uint16_t port, unsigned may);

/* A guest who has been served and stays, idle, at an address of his own: the
 * connection. The next one needs another thread, and memory for its address. */
int guest_stay(uint16_t port, unsigned number);

#endif
