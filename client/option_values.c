/*
 * Reads numbers, times, sizes, sums and words that stand behind options.
 */

#include <stdlib.h>
#include <string.h>

#include "client/option_values.h"
#include "client/usage.h"
#include "common/amount.h"
#include "common/clock.h"
#include "common/text.h"

enum {
	OPTION_VALUES_DAY = 24 * 60 * 60, /* seconds */
};

/* unit: behind the range in a message. */
static long long
read_number(const char *text, const char *option, int least, int most,
    const char *unit)
{
	const char *wrong;
	long long value = strtonum(text, least, most, &wrong);

	if (wrong != NULL)
		usage_error("%s: '%s' is %s (%d to %d%s)", option, text, wrong,
		    least, most, unit);
	return value;
}

int
option_values_number(const char *text, const char *option, int least, int most)
{
	return (int)read_number(text, option, least, most, "");
}

int64_t
option_values_time(const char *text, const char *option, int least)
{
	return CLOCK_SEC *
	    read_number(text, option, least, OPTION_VALUES_DAY, ", in seconds");
}

uint64_t
option_values_size(const char *text, const char *option, int least)
{
	uint64_t value;

	if (amount_parse(text, &value) != 0)
		usage_error("%s: '%s' is not a size (a number, and k, M, G or "
			    "T)",
		    option, text);
	if (value < (uint64_t)least)
		usage_error("%s: with 0 the download would never end; without "
			    "this option there is no limit",
		    option);
	return value;
}

void
option_values_sha256(const char *text, const char *option,
    uint8_t sha256[SHA256SUM_LENGTH])
{
	if (strlen(text) != 2 * SHA256SUM_LENGTH ||
	    text_unhex(text, SHA256SUM_LENGTH, sha256) != 0)
		usage_error("%s: '%s' is not 64 hexadecimal digits", option,
		    text);
}

enum progress_mode
option_values_progress(const char *text, const char *option)
{
	static const char *const names[] = {
	    [PROGRESS_MODE_AUTO] = "auto",
	    [PROGRESS_MODE_BAR] = "bar",
	    [PROGRESS_MODE_PLAIN] = "plain",
	    [PROGRESS_MODE_NONE] = "none",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0)
			return (enum progress_mode)i;
	usage_error("%s: '%s' is not auto, bar, plain or none", option, text);
}
