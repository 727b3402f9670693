/*
 * A thin layer over libxxhash, so that nobody else has to know its canonical
 * form.
 */

#include <string.h>

/* Must come before digest.h: on x86-64 it makes the XXH3 calls choose SSE2,
 * AVX2 or AVX-512 at run time. */
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif

#include "common/digest.h"
#include "common/text.h"

static void
canonical(XXH128_hash_t hash, uint8_t value[DIGEST_LENGTH])
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

/* The library makes its choice at the first call, without a lock: before there
 * are threads. */
static __attribute__((constructor)) void
choose(void)
{
	struct digest digest;

	digest_reset(&digest);
	digest_update(&digest, "", 0);
}

void
digest_value(const struct digest *digest, uint8_t value[DIGEST_LENGTH])
{
	canonical(XXH3_128bits_digest(&digest->state), value);
}

void
digest_of(const void *bytes, size_t len, uint8_t value[DIGEST_LENGTH])
{
	canonical(XXH3_128bits(bytes, len), value);
}

void
digest_print(const uint8_t value[DIGEST_LENGTH], char text[DIGEST_HEX])
{
	text_hex(value, DIGEST_LENGTH, text);
}
