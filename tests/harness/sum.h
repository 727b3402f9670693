#ifndef HARNESS_SUM_H
#define HARNESS_SUM_H

/* SHA-256 of served and of received bytes. */

#include <sys/types.h>

#include <sha2.h>
#include <stddef.h>
#include <stdint.h>

struct sum {
	uint8_t bytes[SHA256_DIGEST_LENGTH];
};

/* Computes the sum of bytes. */
void sum_of(struct sum *sum, const void *bytes, size_t len);

/* Computes the sum of a range of a file in the scratch folder; n is UINT64_MAX
 * for the rest of the file. */
void sum_file(struct sum *sum, const char *name, uint64_t offset, uint64_t n);

/* Fails the test unless both are equal; what names the bytes in the message. */
void sum_expect(const struct sum *got, const struct sum *wanted,
    const char *what);

/* Fails the test unless two files of the scratch folder have equal contents. */
void sum_expect_files(const char *got, const char *wanted);

#endif
