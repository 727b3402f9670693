#ifndef CLIENT_DEFAULTS_H
#define CLIENT_DEFAULTS_H

#include <limits.h>

#include "common/options_file.h"

/* The sources of defaults. Settings point into it. */
struct defaults {
	char path[PATH_MAX]; /* the config file that was read, or "" */
	char file[OPTIONS_FILE_MOST + 1];
	char variable[OPTIONS_LINE];
};

/* Reads defaults of options that the command line has not set: from the
 * variable FILEGET_OPTIONS, then from the config file. Returns 0, or -1 with a
 * line in options->error. */
int defaults_read(struct defaults *defaults, struct options *options);

#endif
