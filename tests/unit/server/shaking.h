#ifndef TESTS_UNIT_SHAKING_H
#define TESTS_UNIT_SHAKING_H

/*
 * A server that requires TLS, with workers and real sessions, and clients that
 * shake hands with it. The functions assert, so they are for the main thread.
 */

#include "common/clock.h"
#include "common/protocol.h"
#include "server/workers.h"
#include "tests/unit/unit.h"

enum {
	SHAKING_PLACES = 2,
	SHAKING_REPLY = 15, /* bytes of shaking_reply */
};

#define SHAKING_REQUEST	    "\0\0\0\4file"
#define SHAKING_BYTES(text) text, sizeof(text) - 1
#define SHAKING_SHORT	    (100 * CLOCK_MS) /* a limit that passes */

extern const uint8_t shaking_reply[SHAKING_REPLY + 1]; /* to the request */
extern struct session_shared shaking_shared;
extern struct workers *shaking_workers;
extern struct tls_context *shaking_context; /* of the clients */

/* The fixture of a case: starts and stops the server. */
void shaking_setup(void);
void shaking_teardown(void);

/* Callbacks of struct tls_peer. */
bool shaking_admit_all(void *arg, const struct key_name *key);
bool shaking_admit_none(void *arg, const struct key_name *key);

/* Returns the client's end of a connection that a worker has. */
int shaking_join(void);

/* Makes the client's side of a handshake. Returns its last result. */
int shaking_finish(struct tls *tls, int fd);

/* Makes a handshake that must succeed. The caller frees the connection. */
struct tls *shaking_encrypt(int fd);

/* Sends the request inside TLS, and expects the reply. */
void shaking_expect_answer(struct tls *tls);

/* Expects the end, in order and without a byte before it; closes fd. */
void shaking_expect_end(int fd);

#endif
