#ifndef HARNESS_PIECES_H
#define HARNESS_PIECES_H

/*
 * A large file fetched in pieces into the folder "here": the map in its part
 * file, and the bytes that the server's log says were sent. Failures fail the
 * test.
 */

#include <limits.h>
#include <stdint.h>

#include "common/protocol.h"
#include "tests/harness/program.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

enum {
	PIECES_MOST = 64, /* maximum number of pieces of a file */
};

/* The values of client/transfer/pieces.h. */
#define PIECES_ONE (UINT64_C(8) * 1024 * 1024) /* bytes of a piece */
#define PIECES_LEAST                                            \
	(UINT64_C(64) * 1024 * 1024) /* smallest file in pieces \
				      */
#define PIECES_HEAD 16		     /* bytes before the map */

/* Bytes of a FETCH reply that are not bytes of the file. */
#define PIECES_AROUND (PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_TRAILER_SIZE)

struct pieces {
	char part[NAME_MAX + 8]; /* "here/NAME", or "" without a part file */
	uint64_t size;		 /* of the file */
	unsigned n;
	unsigned marked;
	uint64_t missing; /* bytes of unmarked pieces */
	uint8_t map[PIECES_MOST];
};

/* Contents of the served file, as pieces_expect_file requires them. */
extern struct sum pieces_served;

/* Starts a server with a file "f" of size bytes. */
void pieces_serve(struct server *server, uint64_t size,
    const char *const *options);

/* Checks that "here" holds this file alone, and that its contents are those of
 * pieces_served. what names the case. */
void pieces_expect_file(const char *what, const char *name);

/* Reads the map of the only part file; the whole file has size bytes. */
void pieces_look(struct pieces *pieces, uint64_t size);

/* Waits until at least this many pieces are marked; the client must still run.
 */
void pieces_await(struct pieces *pieces, const struct program *client,
    uint64_t size, unsigned marked);

/* The number of replies to one op in the JSON log of a stopped server, and the
 * bytes sent in them. */
struct pieces_sent {
	unsigned n;
	uint64_t bytes;
};

struct pieces_sent pieces_sent(const struct server *server, const char *verb);

#endif
