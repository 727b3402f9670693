#ifndef SERVER_SHARE_H
#define SERVER_SHARE_H

/*
 * One file or folder, served to anyone who has its link (--share). A name on
 * the wire is ~TICKET/NAME or, in a folder, ~TICKET/NAME/...; all other names
 * are NOT_FOUND before the file system is asked. The ticket is in the link and
 * nowhere else: no log line and no message has it.
 *
 * With --once, keys of clients are counted from their first request that has
 * the ticket; each may come back until it has the whole file. The share is over
 * when as many keys have it as --once allows, or when its time is over.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/endpoint.h"
#include "common/key_name.h"

enum {
	SHARE_ERROR = 512,	/* bytes of a message with its NUL */
	SHARE_KEYS_MOST = 1000, /* --once, at most */
};

/* The command line. */
struct share_settings {
	const char *path; /* NULL: nothing is shared */
	int once;	  /* keys that may have the file; 0: any number */
	int64_t time;	  /* nanoseconds; 0: not given */
	/* The host in the link, with its port or not; host[0] is NUL: the first
	 * address by which others reach this machine. */
	struct endpoint host;
};

struct scope;
struct share;

/*
 * Finds what is shared and makes a ticket. Follows links in the path, which the
 * operator chose. Returns NULL with a message in error; *usage is set if the
 * options contradict what is at the path.
 */
struct share *share_new(const struct share_settings *settings, bool *usage,
    char error[SHARE_ERROR]);

/* No other thread may use the share any more. NULL is ignored. */
void share_free(struct share *share);

/* Returns the folder to be served: the shared one, or that of the file. */
const char *share_folder(const struct share *share);
bool share_is_folder(const struct share *share);

/* Returns what may be read below that folder; NULL: everything. */
const struct scope *share_scope(const struct share *share);

/* Returns the name in the link, one component, not escaped. */
const char *share_name(const struct share *share);

/* Returns the ticket. It is printed in the link alone. */
const struct key_name *share_ticket(const struct share *share);

/* Returns how many keys may have the file, 0 for any number; and how long. */
unsigned share_once(const struct share *share);
int64_t share_time(const struct share *share); /* nanoseconds */

/* Returns true, for any key: admits of struct tls_peer (common/tls.h). A
 * client must show a key, by which it is known when it comes back. */
bool share_admits_key(void *arg, const struct key_name *key);

/* Begins the time of the share. When every key has the file, wake_fd, a
 * listening socket, is shut down; when the time is over, SIGALRM comes. Called
 * in the main thread before the sandbox. */
void share_start(struct share *share, int wake_fd);

/* Returns whether every key has the file or the time is over; false for NULL.
 * Any thread. */
bool share_is_over(const struct share *share);

/* Prints a line on what happened to standard output. Called at the end. */
void share_tell(struct share *share);

#endif
