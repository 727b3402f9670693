#ifndef CLIENT_STORE_FILE_DIGESTS_H
#define CLIENT_STORE_FILE_DIGESTS_H

/*
 * The digests of one file, kept while its bytes arrive or are read again: of
 * the whole file (XXH3 and, on request, SHA-256) and of the range received
 * last, which the server's trailer covers. One thread at a time.
 */

#include <sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/ui/sha256sum.h"
#include "common/digest.h"

struct file_digests {
	struct digest whole;
	struct digest range; /* of the bytes since file_digests_begin_range */
	SHA2_CTX sha256;     /* of the whole, with wants_sha256 */
	bool wants_sha256;
	bool has_range; /* the range is not the whole */
	/* Every byte of the file is in whole and sha256. To be cleared when
	 * bytes are written without being added. */
	bool is_complete;
};

/* Starts the digests of an empty file. */
void file_digests_reset(struct file_digests *digests, bool wants_sha256);

/* Starts a range after the first size bytes of the file. */
void file_digests_begin_range(struct file_digests *digests, uint64_t size);

/* Adds the next n bytes of the file. */
void file_digests_add(struct file_digests *digests, const void *bytes,
    size_t n);

/* Adds n bytes read from offset of the file fd. Returns 0, or -1 with errno
 * (ECANCELED: interrupted; ENODATA: file too short) and incomplete digests. */
int file_digests_read(struct file_digests *digests, int fd, uint64_t offset,
    uint64_t n);

/* Set digest to that of the whole file, which is_complete, or of the range. */
void file_digests_whole(const struct file_digests *digests,
    uint8_t digest[DIGEST_LENGTH]);
void file_digests_range(const struct file_digests *digests,
    uint8_t digest[DIGEST_LENGTH]);

/* Sets sha256 to that of the whole file; needs wants_sha256 and is_complete. */
void file_digests_sha256(const struct file_digests *digests,
    uint8_t sha256[SHA256SUM_LENGTH]);

#endif
