#ifndef CLIENT_UI_ADVICE_H
#define CLIENT_UI_ADVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"

/* The options that decide which advice fits. */
struct advice_settings {
	bool is_single_name; /* one NAME to fetch, on the command line */
	bool input_nul;
	bool to_stdout;
	int64_t wait;	/* for a name to exist, ns */
	int64_t settle; /* for a file to stay unchanged, ns */
};

/*
 * Returns what a person can do about a failure of this name (NULL: of no name)
 * that has not said so itself, as a static string to stand behind it, or NULL
 * if there is nothing. Any thread may call it.
 */
const char *advice_for(const struct advice_settings *settings, const char *name,
    const struct failure *failure);

#endif
