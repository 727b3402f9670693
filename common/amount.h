#ifndef COMMON_AMOUNT_H
#define COMMON_AMOUNT_H

/* Amounts of data as text. Pure functions; any thread may call them. */

#include <stdint.h>

enum {
	AMOUNT_TEXT = 16, /* bytes, with the NUL */
};

/* Writes bytes as text, for example "3.4KB" or "12MB": powers of 1024, in the
 * form of humanize_number(3). */
void amount_print(uint64_t bytes, char text[AMOUNT_TEXT]);

/*
 * Reads decimal digits and an optional suffix k, M, G or T (powers of 1024,
 * upper or lower case). Returns 0 with *amount set, or -1 if the text has
 * another form or the amount does not fit 64 bits.
 */
int amount_parse(const char *text, uint64_t *amount);

/* Returns bytes per second; elapsed is in nanoseconds and counts as at least
 * one microsecond. A rate over UINT64_MAX is returned as UINT64_MAX. */
uint64_t amount_rate(uint64_t bytes, int64_t elapsed);

#endif
