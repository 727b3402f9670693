#ifndef FUZZ_SAID_H
#define FUZZ_SAID_H

/*
 * What the code under test writes to standard output and error, caught in
 * memory. A sanitizer's report, and what does not hold, are still said where
 * they were said before.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
	SAID_TEXT = 256 * 1024, /* bytes of each that are looked at */
};

struct said {
	char *text;
	size_t len;
};

void said_begin(void);

/* What was said since; until the next said_begin. */
void said_end(struct said *out, struct said *err);

/* Whether these are whole lines without a byte that does something to a
 * terminal other than show. */
bool said_is_harmless(const struct said *said);

#endif
