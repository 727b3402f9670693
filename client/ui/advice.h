#ifndef CLIENT_UI_ADVICE_H
#define CLIENT_UI_ADVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"

/* The options that decide which advice fits. */
struct advice_settings {
	bool is_single_name;   /* one NAME to fetch, on the command line */
	const char *port_name; /* a NAME that looks like a port; or NULL */
	bool input_nul;
	bool to_stdout;
	int64_t wait;	/* for a name to exist, ns */
	int64_t settle; /* for a file to stay unchanged, ns */
};

/* Returns advice to print after a failure, as a static string, or NULL if there
 * is none. name: the file that failed, or NULL. Any thread may call it. */
const char *advice_for(const struct advice_settings *settings, const char *name,
    const struct failure *failure);

#endif
