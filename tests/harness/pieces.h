#ifndef HARNESS_PIECES_H
#define HARNESS_PIECES_H

/*
 * A large file that arrives in pieces, in the folder "here": what the map in
 * its part file says, and what a server's log says was sent of it. Failures
 * are failures of the test.
 */

#include <limits.h>
#include <stdint.h>

#include "common/protocol.h"
#include "tests/harness/program.h"
#include "tests/harness/server.h"

enum {
	PIECES_MOST = 64, /* pieces of a file */
};

/* As client/transfer/pieces.h has them. */
#define PIECES_ONE   (UINT64_C(8) * 1024 * 1024)  /* bytes of a piece */
#define PIECES_LEAST (UINT64_C(64) * 1024 * 1024) /* of a file in pieces */
#define PIECES_HEAD  16				  /* before the map */

/* Around the bytes of a FETCH, as the server counts what it sends. */
#define PIECES_AROUND (PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_TRAILER_SIZE)

struct pieces {
	char part[NAME_MAX + 8]; /* "here/...", "" if there is none */
	uint64_t size;		 /* of the file */
	unsigned n;
	unsigned marked;
	uint64_t missing; /* bytes of those that are not marked */
	uint8_t map[PIECES_MOST];
};

/* Looks at the only part file of a file of so many bytes. */
void pieces_look(struct pieces *pieces, uint64_t size);

/* Waits until at least so many pieces are marked and the client runs. */
void pieces_await(struct pieces *pieces, const struct program *client,
    uint64_t size, unsigned marked);

/* Replies to one kind of request in the server's log (JSON): how many, and
 * how many bytes were sent in them. Of a server that was stopped. */
struct pieces_sent {
	unsigned n;
	uint64_t bytes;
};

struct pieces_sent pieces_sent(const struct server *server, const char *verb);

#endif
