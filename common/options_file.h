#ifndef COMMON_OPTIONS_FILE_H
#define COMMON_OPTIONS_FILE_H

#include "common/options.h"

enum {
	OPTIONS_FILE_MOST = 16 * 1024, /* bytes of a file, at most */
};

/*
 * Reads defaults from an open file, to its end. A line is "name value", or the
 * name alone for an option without a value; the name is the long one, without
 * dashes. The value reaches to the end of the line, without blanks at both
 * ends. Empty lines, and lines that begin with '#', are skipped. text keeps the
 * values; settings of OPTIONS_TEXT point into it. Returns 0, or -1 with a line
 * in error that begins with path and, where there is one, the line's number.
 */
int options_file_read(struct options *options, int fd, const char *path,
    char text[OPTIONS_FILE_MOST + 1]);

#endif
