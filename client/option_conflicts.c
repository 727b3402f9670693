/*
 * A table, so that what excludes what can be read at a glance.
 */

#include <string.h>

#include "client/option_conflicts.h"

/* As a person writes them. */
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
is_given(const struct option_conflicts *conflicts, const char *name)
{
	size_t i;

	for (i = 0; i < conflicts->n; i++)
		if (strcmp(conflicts->given[i], name) == 0)
			return true;
	return false;
}

void
option_conflicts_add(struct option_conflicts *conflicts, const char *name)
{
	if (conflicts->n < OPTION_CONFLICTS_GIVEN && !is_given(conflicts, name))
		strlcpy(conflicts->given[conflicts->n++], name,
		    OPTION_CONFLICTS_NAME);
}

bool
option_conflicts_find(const struct option_conflicts *conflicts, const char **a,
    const char **b)
{
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		*a = pairs[i][0];
		*b = pairs[i][1];
		if (is_given(conflicts, *a) && is_given(conflicts, *b))
			return true;
	}
	return false;
}
