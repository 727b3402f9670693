#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

/* Accepts connections and receives signals, in one thread, which calls all of
 * these functions. No client can block that thread. */

#include "server/listen_sockets.h"
#include "server/presence.h"
#include "server/workers.h"

struct listener;
struct reload;
struct share;

/* Opens the signals (server/signals.h); with reloads, SIGHUP is one of them.
 * Called before the first thread. sockets outlive the listener. Returns NULL
 * with errno on failure. */
struct listener *listener_new(struct listen_sockets *sockets, bool reloads);

/* Hands accepted connections over to the workers until a signal asks for a
 * stop, presence_is_lost, or a share (or NULL) is over. The listener wakes for
 * the latter two by the shutdown of one of the sockets, and for the end of a
 * share's time by SIGALRM. Passes SIGHUP on to reload, which may be NULL if
 * listener_new was not told that it reloads. */
void listener_run(struct listener *listener, struct workers *workers,
    struct presence *presence, const struct share *share,
    struct reload *reload);

/* Closes the sockets, waits up to drain seconds for the downloads under way,
 * which the log counts, and breaks off the rest. A further signal, at least a
 * second after the call, ends the waiting. */
void listener_stop(struct listener *listener, struct workers *workers,
    int drain);

/* Frees the listener, not its sockets. */
void listener_free(struct listener *listener);

#endif
