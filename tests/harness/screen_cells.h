#ifndef HARNESS_SCREEN_CELLS_H
#define HARNESS_SCREEN_CELLS_H

/* Shared by screen.c and screen_feed.c, and by no other file. */

#include "tests/harness/screen.h"

/* Moves the cursor, at most to the last row and column. */
void screen_go_to(struct screen *screen, unsigned row, unsigned column);

/* Moves the cursor down; in the last row, all rows move up instead. */
void screen_go_down(struct screen *screen);

/* Erases cells of a row, from first up to before end. */
void screen_erase(struct screen *screen, unsigned row, unsigned first,
    unsigned end);

/* Writes a character of one or two columns, of n bytes, at the cursor; one of
 * width 0 is added to the character before it. */
void screen_put(struct screen *screen, const char *text, size_t n, int width);

#endif
