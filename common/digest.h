#ifndef COMMON_DIGEST_H
#define COMMON_DIGEST_H

/*
 * XXH3-128, streaming, in canonical (big-endian) form as it stands on the
 * wire. It finds accidents, not forgers: whoever can change the bytes on
 * their way can change the digest too.
 */

#include <stddef.h>
#include <stdint.h>

/* The state is part of the struct, so that it needs no allocation. */
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

enum {
	DIGEST_LENGTH = 16, /* bytes */
	DIGEST_HEX = 33,    /* as text, with its NUL */
};

struct digest {
	XXH3_state_t state;
};

void digest_reset(struct digest *digest);
void digest_update(struct digest *digest, const void *bytes, size_t len);

/* The digest of all that was given since the reset; more may follow. */
void digest_value(const struct digest *digest, uint8_t value[DIGEST_LENGTH]);

/* The digest of bytes alone. */
void digest_of(const void *bytes, size_t len, uint8_t value[DIGEST_LENGTH]);

/* As 32 hexadecimal digits and a NUL. */
void digest_print(const uint8_t value[DIGEST_LENGTH], char text[DIGEST_HEX]);

#endif
