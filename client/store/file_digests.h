#ifndef CLIENT_STORE_TALLY_H
#define CLIENT_STORE_TALLY_H

/*
 * The digests that are kept of a file as its bytes arrive, or are read again:
 * of all of it, and, where it goes on from what was here before, of what is
 * new, since that is what the server's trailer is about.
 */

#include <sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/ui/sha256sum.h"
#include "common/digest.h"

struct tally {
	struct digest whole;
	struct digest range; /* since tally_begin_range */
	SHA2_CTX sha256;     /* of the whole, if wanted */
	bool wants_sha256;
	bool has_range; /* it is not the whole */
	bool is_whole;	/* whole is of all bytes there are */
};

/* Of no bytes yet. */
void tally_reset(struct tally *tally, bool wants_sha256);

/* What comes from here on is compared apart, if there was something before
 * (size in bytes). */
void tally_begin_range(struct tally *tally, uint64_t size);

/* The bytes that follow. */
void tally_add(struct tally *tally, const void *bytes, size_t n);

/* The same, n bytes of a file from offset on: 0, or -1 with errno, ECANCELED
 * after an interrupt, ENODATA if it is shorter; then it is not whole. */
int tally_read(struct tally *tally, int fd, uint64_t offset, uint64_t n);

/* Bytes have followed that nobody looked at. */
void tally_miss(struct tally *tally);

/* Of the whole, which is_whole; of the new bytes. */
void tally_whole(const struct tally *tally, uint8_t digest[DIGEST_LENGTH]);
void tally_range(const struct tally *tally, uint8_t digest[DIGEST_LENGTH]);

/* The SHA-256 of the whole, which was wanted and is_whole. */
void tally_sha256(const struct tally *tally, uint8_t sha256[SHA256SUM_LENGTH]);

#endif
