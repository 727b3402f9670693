#ifndef FUZZ_ANSWERS_H
#define FUZZ_ANSWERS_H

/*
 * Checks the replies of a server that serves the folder of served.h, byte by
 * byte.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The server's options. */
struct answers_policy {
	bool hidden;
	bool lists;
};

/*
 * Checks all replies against all requests. With cut, the server was stopped:
 * the last reply may be incomplete, and later ones may be missing. Returns the
 * number of requests answered.
 */
unsigned answers_check(const struct answers_policy *policy,
    const uint8_t *asked, size_t asked_len, const uint8_t *answered,
    size_t answered_len, bool cut);

#endif
