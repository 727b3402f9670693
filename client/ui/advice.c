/*
 * The exit code says enough of what went wrong; the name says the rest.
 */

#include <stdbool.h>
#include <string.h>

#include "client/ui/advice.h"
#include "client/browse/remote_glob.h"
#include "common/names.h"

/* Of one name that was typed; for each of many it would be noise. */
static bool
is_alone(const struct client_options *options)
{
	return options->n_names == 1 && options->input_file == NULL &&
	    options->check_file == NULL && !options->list;
}

const char *
advice_for(const struct client_options *options, const char *name,
    const struct failure *failure)
{
	/* The first of them has said it. */
	if (strncmp(failure->text, "given up: ", strlen("given up: ")) == 0)
		return NULL;
	switch (failure->code) {
	case EXIT_NOT_FOUND:
		if (name != NULL && options->input_nul &&
		    strchr(name, '\n') != NULL)
			return "it has line breaks in it, as names without "
			       "NULs "
			       "between them do: leave out -0";
		/* A pattern is not waited for. */
		if (is_alone(options) && options->wait == 0 && name != NULL &&
		    !remote_glob_is_pattern(name))
			return "-l lists what there is, --wait S waits for it";
		return NULL;
	case EXIT_DENIED:
		if (name != NULL &&
		    names_hidden((const uint8_t *)name, strlen(name)))
			return "names that begin with a dot are served by "
			       "'fileserv --hidden' only";
		return NULL;
	case EXIT_CHANGED:
		if (options->settle > 0)
			return "--wait S gives it more time";
		/* Bytes on standard output cannot be taken back. */
		if (options_to_stdout(options))
			return NULL;
		return "--retry N tries more often";
	case EXIT_BUSY:
	case EXIT_STALLED:
		return "--retry N tries more often";
	default:
		return NULL;
	}
}
