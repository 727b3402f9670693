#ifndef COMMON_DIGEST_H
#define COMMON_DIGEST_H

/*
 * XXH3-128 digests in canonical (big-endian) form, as on the wire. They detect
 * accidents, not attacks: a peer that can change the bytes can also change the
 * digest. A struct digest belongs to one thread at a time.
 */

#include <stddef.h>
#include <stdint.h>

/* Declares XXH3_state_t in full, so that struct digest needs no allocation. */
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

enum {
	DIGEST_LENGTH = 16, /* bytes */
	DIGEST_HEX = 33,    /* bytes as hexadecimal text, with the NUL */
};

struct digest {
	XXH3_state_t state;
};

/* Starts a digest; adds len bytes to it. */
void digest_reset(struct digest *digest);
void digest_update(struct digest *digest, const void *bytes, size_t len);

/* Sets value to the digest of all bytes added since digest_reset. More bytes
 * may be added afterwards. */
void digest_value(const struct digest *digest, uint8_t value[DIGEST_LENGTH]);

void digest_of(const void *bytes, size_t len, uint8_t value[DIGEST_LENGTH]);

#endif
