#ifndef CLIENT_UI_TERMINAL_H
#define CLIENT_UI_TERMINAL_H

#include <stdbool.h>

/* Returns true if fd is a terminal that understands control sequences; false if
 * TERM is unset, empty, "dumb" (an editor's window, some build servers), "none"
 * or "unknown". Any thread may call it. */
bool terminal_can_draw(int fd);

#endif
