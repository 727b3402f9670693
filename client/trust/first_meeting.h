#ifndef CLIENT_TRUST_FIRST_MEETING_H
#define CLIENT_TRUST_FIRST_MEETING_H

#include <stdbool.h>

#include "client/ui/progress.h"
#include "common/key_name.h"

/* Opens the terminal of this process if a person sees its messages there; call
 * it before the process is confined. Returns a descriptor, which the caller
 * closes, or -1. */
int first_meeting_open_terminal(void);

/*
 * Shows the key of a server and asks the person at the terminal whether it is
 * the right one. "yes", or the key itself, confirms it. Waits without a limit;
 * progress is held meanwhile. server may be any text. Returns true if the
 * person confirms the key, and false for any other answer, at the end of input
 * and after an interrupt.
 */
bool first_meeting_ask(int terminal_fd, struct progress *progress,
    const char *server, const struct key_name *key);

#endif
