#ifndef CLIENT_UI_TERMINAL_ROWS_H
#define CLIENT_UI_TERMINAL_ROWS_H

/*
 * A few rows of text below everything that was printed, redrawn in place. The
 * cursor stays at the first of them: if the terminal changes its width and
 * wraps or cuts the rows, they are still below the cursor, and are erased. One
 * thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
	TERMINAL_ROWS_MOST = 32,  /* rows */
	TERMINAL_ROWS_TEXT = 512, /* bytes of a row with its NUL */
	TERMINAL_ROWS_BYTES = TERMINAL_ROWS_MOST * (TERMINAL_ROWS_TEXT + 32),
};

struct terminal_rows {
	int fd;
	bool has_colour;
	bool is_shown;
	unsigned columns; /* that a row may use; set by terminal_rows_begin */
	unsigned most;	  /* rows that may be added; set there too */
	unsigned n;	  /* rows added */
	size_t len;	  /* bytes in use */
	char bytes[TERMINAL_ROWS_BYTES];
};

/* Prepares for drawing on fd, which may be a terminal or a file. */
void terminal_rows_open(struct terminal_rows *rows, int fd, bool has_colour);

/* Begins a drawing: sets columns and most by the size that the terminal has
 * now. There is room for one row at least. */
void terminal_rows_begin(struct terminal_rows *rows);

/* Adds a row, cut to the columns; its first part, in thousandths of the width,
 * is in reverse. text is UTF-8 without control characters. */
void terminal_rows_add(struct terminal_rows *rows, const char *text,
    unsigned part);

/* Draws the rows that were added. */
void terminal_rows_draw(struct terminal_rows *rows);

/* Erases the rows that are shown, if any; terminal_rows_draw draws the same
 * again. */
void terminal_rows_erase(struct terminal_rows *rows);

/* Returns how many bytes of text fit into the columns; sets *taken to the
 * columns that these bytes take. Any thread may call it. */
size_t terminal_rows_fit(const char *text, unsigned columns, unsigned *taken);

#endif
