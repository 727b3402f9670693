/* libbsd does the arithmetic; this file refuses forms that it would misread. */

#include <inttypes.h>
#include <libutil.h>
#include <stdio.h>
#include <string.h>

#include "common/amount.h"
#include "common/clock.h"

/* Sizes of the texts with their NUL, which decide how many digits there are. */
enum {
	AMOUNT_FULL = sizeof("9.8 KiB"),
	AMOUNT_SHORT = sizeof("9.8K"),
};

static int64_t
limit_bytes(uint64_t bytes)
{
	return bytes > INT64_MAX ? INT64_MAX : (int64_t)bytes;
}

void
amount_print(uint64_t bytes, char text[AMOUNT_TEXT])
{
	/* It fails only for wrong flags. */
	(void)humanize_number(text, AMOUNT_FULL, limit_bytes(bytes), "B",
	    HN_AUTOSCALE, HN_DECIMAL | HN_IEC_PREFIXES);
}

void
amount_print_short(uint64_t bytes, char text[AMOUNT_TEXT])
{
	(void)humanize_number(text, AMOUNT_SHORT, limit_bytes(bytes), "",
	    HN_AUTOSCALE, HN_DECIMAL | HN_NOSPACE);
}

void
amount_print_count(uint64_t n, char text[AMOUNT_COUNT])
{
	char digits[AMOUNT_COUNT], *to = text;
	size_t i, len;

	len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n);
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
}

void
amount_print_both(uint64_t bytes, uint64_t other, char text[AMOUNT_COUNT],
    char other_text[AMOUNT_COUNT])
{
	amount_print(bytes, text);
	amount_print(other, other_text);
	if (strcmp(text, other_text) != 0)
		return;
	amount_print_count(bytes, text);
	amount_print_count(other, other_text);
	strlcat(text, " B", AMOUNT_COUNT);
	strlcat(other_text, " B", AMOUNT_COUNT);
}

int
amount_parse(const char *text, uint64_t *amount)
{
	size_t digits, letters;

	/* expand_number reads digits after a leading 0 as octal. */
	while (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
		text++;
	digits = strspn(text, "0123456789");
	letters = strspn(text + digits, "kKmMgGtT");
	/* expand_number accepts signs, and letters after the suffix. */
	if (digits == 0 || digits > 19 || letters > 1 ||
	    text[digits + letters] != '\0')
		return -1;
	return expand_number(text, amount);
}

uint64_t
amount_rate(uint64_t bytes, int64_t elapsed)
{
	double seconds = (double)(elapsed < 1000 ? 1000 : elapsed) / CLOCK_SEC;
	double rate = (double)bytes / seconds;

	/* Converting a double of 2^64 or more is undefined. */
	return rate >= 0x1p64 ? UINT64_MAX : (uint64_t)rate;
}
