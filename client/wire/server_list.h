#ifndef CLIENT_WIRE_SERVER_LIST_H
#define CLIENT_WIRE_SERVER_LIST_H

/*
 * The servers that HOST and PORT on the command line name, in their order. They
 * are added before any thread is started and stay where they are; then any
 * thread may read the list, and note and tell failures.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/wire/server.h"

enum {
	SERVER_LIST_MAX = 64,	  /* servers; a set of them is a uint64_t */
	SERVER_LIST_REASON = 512, /* bytes of a reason with its NUL */
};

struct server_list {
	struct server members[SERVER_LIST_MAX];
	size_t n;
	pthread_mutex_t lock; /* guards reasons */
	/* Why each has failed last, with its name; "": it has not. */
	char reasons[SERVER_LIST_MAX][SERVER_LIST_REASON];
};

/* Begins without servers. */
void server_list_open(struct server_list *list);

/* Forgets the servers' addresses. */
void server_list_close(struct server_list *list);

/* Adds a server. Returns 0, or -1 if there are SERVER_LIST_MAX of them. */
int server_list_add(struct server_list *list, const char *host, uint16_t port);

/*
 * Adds the servers of "host1,host2:8081,[::1]:9000". Those without a port have
 * the port 0 until server_list_complete. Uses no network. Returns 0, or -1 with
 * a line in error that may contain text unescaped.
 */
int server_list_read(struct server_list *list, const char *text,
    char error[ENDPOINT_ERROR]);

/* Returns the first server without a port, or NULL. */
const struct server *server_list_find_portless(const struct server_list *list);

/* Gives port to the servers that have none. Returns 0, or -1 with a line in
 * error if a server is in the list twice. */
int server_list_complete(struct server_list *list, uint16_t port,
    char error[ENDPOINT_ERROR]);

/*
 * Replaces each host by all addresses that a look-up finds, each a server of
 * its own (--all-addresses). A host that is not found stays as it is. Returns
 * the number of addresses for which there was no room.
 */
size_t server_list_expand(struct server_list *list);

/* Decides for each server how it is trusted (trust/host_trust.h), before any
 * thread starts; trust must exist as long as the list. Returns 0, or -1 with
 * failure set. */
int server_list_trust(struct server_list *list, struct trust *trust,
    struct failure *failure);

/* Looks up all hosts (server_find). */
void server_list_find(struct server_list *list);

/* Returns the servers that may be asked, which are all but the foreign ones, as
 * a set: bit i stands for members[i]. */
uint64_t server_list_usable(const struct server_list *list);

/* Returns the set of this server alone. */
uint64_t server_list_bit(const struct server_list *list,
    const struct server *server);

/* Returns the first server of a set behind this one, in the order of the list
 * and from its beginning again; or NULL if the set is empty. */
struct server *server_list_next(struct server_list *list,
    const struct server *server, uint64_t set);

/* Keeps the reason why a server has failed. */
void server_list_note(struct server_list *list, const struct server *server,
    const char *reason);

/* Copies the reason that was kept last, or "". */
void server_list_reason(struct server_list *list, const struct server *server,
    char reason[SERVER_LIST_REASON]);

/* Writes the reasons of all servers that have failed, in the order of the list,
 * into text, as far as size bytes take them. */
void server_list_tell(struct server_list *list, char *text, size_t size);

#endif
