/*
 * The table of options that exclude each other, and the checks of options
 * against the operands.
 */

#include <limits.h>
#include <string.h>

#include "client/option_conflicts.h"
#include "client/usage.h"
#include "common/names.h"

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

static void
check_pairs(const struct option_conflicts *conflicts)
{
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (is_given(conflicts, pairs[i][0]) &&
		    is_given(conflicts, pairs[i][1]))
			usage_error("%s and %s exclude each other", pairs[i][0],
			    pairs[i][1]);
}

/* Returns true if the last component of path can be a file's name. */
static bool
is_file_name(const char *path)
{
	const char *last = names_last(path);

	return names_valid((const uint8_t *)last, strlen(last));
}

/* Standard output takes either the file or other lines. */
static void
check_stdout(const struct client_options *options)
{
	if (options->transfer.output == NULL ||
	    strcmp(options->transfer.output, "-") != 0)
		return;
	if (options->report.json)
		usage_error("--json and -o - both want standard output");
	if (options->transfer.sums)
		usage_error("--sums and -o - both want standard output");
	if (options->transfer.store.is_tree)
		usage_error("-r and -o - exclude each other");
	if (options->transfer.store.update)
		usage_error("-u and -o - exclude each other");
}

static void
check_base(const struct client_options *options)
{
	const char *base = options->transfer.base;

	if (options->check_file == NULL)
		usage_error("--base goes with -c");
	if (strcmp(base, ".") != 0 &&
	    !names_valid((const uint8_t *)base, strlen(base)))
		usage_error("--base: '%s' is not a folder's name on the server "
			    "(. is the top)",
		    base);
}

/* Checks options against operands. */
static void
check_operands(const struct client_options *options)
{
	bool lists = options->input_file != NULL || options->check_file != NULL;
	bool one = options->n_names == 1 && !lists;

	if ((options->transfer.output != NULL &&
		strlen(options->transfer.output) >= PATH_MAX) ||
	    (options->transfer.directory != NULL &&
		strlen(options->transfer.directory) >= PATH_MAX))
		usage_error("the path to write to is too long");
	if (options->transfer.output != NULL && !one)
		usage_error("-o goes with exactly one NAME");
	if (options->transfer.output != NULL &&
	    !options->transfer.store.is_tree &&
	    !is_file_name(options->transfer.output))
		usage_error("-o: '%s' is not a file name; -P writes into a "
			    "folder",
		    options->transfer.output);
	if (options->transfer.has_sha256 && !one)
		usage_error("--sha256 goes with exactly one NAME");
	if (options->is_follow && !one)
		usage_error("-f goes with exactly one NAME");
	if (options->check_file != NULL && options->n_names > 0)
		usage_error("-c has the names in its file: '%s' is one more",
		    options->names[0]);
	if (options->input_nul && !lists)
		usage_error("-0 goes with -i or -c");
	if (options->transfer.hidden && !options->transfer.store.is_tree)
		usage_error("--hidden goes with -r");
	if (options->transfer.base != NULL)
		check_base(options);
	check_stdout(options);
}

void
option_conflicts_check(const struct option_conflicts *conflicts,
    const struct client_options *options)
{
	check_pairs(conflicts);
	check_operands(options);
}
