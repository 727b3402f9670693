#ifndef FAULTS_GUEST_H
#define FAULTS_GUEST_H

/*
 * A client that makes one request of each kind and accepts a refusal or a
 * broken connection, but no wrong bytes.
 */

#include <stdint.h>

/* Permitted outcomes of a visit, besides correct replies: GUEST_MAY_BREAK, and
 * 1 << status for each permitted refusal. */
#define GUEST_MAY_BREAK	   (1U << 31) /* the connection may end at any time */
#define GUEST_SAYS(status) (1U << (status))
#define GUEST_ALL_WELL	   GUEST_SAYS(0)

/* Fills the folder "served" and records the correct replies, from a server
 * without faults. */
void guest_prepare(void);
void guest_learn(uint16_t port);

/*
 * Makes two GETs, a FETCH, a LIST, a DIGEST and a STAT. Returns NULL, or what
 * was wrong: another status, an unexpected end, wrong bytes, or a time-out.
 */
const char *guest_visit(uint16_t port, unsigned may);

/* Makes a request from a source address of its own and stays connected. The
 * next guest then needs a new thread, and memory for its address. Returns the
 * connection. */
int guest_stay(uint16_t port, unsigned number);

#endif
