/* Options that make no sense with each other, or with the operands, beyond the
 * pairs in the table of client/client_options.c. Runs in the main thread,
 * before any other is started. */

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/mirror_options.h"
#include "client/option_checks.h"
#include "common/names.h"

static int __attribute__((format(printf, 2, 3)))
refuse_options(char *error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(error, OPTION_CHECKS_ERROR, format, ap);
	va_end(ap);
	return -1;
}

/* Standard output takes either the file or other lines. */
static int
check_stdout(const struct client_options *options, char *error)
{
	if (options->transfer.output == NULL ||
	    strcmp(options->transfer.output, "-") != 0)
		return 0;
	if (options->report.json)
		return refuse_options(error,
		    "--json and -o - both write to standard output");
	if (options->transfer.sums)
		return refuse_options(error,
		    "--sums and -o - both write to standard output");
	if (options->transfer.store.is_tree)
		return refuse_options(error, "-r and -o - exclude each other");
	if (options->transfer.store.update)
		return refuse_options(error, "-u and -o - exclude each other");
	if (options->reuse != NULL)
		return refuse_options(error,
		    "--reuse and -o - exclude each other");
	return 0;
}

static int
check_base(const struct client_options *options, char *error)
{
	const char *base = options->transfer.base;

	if (options->check_file == NULL)
		return refuse_options(error, "--base needs -c");
	if (strcmp(base, ".") != 0 &&
	    !names_valid((const uint8_t *)base, strlen(base)))
		return refuse_options(error,
		    "--base: '%s' is not a folder's name on the server "
		    "(. is the top)",
		    base);
	return 0;
}

int
option_checks_run(const struct client_options *options,
    char error[OPTION_CHECKS_ERROR])
{
	const struct transfer_settings *transfer = &options->transfer;
	const char *output = transfer->output, *directory = transfer->directory;
	const char *why =
	    mirror_options_check(transfer, options->n_names, options->is_list);
	bool lists = options->input_file != NULL || options->check_file != NULL;

	if ((output != NULL && strlen(output) >= PATH_MAX) ||
	    (directory != NULL && strlen(directory) >= PATH_MAX))
		return refuse_options(error,
		    "the path to write to is too long");
	if (options->single != NULL && (options->n_names != 1 || lists))
		return refuse_options(error, "%s needs exactly one NAME",
		    options->single);
	if (output != NULL && !transfer->store.is_tree &&
	    !names_valid((const uint8_t *)names_last(output),
		strlen(names_last(output))))
		return refuse_options(error,
		    "-o: '%s' is not a file name; -P writes into a "
		    "folder",
		    output);
	if (options->check_file != NULL && options->n_names > 0)
		return refuse_options(error,
		    "with -c the names are in its file: '%s' is one "
		    "too many",
		    options->names[0]);
	if (transfer->store.is_dry && options->n_names == 0 && !lists)
		return refuse_options(error,
		    "--dry-run needs a NAME, -i or -c");
	if (options->input_nul && !lists)
		return refuse_options(error, "-0 needs -i or -c");
	if (why != NULL)
		return refuse_options(error, "%s", why);
	if (options->reuses_file && transfer->store.is_tree)
		return refuse_options(error,
		    "--reuse=FILE and -r exclude each other; --reuse "
		    "uses what is here");
	if (transfer->hidden && !transfer->store.is_tree)
		return refuse_options(error, "--hidden needs -r");
	if (options->lines >= 0 && !options->is_follow)
		return refuse_options(error, "--lines needs -f");
	if (transfer->base != NULL && check_base(options, error) != 0)
		return -1;
	return check_stdout(options, error);
}
