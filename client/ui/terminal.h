#ifndef CLIENT_UI_TERMINAL_H
#define CLIENT_UI_TERMINAL_H

#include <stdbool.h>

/*
 * Returns whether fd is a terminal that obeys control sequences: not where TERM
 * is unset, empty, "dumb" (an editor's window, many a build server), "none" or
 * "unknown". Any thread may call it.
 */
bool terminal_can_draw(int fd);

#endif
