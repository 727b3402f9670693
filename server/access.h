#ifndef SERVER_ACCESS_H
#define SERVER_ACCESS_H

/*
 * The names that one connection may read. The bytes of a name decide before the
 * file system is asked, so a name outside gets the same answer at the same cost
 * whether it exists or not.
 */

#include <stdbool.h>

#include "common/key_name.h"
#include "server/clients.h"
#include "server/root.h"
#include "server/scope.h"

/* Shared by all connections. */
struct access_rules {
	const struct root *root;
	/* The same folder, for those who may not read all of it: they follow no
	 * links, since a link may lead into the folder of another client. */
	struct root plain;
	struct clients clients;	   /* with a list: --clients */
	const struct scope *share; /* --share: all that may be read; or NULL */
};

/* Of one connection, whose thread alone uses it. */
struct access {
	const struct root *root;     /* names are opened below it */
	const struct scope *scope;   /* NULL: everything below root */
	const struct client *client; /* NULL without a list of clients */

	struct access_rules *rules;
	struct client_list *list; /* has the client; a reference */
	unsigned edition;	  /* of the list */
};

enum access_change {
	ACCESS_STAYS,
	ACCESS_DIFFERS, /* the client may read other names than before */
	ACCESS_ENDS,	/* the client is no longer on the list */
};

/* Starts without clients and without a share; root outlives rules. */
void access_rules_init(struct access_rules *rules, const struct root *root);

/*
 * Decides what a connection may read: all of a share, what the list of clients
 * says of the peer with this key, or everything. key is NULL for a peer without
 * one. Returns 0, or -1 if the peer is not on the list; access_close is called
 * in both cases. rules outlive access.
 */
int access_open(struct access *access, struct access_rules *rules,
    const struct key_name *key);

/* Called before each request: looks the client up again if the list has been
 * replaced. After ACCESS_DIFFERS no file that was opened before may be read.
 * After ACCESS_ENDS client is the one of the old list, and further calls return
 * the same. */
enum access_change access_renew(struct access *access);

/* Returns where a name is for this connection, by its bytes alone. */
enum scope_place access_find(const struct access *access, const uint8_t *name,
    size_t len);

void access_close(struct access *access);

#endif
