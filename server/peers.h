#ifndef SERVER_PEERS_H
#define SERVER_PEERS_H

/*
 * Counts connections by peer address, and holds what each address has used of
 * the work slots, for a while longer than its last connection. An IPv6 address
 * counts together with its network, since a peer usually controls all of that;
 * an IPv4-mapped address (RFC 4291, 2.5.5.2) counts as the IPv4 address. The
 * lock of struct workers guards all of this.
 */

#include "common/net.h"
#include "server/work_slots.h"

struct peers;
struct peer;

/* max: connections of one address. prefix: bits of an IPv6 address that make up
 * a network, 1 to 128. Returns NULL with errno ENOMEM if memory is short. */
struct peers *peers_new(unsigned max, unsigned prefix);

/* Frees all peers too. */
void peers_free(struct peers *peers);

/* Counts a connection. Returns its peer, which stays valid until the matching
 * peers_leave; or NULL with errno EUSERS (the address has max) or ENOMEM. */
struct peer *peers_enter(struct peers *peers,
    const struct net_address *address);

/* Ends the count of one connection. Frees no memory. */
void peers_leave(struct peers *peers, struct peer *peer);

/* Returns the number of connections. */
unsigned peers_count(const struct peer *peer);

/* Returns the shares of work slots that the peer's connections have together.
 */
struct work_shares *peers_work_shares(struct peer *peer);

#endif
