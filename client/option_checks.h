#ifndef CLIENT_OPTION_CHECKS_H
#define CLIENT_OPTION_CHECKS_H

#include "client/client_settings.h"

enum {
	OPTION_CHECKS_ERROR = 8192, /* bytes of a line with its NUL */
};

/* Checks options against each other and against operands; all members that come
 * from the command line are set. Returns 0, or -1 with a line in error that may
 * contain text unescaped. */
int option_checks_run(const struct client_options *options,
    char error[OPTION_CHECKS_ERROR]);

#endif
