/*
 * Which digest gets a byte, as it comes or as it is read again.
 */

#include "client/ui/interrupt.h"
#include "client/store/file_digests.h"
#include "common/range.h"

enum {
	TALLY_READ = 64 * 1024, /* bytes at once */
};

_Static_assert((int)SHA256SUM_LENGTH == SHA256_DIGEST_LENGTH, "one SHA-256");

void
tally_reset(struct tally *tally, bool wants_sha256)
{
	tally->wants_sha256 = wants_sha256;
	tally->has_range = false;
	tally->is_whole = true;
	digest_reset(&tally->whole);
	SHA256Init(&tally->sha256);
}

void
tally_begin_range(struct tally *tally, uint64_t size)
{
	tally->has_range = size > 0;
	if (tally->has_range)
		digest_reset(&tally->range);
}

void
tally_add(struct tally *tally, const void *bytes, size_t n)
{
	if (tally->is_whole) {
		digest_update(&tally->whole, bytes, n);
		if (tally->wants_sha256)
			SHA256Update(&tally->sha256, bytes, n);
	}
	if (tally->has_range)
		digest_update(&tally->range, bytes, n);
}

int
tally_read(struct tally *tally, int fd, uint64_t offset, uint64_t n)
{
	uint8_t bytes[TALLY_READ];
	size_t some;

	for (; n > 0; n -= some) {
		some = n < TALLY_READ ? (size_t)n : TALLY_READ;
		if (interrupt_check() != 0 ||
		    range_read(fd, bytes, some, offset) != 0) {
			tally_miss(tally);
			return -1;
		}
		tally_add(tally, bytes, some);
		offset += some;
	}
	return 0;
}

void
tally_miss(struct tally *tally)
{
	tally->is_whole = false;
}

void
tally_whole(const struct tally *tally, uint8_t digest[DIGEST_LENGTH])
{
	digest_value(&tally->whole, digest);
}

void
tally_range(const struct tally *tally, uint8_t digest[DIGEST_LENGTH])
{
	digest_value(tally->has_range ? &tally->range : &tally->whole, digest);
}

void
tally_sha256(const struct tally *tally, uint8_t sha256[SHA256SUM_LENGTH])
{
	SHA2_CTX context = tally->sha256;

	SHA256Final(sha256, &context);
}
