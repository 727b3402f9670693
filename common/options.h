#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

/*
 * Reads options by a table: those of the command line, then defaults from other
 * sources (a variable, a file). A later source does not change options that an
 * earlier one has set. Only the main thread may call these functions:
 * getopt_long(3) keeps its state in globals.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/options_row.h"

enum {
	OPTIONS_MOST = 64,		       /* rows in a table */
	OPTIONS_ERROR = 2 * OPTIONS_ROW_ERROR, /* bytes of an error, with NUL */
	OPTIONS_LINE = 4096, /* bytes of a variable with its NUL, at most */
	OPTIONS_WORDS = 256, /* words of a variable, at most */
};

/* "-o" or "--json", and the options that it excludes, separated by blanks. */
struct options_rule {
	const char *option, *excluded;
};

struct options {
	const struct options_row *rows;
	size_t n;
	const struct options_rule *rules;
	size_t n_rules;
	void *settings;	    /* the struct that has the members */
	const char *shown;  /* the words of OPTIONS_SHOW, or NULL */
	const char *source; /* begins each error; or NULL */
	bool given[OPTIONS_MOST];
	bool withheld[OPTIONS_MOST]; /* later sources do not set it */
	char error[OPTIONS_ERROR];
};

/*
 * Reads all options; optind is then the index of the first operand. The caller
 * has set all members up to settings. Returns 0, or -1 with a line in error
 * that names the mistake. Returns 1 at the first option of OPTIONS_SHOW, with
 * shown set; the options behind it are not read.
 */
int options_read(struct options *options, int argc, char **argv);

/* Keeps later sources from setting these options: "--hidden --json". */
void options_withhold(struct options *options, const char *names);

/*
 * Reads defaults from an environment variable, whose words are as on the
 * command line and separated by blanks. text keeps them; settings of
 * OPTIONS_TEXT point into it. Preserves optind. Returns 0, or -1 with a line in
 * error that names the variable and the mistake.
 */
int options_read_variable(struct options *options, const char *name,
    char text[OPTIONS_LINE]);

/* Sets a default by its long name; value is NULL if none is given. A setting of
 * OPTIONS_TEXT borrows the value. Returns 0, or -1 with a line in error. */
int options_set_default(struct options *options, const char *name,
    const char *value);

/* Ends a source of defaults. Returns 0, or -1 with a line in error if it has
 * options that exclude each other. */
int options_end_defaults(struct options *options);

#endif
