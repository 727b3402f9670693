#ifndef UNIT_ENDS_H
#define UNIT_ENDS_H

/*
 * A server's and a client's end of a TCP connection, for tests of TLS. Failures
 * fail the test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/stream.h"
#include "common/tls.h"
#include "common/tls_context.h"
#include "tests/unit/unit.h"

#define ENDS_SHORT (50 * CLOCK_MS) /* passes during a test */
#define ENDS_LONG  ((int64_t)UNIT_TIMEOUT * CLOCK_SEC) /* does not */
#define ENDS_LARGE ((size_t)3 * 1024 * 1024)	       /* exceeds all buffers */

struct end {
	struct stream stream;
	struct tls_context *context;
	struct tls *tls;
	struct identity *identity;
	struct tls_peer peer;
	int result; /* of stream_encrypt */
	int error;
};

extern struct end ends_server, ends_client;
extern int ends_sockets[2]; /* the server's and the client's */
extern uint8_t *ends_large; /* ENDS_LARGE bytes */

/* Makes contexts that admit each key. The server asks for a key if asks; the
 * client has one if has_key. */
void ends_prepare(bool asks, bool has_key);

/* Makes the handshake of one struct end; for pthread_create(3) too. */
void *ends_encrypt_one(void *end);

/* Makes the handshake of both; the results are in the ends. */
void ends_encrypt(void);

/* Prepares both and makes a handshake without the client's key. */
void ends_connect(void);

/* For a checked fixture: frees all. */
void ends_teardown(void);

#endif
