#ifndef CLIENT_PROMPT_COMPLETION_H
#define CLIENT_PROMPT_COMPLETION_H

/*
 * What a line at the prompt can go on with: names of the server's, whose
 * folders are listed once and remembered. Nothing is shown here. One thread.
 */

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>

#include "client/wire/connection.h"
#include "client/browse/remote_folder.h"
#include "client/prompt/remote_cwd.h"

struct completion_folder;

struct completion {
	struct connection *connection;
	const struct remote_cwd *place;
	size_t memory; /* bytes of what is remembered */
	SLIST_HEAD(completion_folders, completion_folder) folders;
};

/* What was found for a line. */
struct completion_match {
	char rest[REMOTE_CWD_NAME + 1]; /* what can be typed on; "": nothing */
	bool unsafe; /* there is, but not for a terminal's line */
	const struct remote_folder_entry **entries; /* all that match, sorted */
	size_t n;
};

/* link and place outlive it. */
void completion_open(struct completion *completion,
    struct connection *connection, const struct remote_cwd *place);
void completion_close(struct completion *completion);

/* Forgets what it remembers, so that folders are listed anew. */
void completion_forget(struct completion *completion);

/*
 * Finds the names that a line, which may begin with ls, cd or a quote, can go
 * on with; after cd folders only. A match of one folder goes on with its '/'.
 * 0, with the entries valid until the next call of any of these but
 * completion_free_match; -1 without any, also where the server cannot be
 * asked, which is not tried again.
 */
int completion_find(struct completion *completion, const char *line,
    struct completion_match *match);
void completion_free_match(struct completion_match *match);

#endif
