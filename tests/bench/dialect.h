#ifndef BENCH_DIALECT_H
#define BENCH_DIALECT_H

/*
 * Requests and replies of both protocols, for one name: a GET of
 * common/PROTOCOL.md, and a keep-alive GET of HTTP/1.1 (RFC 9112). No I/O.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	DIALECT_REQUEST = 512, /* bytes at most */
	DIALECT_HEAD = 2048,   /* of a reply, bytes at most */
};

enum dialect {
	DIALECT_FILESERV,
	DIALECT_HTTP
};

/* Returns the protocol's name for ALPN. */
const char *dialect_protocol(enum dialect dialect);

/* Returns the request's length, or 0 if the name is too long. */
size_t dialect_request(enum dialect dialect, const char *name,
    uint8_t bytes[DIALECT_REQUEST]);

/*
 * Parses the start of a reply. Returns 1 with its length *head and its body's
 * length *body set, 0 if more bytes are needed, -1 if it is not a success with
 * a length.
 */
int dialect_head(enum dialect dialect, const uint8_t *bytes, size_t len,
    size_t *head, uint64_t *body);

#endif
