/* Chooses the advice that follows a message, by exit code and name. */

#include <string.h>

#include "client/ui/advice.h"
#include "common/names.h"

const char *
advice_for(const struct advice_settings *settings, const char *name,
    const struct failure *failure)
{
	/* The failure before this one had the advice. */
	if (strncmp(failure->text, "given up: ", strlen("given up: ")) == 0)
		return NULL;
	switch (failure->code) {
	case EXIT_NOT_FOUND:
		/* A listing is refused in the same words, and no time helps. */
		if (strstr(failure->text, "this link leads to nothing") != NULL)
			return "copy the whole link again, or ask for a new "
			       "one";
		if (name != NULL && settings->input_nul &&
		    strchr(name, '\n') != NULL)
			return "it contains line breaks; without -0, a line is "
			       "a name";
		if (name != NULL && settings->port_name != NULL &&
		    strcmp(name, settings->port_name) == 0)
			return "the port is in HOST:PORT already, so this is "
			       "a NAME";
		/* --wait does not wait for patterns. */
		if (settings->is_single_name && settings->wait == 0 &&
		    name != NULL && !names_is_pattern(name))
			return "-l lists what there is, --wait S waits for it";
		return NULL;
	case EXIT_DENIED:
		if (name != NULL &&
		    names_hidden((const uint8_t *)name, strlen(name)))
			return "names that begin with a dot are served by "
			       "'fileserv --hidden' only";
		return NULL;
	case EXIT_CHANGED:
		/* A further try finds the same files. */
		if (strncmp(failure->text, "the servers disagree",
			strlen("the servers disagree")) == 0)
			return "name one server alone, whose file is right";
		if (settings->settle > 0)
			return "--wait S gives it more time";
		/* Bytes on standard output cannot be taken back. */
		if (settings->to_stdout)
			return NULL;
		return "--retry N tries more often";
	case EXIT_BUSY:
	case EXIT_STALLED:
		return "--retry N tries more often";
	default:
		return NULL;
	}
}
