#ifndef COMMON_AMOUNT_H
#define COMMON_AMOUNT_H

/* Amounts of data as a person writes and reads them. */

#include <stdint.h>

enum {
	AMOUNT_TEXT = 16, /* bytes, with the NUL */
};

/* "3.4KB", "12MB": powers of 1024, as humanize_number(3) writes them. */
void amount_print(uint64_t bytes, char text[AMOUNT_TEXT]);

/*
 * Reads digits, with k, M, G or T (powers of 1024, either case) behind them
 * or nothing: 0, or -1 for anything else and for what does not fit.
 */
int amount_parse(const char *text, uint64_t *amount);

/* Bytes a second; less than a microsecond (elapsed is in nanoseconds) counts
 * as one. */
uint64_t amount_rate(uint64_t bytes, int64_t elapsed);

#endif
