#ifndef CLIENT_UI_ADVICE_H
#define CLIENT_UI_ADVICE_H

#include "client/ui/failure.h"
#include "client/client_options.h"

/*
 * Returns what a person can do about a failure of this name (NULL: of no name)
 * that has not said so itself, as a static string to stand behind it, or NULL
 * if there is nothing. Any thread may call it.
 */
const char *advice_for(const struct client_options *options, const char *name,
    const struct failure *failure);

#endif
