#ifndef HARNESS_SCREEN_H
#define HARNESS_SCREEN_H

/*
 * The screen of a terminal, without a terminal: takes the bytes that a program
 * wrote, and tells what a person would see. It knows what xterm(1) does with
 * the control sequences that fileget and its line editor use; others are
 * counted. Lines that leave the top are lost. Failures fail the test. One
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
	SCREEN_ROWS = 64,      /* at most */
	SCREEN_COLUMNS = 320,  /* at most */
	SCREEN_CHARACTER = 12, /* bytes of a cell, with marks and a NUL */
	SCREEN_PENDING = 64,   /* bytes of a sequence that is not complete */
};

/* The treatment of lines that are wider than a terminal after resizing. */
enum screen_kind {
	SCREEN_CUTS,  /* their ends are lost, as in xterm */
	SCREEN_WRAPS, /* they take more rows, as in the GNOME terminal */
};

struct screen_cell {
	/* UTF-8; "": nothing was written here, or the second column of a wide
	 * character, if is_second. */
	char text[SCREEN_CHARACTER];
	bool is_second;
	bool is_reverse;
};

struct screen_row {
	struct screen_cell cells[SCREEN_COLUMNS];
	bool goes_on; /* the next row is of the same line */
};

struct screen {
	enum screen_kind kind;
	unsigned rows, columns;
	unsigned row, column; /* of the cursor, from 0 */
	bool is_past;	      /* the last column is written: wraps next */
	bool is_reverse;
	unsigned unknown; /* sequences that were not understood */
	size_t n_pending;
	char pending[SCREEN_PENDING];
	struct screen_row lines[SCREEN_ROWS];
	char text[SCREEN_ROWS * (SCREEN_COLUMNS * 4 + 1)];
};

/* Makes an empty screen with the cursor at the top left. Sets the locale of
 * this process to C.UTF-8, which tells the width of characters. */
void screen_open(struct screen *screen, enum screen_kind kind, unsigned rows,
    unsigned columns);

/* Shows n bytes of output. The end of one call may be amid a character. */
void screen_feed(struct screen *screen, const char *bytes, size_t n);

/* Gives the terminal another size. */
void screen_resize(struct screen *screen, unsigned rows, unsigned columns);

/* Returns what stands in a row, from 0, without blanks at its end; valid until
 * the next call for this screen. */
const char *screen_row(struct screen *screen, unsigned row);

/* Returns all rows down to the last that has text, each with a newline; valid
 * until the next call. */
const char *screen_text(struct screen *screen);

/* Returns how many rows contain the text. */
unsigned screen_count(struct screen *screen, const char *text);

/* Returns how many columns of a row are in reverse video. */
unsigned screen_count_reverse(const struct screen *screen, unsigned row);

#endif
