#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

/*
 * Where connections come in, and where signals do: the thread that runs this
 * only ever waits for either, and nothing it does can be held up by a client.
 */

#include "common/net.h"
#include "server/server_options.h"
#include "server/presence.h"
#include "server/workers.h"

struct listener;

/*
 * Blocks SIGTERM and SIGINT for this thread and those it will start, to
 * receive them in its own wait, and listens as the options say. Called before
 * the first thread is made. NULL with a line of text in error.
 */
struct listener *listener_new(const struct server_options *options,
    char error[NET_ERROR]);

/* Prints where it listens and how it is confined: as announcement_print. */
int listener_announce(const struct listener *listener, const char *directory,
    const char *layers);

/* Returns one of the sockets it listens on, the listener's own. */
int listener_socket(const struct listener *listener);

/*
 * Accepts connections and hands them over until a signal asks to stop, or the
 * file system of the served folder has gone (presence; NULL: never asked). That
 * is asked whenever a socket is ready: presence_check makes listener_socket so,
 * by shutting it down.
 */
void listener_run(struct listener *listener, struct workers *workers,
    struct presence *presence);

/*
 * Listens no more, lets the downloads under way finish within drain seconds
 * and breaks the rest; a signal that comes at least a second after the call
 * ends the waiting.
 */
void listener_stop(struct listener *listener, struct workers *workers,
    int drain);

void listener_free(struct listener *listener);

#endif
