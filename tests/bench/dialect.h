#ifndef BENCH_DIALECT_H
#define BENCH_DIALECT_H

/*
 * The two protocols as far as asking for one name goes: a plain GET of ours
 * (common/PROTOCOL.md), and GET of HTTP/1.1 with the connection kept (RFC
 * 9112). No I/O.
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

/* Returns the request's length, or 0 if the name is too long. */
size_t dialect_request(enum dialect dialect, const char *name,
    uint8_t bytes[DIALECT_REQUEST]);

/*
 * What a reply begins with: 1 with *head (its length) and *body set, 0 if
 * there is more to it than len bytes, -1 if it is no success with a length.
 */
int dialect_head(enum dialect dialect, const uint8_t *bytes, size_t len,
    size_t *head, uint64_t *body);

#endif
