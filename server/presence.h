#ifndef SERVER_PRESENCE_H
#define SERVER_PRESENCE_H

/*
 * Notices that the served folder itself was removed, or its file system
 * unmounted. The server holds the old folder's descriptor, so each request then
 * gets NOT_FOUND or IO_ERROR, even if a new folder has the same name; only a
 * log line can tell the operator why. A renamed folder is still served.
 *
 * If the file system is gone (ENOTCONN, ESTALE) the server must end, so that a
 * supervisor can start it on the file system mounted then.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/protocol.h"

struct root;

/* Zero-initialized, except for wake_fd. */
struct presence {
	_Atomic int64_t next; /* time of the next check, at the earliest */
	atomic_int trouble;   /* errno logged last; 0: the folder is there */
	/* The caller's listening socket, shut down to wake the listener when
	 * the file system is gone (an eventfd costs a descriptor); -1: none. */
	int wake_fd;
};

/* Checks the root, at most once a second, after a status that may mean it is
 * gone (NOT_FOUND, IO_ERROR). Logs a line whenever the result changes. Any
 * thread may call this; errno may change. */
void presence_check(struct presence *presence, const struct root *root,
    enum protocol_status status);

/* Returns true if the root's file system is gone. Any thread may call this. */
bool presence_is_lost(struct presence *presence);

#endif
