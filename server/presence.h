#ifndef SERVER_PRESENCE_H
#define SERVER_PRESENCE_H

/*
 * Notices that the served folder itself was removed, or its file system
 * unmounted. The server holds the old folder's descriptor, so each request then
 * gets NOT_FOUND, BUSY or IO_ERROR, even if a new folder has the same name;
 * only a log line can tell the operator why. A renamed folder is still served.
 *
 * If the file system has gone (storage_has_gone) the server must end, so that a
 * supervisor can start it on the file system mounted then. It ends after
 * PRESENCE_LOOKS looks in a row, a second apart: a file server that restarts or
 * moves may answer one or two with such an error.
 *
 * A request that ends badly leads to a look. On a network file system, where a
 * look may hang for ever, it is made by a thread of its own, which looks every
 * PRESENCE_REST anyway.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/protocol.h"

enum {
	PRESENCE_LOOKS = 3 /* that find the file system gone, in a row */
};

#define PRESENCE_REST (10 * CLOCK_SEC) /* between two looks of the thread */
/* Time after which a look that has not ended is logged. */
#define PRESENCE_HANG (10 * CLOCK_SEC)

struct root;

struct presence {
	const struct root *root;
	_Atomic int64_t next; /* time of the next look, at the earliest */
	atomic_int trouble;   /* errno logged last; 0: the folder is there */
	atomic_uint gone;     /* looks in a row that found it gone */
	/* The caller's listening socket, shut down to wake the listener when
	 * the file system is gone (an eventfd costs a descriptor); -1: none. */
	int wake_fd;

	/* The thread that looks, if there is one. */
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* guards asked, ending, ended */
	pthread_cond_t changed;
	bool asked; /* a look is wanted now */
	bool ending;
	bool ended;
	_Atomic int64_t looks_since; /* start of the look under way; 0: none */
	bool hang_logged;	     /* the listener's thread alone */
};

/* Starts without trouble and without a thread; wake_fd may be -1. root outlives
 * presence. */
void presence_init(struct presence *presence, const struct root *root,
    int wake_fd);

/* Starts the thread if the root is on a network file system. Called in the
 * sandbox. Without the thread, requests look themselves. */
void presence_start(struct presence *presence);

/* Looks at the root, or asks the thread to, at most once a second, after a
 * status that may mean it has gone (NOT_FOUND, BUSY, IO_ERROR). Logs a line
 * whenever the result changes. Any thread may call this; errno may change. */
void presence_check(struct presence *presence, enum protocol_status status);

/* Logs that a look of the thread hangs, once, and later that it has ended. For
 * the listener's thread, about once a second while there are connections. */
void presence_tend(struct presence *presence);

/* Returns true if the root's file system is gone. Any thread may call this. */
bool presence_is_lost(struct presence *presence);

/* Ends the thread. Returns 0, or -1 if it hangs in the file system and still
 * uses presence and root. */
int presence_stop(struct presence *presence);

#endif
