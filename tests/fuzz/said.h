#ifndef FUZZ_SAID_H
#define FUZZ_SAID_H

/*
 * Captures in memory what the code under test writes to standard output and
 * error. Reports of sanitizers and of FUZZ_REQUIRE still go to the original
 * standard error.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
	SAID_TEXT = 256 * 1024, /* bytes of each that are kept */
};

struct said {
	char *text;
	size_t len;
};

void said_begin(void);

/* Returns the text written since said_begin; valid until the next
 * said_begin. */
void said_end(struct said *out, struct said *err);

/* Returns whether these are whole lines without terminal control bytes. */
bool said_is_harmless(const struct said *said);

#endif
