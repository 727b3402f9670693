#ifndef SERVER_PEERS_H
#define SERVER_PEERS_H

/*
 * Counts connections by peer address, and holds what each address has used of
 * the work slots, for a while longer than its last connection. An IPv6 address
 * counts together with its network, since a peer usually controls all of that;
 * an IPv4-mapped address (RFC 4291, 2.5.5.2) counts as the IPv4 address. The
 * lock of struct workers guards all of this.
 */

#include "common/fair_rate.h"
#include "common/net.h"
#include "server/work_slots.h"

struct peers;

/* An address. The caller reads count, and may use shares. */
struct peer {
	RB_ENTRY(peer) node;
	TAILQ_ENTRY(peer) next;	    /* of peers without a connection */
	struct net_address address; /* of the network, if IPv6 */
	unsigned count;		    /* connections */
	bool unannounced;	    /* see peers_enter_proxied */
	struct work_shares shares;  /* of its connections together */
	struct fair_queue sending;  /* --limit-address */
};

/* Returns a set without peers, which allows max connections of one address and
 * unannounced ones of proxies; or NULL with errno ENOMEM. prefix is the number
 * of bits, 1 to 128, that make up the network of an IPv6 address. */
struct peers *peers_new(unsigned max, unsigned unannounced, unsigned prefix);

/* Frees all peers too. */
void peers_free(struct peers *peers);

/* Adds a connection to its peer's count. Returns the peer, which stays valid
 * until the matching peers_leave; or NULL with errno EUSERS (the address has
 * max) or ENOMEM. */
struct peer *peers_enter(struct peers *peers,
    const struct net_address *address);

/*
 * Adds a connection from a proxy, whose client is not announced yet. All of
 * these count in one class of their own, which this returns, instead of by the
 * proxy's address. Returns NULL with errno EPROTO (the class is full) or
 * ENOMEM.
 */
struct peer *peers_enter_proxied(struct peers *peers);

/* Moves a connection from the class to its client's address. Returns the peer,
 * as peers_enter does, or NULL with errno EUSERS: the connection stays in the
 * class. Allocates no memory. */
struct peer *peers_announce(struct peers *peers,
    const struct net_address *address);

/* Takes an evicted connection out of the class, if it is in it, to make room
 * there at once. Returns the peer that it counts for from now on. */
struct peer *peers_evict(struct peers *peers, struct peer *peer);

/* Takes a connection off its peer's count. Frees no memory. */
void peers_leave(struct peers *peers, struct peer *peer);

#endif
