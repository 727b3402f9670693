/*
 * The table of options that exclude each other.
 */

#include <stdbool.h>
#include <string.h>

#include "client/option_conflicts.h"
#include "client/usage.h"

static const char *const pairs[][2] = {
    {"-o", "-P"},
    {"-o", "-k"},
    {"-o", "-i"},
    {"-o", "-c"},
    {"-l", "-o"},
    {"-l", "-P"},
    {"-l", "-k"},
    {"-l", "-i"},
    {"-l", "-n"},
    {"-l", "-u"},
    {"-l", "-f"},
    {"-l", "-c"},
    {"-l", "--sha256"},
    {"-l", "--wait"},
    {"-l", "--settle"},
    {"-l", "-j"},
    {"-l", "--no-resume"},
    {"-l", "--no-verify"},
    {"-l", "--fsync"},
    {"-l", "--max-size"},
    {"-f", "-r"},
    {"-f", "-u"},
    {"-f", "-n"},
    {"-f", "-j"},
    {"-f", "-c"},
    {"-f", "-i"},
    {"-f", "-P"},
    {"-f", "-k"},
    {"-f", "--sha256"},
    {"-f", "--sums"},
    {"-f", "--fsync"},
    {"-f", "--json"},
    {"-f", "--settle"},
    {"-r", "--settle"},
    {"-r", "-c"},
    {"-r", "--sha256"},
    {"-c", "-i"},
    {"-c", "--sha256"},
    {"-q", "-v"},
    {"--sums", "--json"},
};

static bool
is_given(const struct option_conflicts *conflicts, const char *option)
{
	size_t i;

	for (i = 0; i < conflicts->n; i++)
		if (strcmp(conflicts->given[i], option) == 0)
			return true;
	return false;
}

void
option_conflicts_add(struct option_conflicts *conflicts, const char *option)
{
	if (conflicts->n < OPTION_CONFLICTS_GIVEN &&
	    !is_given(conflicts, option))
		conflicts->given[conflicts->n++] = option;
}

void
option_conflicts_check(const struct option_conflicts *conflicts)
{
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (is_given(conflicts, pairs[i][0]) &&
		    is_given(conflicts, pairs[i][1]))
			usage_error("%s and %s exclude each other", pairs[i][0],
			    pairs[i][1]);
}
