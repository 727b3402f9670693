#ifndef HARNESS_SHARED_H
#define HARNESS_SHARED_H

/* A fileserv --share that a test starts on a free port, and a fileget that is
 * given its link. */

#include <stdbool.h>
#include <stdint.h>

#include "tests/harness/program.h"

enum {
	SHARED_LINK = 1024, /* bytes of a link with its NUL */
	SHARED_TICKET = 32, /* bytes of a shown ticket with its NUL */
};

struct shared {
	struct program program;
	uint16_t port;
	char link[SHARED_LINK];
	char ticket[SHARED_TICKET + 1]; /* as it is in the link */
	char letters[SHARED_TICKET];	/* as it is on the wire */
};

/* Shares a path below the scratch folder on 127.0.0.1 with these further
 * options (NULL at the end; or NULL), and waits until it is announced. */
void shared_start(struct shared *shared, const char *path,
    const char *const *options);

/*
 * Starts fileget with these options (NULL at the end; or NULL) in the folder
 * "here", and gives it a link by standard input. who is the name of the
 * client's key, which is made at the first use.
 */
void shared_get(struct program *client, const char *link, const char *who,
    const char *const *options);

/* Waits until the server ends by itself, with the exit code 0 and this text in
 * the last line of its output. */
void shared_expect_end(struct shared *shared, const char *text);

/* Sends SIGTERM and waits for the end as shared_expect_end does. */
void shared_stop(struct shared *shared, const char *text);

/* Checks that a text has the ticket in none of its forms. */
void shared_expect_secret(const struct shared *shared, const char *text);

#endif
