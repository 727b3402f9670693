#ifndef HARNESS_SUM_H
#define HARNESS_SUM_H

/* SHA-256 of what was served and of what arrived. */

#include <sys/types.h>

#include <sha2.h>
#include <stddef.h>
#include <stdint.h>

struct sum {
	uint8_t bytes[SHA256_DIGEST_LENGTH];
};

/* Of bytes. */
void sum_of(struct sum *sum, const void *bytes, size_t len);

/* Of a range of a file of the scratch folder; n of UINT64_MAX: to its end. */
void sum_file(struct sum *sum, const char *name, uint64_t offset, uint64_t n);

/* Fails the test, saying what differs, unless they are the same. */
void sum_expect(const struct sum *got, const struct sum *wanted,
    const char *what);

/* The same for two whole files of the scratch folder. */
void sum_expect_files(const char *got, const char *wanted);

#endif
