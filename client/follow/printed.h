#ifndef CLIENT_FOLLOW_PRINTED_H
#define CLIENT_FOLLOW_PRINTED_H

/*
 * The bytes of a followed file that were printed: their number, copies of the
 * first and the last, a digest of all, and one of those that no reply has
 * confirmed. A reply is compared with them to tell whether it is of the same
 * file. With --lines they begin shortly before the first byte that is written.
 * One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"

enum {
	PRINTED_HEAD = 4096, /* first bytes that are kept */
	PRINTED_LAST = 1024, /* last bytes that are kept */
};

struct printed {
	uint64_t start;		/* offset of the first of them in the file */
	uint64_t size;		/* offset behind the last of them */
	uint64_t proved;	/* those before it are confirmed by a digest */
	struct digest unproved; /* digest of the others */
	struct digest all;	/* digest of all of them */
	bool altered; /* some have changed in the file since: all is not a
			 digest of the file's bytes */
	uint8_t head[PRINTED_HEAD];
	uint8_t last[PRINTED_LAST];
};

/* Notes that no bytes of the file are printed, and that the next one is the
 * first of the file, or the one at start; notes n more bytes. */
void printed_reset(struct printed *printed);
void printed_begin(struct printed *printed, uint64_t start);
void printed_add(struct printed *printed, const void *bytes, size_t n);

/* Notes that all bytes are confirmed. */
void printed_prove(struct printed *printed);

/* Notes that some of the bytes have changed in the file, and that its last ones
 * are now these. All others count as confirmed. */
void printed_alter(struct printed *printed, const uint8_t last[PRINTED_LAST]);

/* Returns whether the unproved bytes have this digest. */
bool printed_matches(const struct printed *printed,
    const uint8_t digest[DIGEST_LENGTH]);

/* Returns whether the first n bytes have this digest; n is at most
 * printed_head, or the number of all bytes. */
bool printed_begins_with(const struct printed *printed, uint64_t n,
    const uint8_t digest[DIGEST_LENGTH]);

/* Return the number of bytes in head and in last. */
size_t printed_head(const struct printed *printed);
size_t printed_last(const struct printed *printed);

#endif
