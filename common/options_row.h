#ifndef COMMON_OPTIONS_ROW_H
#define COMMON_OPTIONS_ROW_H

/* A row of a table of options: names, kind, and how the value is read. */

#include <stdbool.h>
#include <stddef.h>

enum {
	OPTIONS_ROW_ERROR = 512, /* bytes of an error text with its NUL */
};

/* The type of a row's member, and how its value is read. */
enum options_kind {
	OPTIONS_ON,    /* bool, set to true */
	OPTIONS_OFF,   /* bool, set to false */
	OPTIONS_LEAST, /* int or enum, set to least */
	OPTIONS_SHOW,  /* no member: the caller prints the words */
	/* The kinds below take a value; for the first two it is optional. */
	OPTIONS_MAYBE, /* enum: 1 without a value, or behind "=" the index of
			  the value in the words, plus 2 */
	OPTIONS_MAYBE_TEXT, /* const char *, borrowed; "" without a value */
	OPTIONS_TEXT,	    /* const char *, borrowed from argv */
	OPTIONS_NUMBER,	    /* int */
	OPTIONS_TIME,	    /* int64_t, nanoseconds; the value is in seconds */
	OPTIONS_SIZE,	    /* uint64_t, bytes, from least on */
	OPTIONS_WORD,	    /* enum, the index of the value in the words */
	OPTIONS_CALL,	    /* no member: read_value reads the value */
};

struct options_row {
	char letter;	  /* or '\0' */
	const char *name; /* without the two dashes */
	enum options_kind kind;
	size_t member;	 /* offset in the settings */
	int least, most; /* of a number, or of a time in seconds */
	/* OPTIONS_SHOW; OPTIONS_WORD and OPTIONS_MAYBE: "text, json" */
	const char *words;
	/* OPTIONS_CALL: returns 0, or -1 with a text in error, which has
	 * OPTIONS_ROW_ERROR bytes. */
	int (*read_value)(void *settings, const char *value, char *error);
	bool once; /* for one command: refused as a default */
	bool adds; /* OPTIONS_CALL: adds to values of earlier sources */
};

/* Reads the value of an option of any kind but OPTIONS_SHOW and OPTIONS_CALL
 * into the row's member, which is a uint64_t or smaller. Returns 0, or -1 with
 * a text in error, which has OPTIONS_ROW_ERROR bytes; member is then unchanged.
 */
int options_row_read(const struct options_row *row, const char *text,
    void *member, char *error);

#endif
