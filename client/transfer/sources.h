#ifndef CLIENT_TRANSFER_SOURCES_H
#define CLIENT_TRANSFER_SOURCES_H

/*
 * The servers that a run fetches from, and how many connections each has. The
 * first source says which version of a file is fetched: of the servers with a
 * connection it is the first in the order of the list, but it stays the same as
 * long as it has one. The lock of transfer/job_queue.h is held.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/wire/server_list.h"

enum {
	SOURCES_TOLD = 5, /* lines about files that a server does not have */
};

struct source {
	unsigned places;    /* connections, made or being made */
	unsigned live;	    /* of these, made */
	bool is_enough;	    /* one more connection brought nothing */
	int64_t rest;	    /* clock_now before which none is tried */
	uint64_t passed_by; /* files in which it takes no part */
};

struct sources {
	struct server_list *list;
	struct server *first; /* NULL: no server has a connection */
	struct source of[SERVER_LIST_MAX];
};

/* Begins without connections. The list outlives it. */
void sources_open(struct sources *sources, struct server_list *list);

/* Returns whether there are several servers. */
bool sources_are_several(const struct sources *sources);

/* Note that a connection to a server is to be made, or that it will not be made
 * again. */
void sources_take_place(struct sources *sources, const struct server *server);
void sources_leave_place(struct sources *sources, const struct server *server);

/* Note that a connection to a server was made, or has ended. */
void sources_begin(struct sources *sources, struct server *server);
void sources_end(struct sources *sources, const struct server *server);

/* Returns the set of the servers that have a connection. */
uint64_t sources_live(const struct sources *sources);

/* Returns the server for one more connection: of those that may have one more,
 * the first with the fewest places; NULL if there is none. */
struct server *sources_choose(struct sources *sources, int64_t now);

/* Returns the next server without a place that may have one, or NULL. */
struct server *sources_choose_new(struct sources *sources, int64_t now);

/* Lets no connection to a server be tried before clock_now is until, because
 * one has failed. */
void sources_rest(struct sources *sources, const struct server *server,
    int64_t until);

/* Notes that one more connection to a server brought nothing, and forgets this
 * for all servers. */
void sources_set_enough(struct sources *sources, const struct server *server);
void sources_clear_enough(struct sources *sources);

/* Counts a file in which a server takes no part. Returns whether a line may say
 * so: there are few of them so far. */
bool sources_pass_by(struct sources *sources, const struct server *server);

#endif
