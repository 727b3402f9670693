/* Adds the bytes of a file to its digests. The digest of the whole gets no more
 * bytes once one was left out: the file must then be read again. */

#include "client/store/file_digests.h"
#include "client/ui/interrupt.h"
#include "common/range.h"

enum {
	FILE_DIGESTS_READ = 64 * 1024, /* bytes read at once */
};

_Static_assert((int)SHA256SUM_LENGTH == SHA256_DIGEST_LENGTH, "one SHA-256");

void
file_digests_reset(struct file_digests *digests, bool wants_sha256)
{
	digests->wants_sha256 = wants_sha256;
	digests->has_range = false;
	digests->is_complete = true;
	digest_reset(&digests->whole);
	SHA256Init(&digests->sha256);
}

void
file_digests_begin_range(struct file_digests *digests, uint64_t size)
{
	digests->has_range = size > 0;
	if (digests->has_range)
		digest_reset(&digests->range);
}

void
file_digests_add(struct file_digests *digests, const void *bytes, size_t n)
{
	if (digests->is_complete) {
		digest_update(&digests->whole, bytes, n);
		if (digests->wants_sha256)
			SHA256Update(&digests->sha256, bytes, n);
	}
	if (digests->has_range)
		digest_update(&digests->range, bytes, n);
}

int
file_digests_read(struct file_digests *digests, int fd, uint64_t offset,
    uint64_t n)
{
	uint8_t bytes[FILE_DIGESTS_READ];
	size_t some;

	for (; n > 0; n -= some) {
		some = n < FILE_DIGESTS_READ ? (size_t)n : FILE_DIGESTS_READ;
		if (interrupt_check() != 0 ||
		    range_read(fd, bytes, some, offset) != 0) {
			digests->is_complete = false;
			return -1;
		}
		file_digests_add(digests, bytes, some);
		offset += some;
	}
	return 0;
}

void
file_digests_whole(const struct file_digests *digests,
    uint8_t digest[DIGEST_LENGTH])
{
	digest_value(&digests->whole, digest);
}

void
file_digests_range(const struct file_digests *digests,
    uint8_t digest[DIGEST_LENGTH])
{
	digest_value(digests->has_range ? &digests->range : &digests->whole,
	    digest);
}

void
file_digests_sha256(const struct file_digests *digests,
    uint8_t sha256[SHA256SUM_LENGTH])
{
	SHA2_CTX context = digests->sha256;

	SHA256Final(sha256, &context);
}
