#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

/* Reads the options of a command line by a table. Call it from the main thread
 * only: getopt_long(3) keeps its state in globals. */

#include <stdbool.h>
#include <stddef.h>

enum {
	OPTIONS_MOST = 64,    /* rows in a table */
	OPTIONS_ERROR = 1024, /* bytes of an error text with its NUL */
};

/* The type of a row's member, and how its value is read. */
enum options_kind {
	OPTIONS_ON,    /* bool, set to true */
	OPTIONS_OFF,   /* bool, set to false */
	OPTIONS_LEAST, /* int or enum, set to least */
	OPTIONS_SHOW,  /* no member: the words are to be printed */
	/* The kinds below take a value; the first may go without. */
	OPTIONS_MAYBE,	/* enum: 1 without a value, or behind "=" the index of
			   the value in the words, plus 2 */
	OPTIONS_TEXT,	/* const char *, borrowed from argv */
	OPTIONS_NUMBER, /* int */
	OPTIONS_TIME,	/* int64_t, nanoseconds; the value is in seconds */
	OPTIONS_SIZE,	/* uint64_t, bytes; least is 0 or 1 */
	OPTIONS_WORD,	/* enum, the index of the value in the words */
	OPTIONS_CALL,	/* no member: read_value reads the value */
};

struct options_row {
	char letter;	  /* or '\0' */
	const char *name; /* behind the two dashes */
	enum options_kind kind;
	size_t member;	 /* offset in the settings */
	int least, most; /* of a number, or of a time in seconds */
	/* OPTIONS_SHOW; OPTIONS_WORD and OPTIONS_MAYBE: "text, json" */
	const char *words;
	/* OPTIONS_CALL: returns 0, or -1 with a text in error, which has
	 * OPTIONS_ERROR / 2 bytes. */
	int (*read_value)(void *settings, const char *value, char *error);
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
	void *settings;	   /* the struct that has the members */
	const char *shown; /* the words of OPTIONS_SHOW, or NULL */
	bool given[OPTIONS_MOST];
	char error[OPTIONS_ERROR];
};

/*
 * Reads all options; optind is then the index of the first operand. The caller
 * has set all fields down to settings. Returns 0, or -1 with a line in error
 * that names the mistake. Returns 1 at the first option of OPTIONS_SHOW, with
 * shown set; the options behind it are not read.
 */
int options_read(struct options *options, int argc, char **argv);

#endif
