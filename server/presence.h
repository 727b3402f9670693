#ifndef SERVER_PRESENCE_H
#define SERVER_PRESENCE_H

/*
 * Notices that the served folder itself has gone. Its descriptor stays open, so
 * every name below it is NOT_FOUND from then on, or an IO_ERROR, and nothing
 * but a log line can say why: a new folder of the same name is another one. A
 * folder that was renamed is still served; nothing is said about it.
 *
 * If its file system has gone (ENOTCONN, ESTALE) the server is to end: a
 * supervisor starts it anew, on the file system that is mounted then.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/protocol.h"

struct root;

/* One for a root. All zeros to begin with, but for wake_fd. */
struct presence {
	_Atomic int64_t next; /* time before which it is not looked at again */
	atomic_int told;      /* errno that was logged last; 0: it is there */
	/* A listening socket, shut down to wake the listener once the file
	 * system has gone; its owner's. -1: none. A descriptor of its own for
	 * that would be one less for clients. */
	int wake_fd;
};

/*
 * Looks at the root after a request that ended with this status, if that may
 * be due to it, at most once a second. Logs when the root has gone, and again
 * only after that has changed. Any thread may call it; errno may change.
 */
void presence_check(struct presence *presence, const struct root *root,
    enum protocol_status status);

/* Returns whether the root's file system has gone. Any thread may call it. */
bool presence_is_lost(struct presence *presence);

#endif
