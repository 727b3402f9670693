/* libbsd does the arithmetic; this file refuses forms that it would misread. */

#include <libutil.h>
#include <string.h>

#include "common/amount.h"
#include "common/clock.h"

void
amount_print(uint64_t bytes, char text[AMOUNT_TEXT])
{
	int64_t shown = bytes > INT64_MAX ? INT64_MAX : (int64_t)bytes;

	/* It fails only for wrong flags. */
	(void)humanize_number(text, 6, shown, "B", HN_AUTOSCALE,
	    HN_DECIMAL | HN_NOSPACE);
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
