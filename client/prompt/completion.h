#ifndef CLIENT_PROMPT_COMPLETION_H
#define CLIENT_PROMPT_COMPLETION_H

/* Completes names from cached listings; prints nothing. One thread. */

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>

#include "client/browse/remote_folder.h"
#include "client/prompt/remote_cwd.h"
#include "client/wire/connection.h"

struct completion_folder;

struct completion {
	struct connection *connection;
	const struct remote_cwd *place;
	size_t memory; /* bytes of the cached folders */
	SLIST_HEAD(completion_folders, completion_folder) folders;
};

struct completion_match {
	char rest[REMOTE_CWD_NAME + 1]; /* text to insert, or "" */
	bool unsafe; /* rest is empty because its bytes would be changed, by
			escaping or by trimming the line */
	const struct remote_folder_entry **entries; /* that match; sorted */
	size_t n;
};

/* Borrows both pointers. completion_forget frees what the struct owns. */
void completion_open(struct completion *completion,
    struct connection *connection, const struct remote_cwd *place);

/* Empties the cache, so that folders are listed anew. */
void completion_forget(struct completion *completion);

/*
 * Finds the entries whose names begin with the last component of the line; only
 * folders after cd. If one folder matches, match->rest ends with '/'. Returns 0
 * with the entries valid until the next completion_find or completion_forget;
 * or -1 if nothing matches, or the server does not answer at the first try.
 */
int completion_find(struct completion *completion, const char *line,
    struct completion_match *match);
void completion_free_match(struct completion_match *match);

#endif
