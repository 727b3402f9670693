#ifndef CLIENT_DEFAULTS_H
#define CLIENT_DEFAULTS_H

#include <limits.h>

#include "common/options_file.h"

/* Where defaults of the options come from. Settings point into it. */
struct defaults {
	char path[PATH_MAX]; /* the config file that was read, or "" */
	char file[OPTIONS_FILE_MOST + 1];
	char variable[OPTIONS_LINE];
};

/* Reads defaults, for what the command line has not set: those of the variable
 * FILEGET_OPTIONS, then those of the config file. Returns 0, or -1 with a line
 * in options->error. */
int defaults_read(struct defaults *defaults, struct options *options);

#endif
