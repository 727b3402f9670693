#ifndef CLIENT_TRANSFER_ORIGIN_H
#define CLIENT_TRANSFER_ORIGIN_H

/*
 * The origin of bytes: the server addresses and version tokens of all replies
 * that contributed to them. Bytes of one address and one token are of one file
 * in one state; bytes of any other origin need the whole-range proof of
 * common/PROTOCOL.md before their file gets its name. A file and a file in
 * pieces each have one. No locks: the owner's guards it.
 */

#include <stdbool.h>

#include "common/net.h"
#include "common/protocol.h"

/* Zero bytes are an empty origin: nobody has contributed. */
struct origin {
	struct net_address address;  /* of the first contribution */
	struct protocol_token token; /* of the first contribution */
	bool is_set;		     /* there is a contribution */
	bool has_addresses;	     /* several addresses have contributed */
	bool has_files;		     /* several ids have contributed */
	bool has_states;	     /* several states have contributed */
};

/* Forgets all contributions. */
void origin_clear(struct origin *origin);

/* Adds a reply from a server's address (connection->address) with this token.
 * The same port of an address counts as the same server. */
void origin_add(struct origin *origin, const struct net_address *address,
    struct protocol_token token);

/* Adds all contributions of another origin. */
void origin_join(struct origin *origin, const struct origin *other);

/* Returns whether all contributions are of one address, id and state; false if
 * there is none. */
bool origin_is_one(const struct origin *origin);

/* Returns whether contributions are of several addresses or ids: servers, or
 * replicas behind one address. If their bytes differ, the servers disagree;
 * otherwise the file has changed. */
bool origin_has_several(const struct origin *origin);

#endif
