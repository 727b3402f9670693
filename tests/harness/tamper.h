#ifndef HARNESS_TAMPER_H
#define HARNESS_TAMPER_H

/*
 * Downloads of one file through someone in the middle who changes or cuts what
 * passes. Failures fail the test.
 */

#include <stddef.h>

#include "tests/harness/encrypted.h"
#include "tests/harness/middle.h"

struct tamper {
	struct encrypted encrypted;
	size_t len[MIDDLE_WAYS]; /* bytes of an unchanged download */
};

/* Starts a server with a small file and downloads that once, unchanged. */
void tamper_begin(struct tamper *tamper);

/*
 * Changes one bit of each step-th byte of one way, beginning with the first-th,
 * a download for each: fileget must fail in time and leave no file. The bytes
 * that TLS itself ignores or that come after the file may change nothing.
 * Returns the number of downloads.
 */
unsigned tamper_flip(struct tamper *tamper, enum middle_way way, size_t first,
    size_t step);

/* Ends one way in an orderly manner after each record, and within each: fileget
 * must fail in time and leave no file. Returns the number of downloads. */
unsigned tamper_cut(struct tamper *tamper, enum middle_way way);

/* Downloads the file, unchanged, and stops the server. */
void tamper_end(struct tamper *tamper);

#endif
