/* Uses SHA-256 of libmd, not code under test. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"

enum {
	SUM_BLOCK = 256 * 1024
}; /* bytes */

void
sum_of(struct sum *sum, const void *bytes, size_t len)
{
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, bytes, len);
	SHA256Final(sum->bytes, &context);
}

void
sum_file(struct sum *sum, const char *name, uint64_t offset, uint64_t n)
{
	int fd = openat(scratch_fd(), name, O_RDONLY | O_CLOEXEC);
	uint8_t *block = malloc(SUM_BLOCK);
	SHA2_CTX context;
	ssize_t got;

	ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
	ck_assert_ptr_nonnull(block);
	SHA256Init(&context);
	while (n > 0) {
		got = pread(fd, block, n < SUM_BLOCK ? (size_t)n : SUM_BLOCK,
		    (off_t)offset);
		ck_assert_msg(got >= 0, "%s: %s", name, strerror(errno));
		if (got == 0)
			break;
		SHA256Update(&context, block, (size_t)got);
		offset += (uint64_t)got;
		n -= (uint64_t)got;
	}
	SHA256Final(sum->bytes, &context);
	free(block);
	close(fd);
}

void
sum_expect(const struct sum *got, const struct sum *wanted, const char *what)
{
	ck_assert_msg(memcmp(got, wanted, sizeof(*got)) == 0,
	    "%s: what arrived is not what was served (SHA-256)", what);
}

void
sum_expect_files(const char *got, const char *wanted)
{
	struct sum a, b;

	sum_file(&a, got, 0, UINT64_MAX);
	sum_file(&b, wanted, 0, UINT64_MAX);
	sum_expect(&a, &b, got);
}
