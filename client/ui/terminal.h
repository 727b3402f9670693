#ifndef CLIENT_UI_TERMINAL_H
#define CLIENT_UI_TERMINAL_H

#include <stdbool.h>

enum {
	TERMINAL_COLUMNS = 80, /* if their number is unknown */
};

/* Returns true if fd is a terminal that understands control sequences; false if
 * TERM is unset, empty, "dumb" (an editor's window, some build servers), "none"
 * or "unknown". Any thread may call it. */
bool terminal_can_draw(int fd);

/* Sets the rows of a terminal, 0 if they are not known, and its columns. Any
 * thread may call it. */
void terminal_size(int fd, unsigned *rows, unsigned *columns);

#endif
