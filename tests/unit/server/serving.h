#ifndef TESTS_UNIT_SERVING_H
#define TESTS_UNIT_SERVING_H

/*
 * A served folder and one connected client, for tests of sessions, verbs and
 * replies. The functions assert, so they are for the test's main thread.
 */

#include "server/session.h"
#include "tests/unit/unit.h"

struct serving {
	char folder[UNIT_PATH]; /* holds "file": "content" */
	struct session_shared shared;
	struct work_shares shares;
	struct connection connection; /* the server's end */
	int client;		      /* the client's end; -1 if closed */
};

/* Fills in all of serving: one processor, long time limits. */
void serving_open(struct serving *serving);

/* Closes both ends and the root. */
void serving_close(struct serving *serving);

/* Receives one reply from fd, with a body of at most size bytes. Returns its
 * status and sets *len to the body's length. */
enum protocol_status serving_receive(int fd, uint8_t *body, size_t size,
    size_t *len);

/* Asserts that nothing follows but an orderly end. */
void serving_expect_end(int fd);

#endif
