/* A thin layer over libxxhash. No other file calls the library or knows its
 * canonical form. */

#include <string.h>

#include "common/digest.h"

static void
store_canonical(XXH128_hash_t hash, uint8_t value[DIGEST_LENGTH])
{
	XXH128_canonical_t bytes;

	XXH128_canonicalFromHash(&bytes, hash);
	memcpy(value, bytes.digest, DIGEST_LENGTH);
}

void
digest_reset(struct digest *digest)
{
	XXH3_INITSTATE(&digest->state);
	XXH3_128bits_reset(&digest->state);
}

void
digest_update(struct digest *digest, const void *bytes, size_t len)
{
	XXH3_128bits_update(&digest->state, bytes, len);
}

void
digest_value(const struct digest *digest, uint8_t value[DIGEST_LENGTH])
{
	store_canonical(XXH3_128bits_digest(&digest->state), value);
}

void
digest_of(const void *bytes, size_t len, uint8_t value[DIGEST_LENGTH])
{
	store_canonical(XXH3_128bits(bytes, len), value);
}
