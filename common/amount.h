#ifndef COMMON_AMOUNT_H
#define COMMON_AMOUNT_H

/* Amounts of data as text. Pure functions; any thread may call them. */

#include <stdint.h>

enum {
	AMOUNT_TEXT = 16,  /* bytes, with the NUL */
	AMOUNT_COUNT = 32, /* bytes of a count, with the NUL */
};

/* Writes bytes as text, for example "3.4 KiB" or "12 MiB": in units of 1024.
 * Everything that a person reads has sizes in this form. */
void amount_print(uint64_t bytes, char text[AMOUNT_TEXT]);

/* Writes two different amounts so that their texts differ: as counts of bytes,
 * "10,240 B", if they look the same otherwise. */
void amount_print_both(uint64_t bytes, uint64_t other, char text[AMOUNT_COUNT],
    char other_text[AMOUNT_COUNT]);

/* Writes bytes as "3.4K" or "12M", where there is no room for more; the units
 * are the same. */
void amount_print_short(uint64_t bytes, char text[AMOUNT_TEXT]);

/* Writes a count with its digits in groups, for example "2,000". */
void amount_print_count(uint64_t n, char text[AMOUNT_COUNT]);

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
