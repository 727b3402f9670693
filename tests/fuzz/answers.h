#ifndef FUZZ_ANSWERS_H
#define FUZZ_ANSWERS_H

/*
 * What a server of the folder of served.h may answer to requests, to the
 * byte.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How it was told to serve. */
struct answers_policy {
	bool hidden;
	bool lists;
};

/*
 * Holds all that was answered against all that was asked. cut: the server was
 * kept from saying more, so that the last one may be cut off, and others may
 * lack. Returns how many requests are answered.
 */
unsigned answers_check(const struct answers_policy *policy,
    const uint8_t *asked, size_t asked_len, const uint8_t *answered,
    size_t answered_len, bool cut);

#endif
