#ifndef SERVER_PEERS_H
#define SERVER_PEERS_H

/*
 * The peer addresses that have a connection now: how many, and what each of
 * them has used, which is remembered for a while after its last one. An IPv6
 * address counts with all of its network of a given length, since who has one
 * address there has them all; an IPv4 address that came as an IPv6 one (RFC
 * 4291, 2.5.5.2) counts as what it is. Not for several threads at once:
 * workers.c calls this under its lock.
 */

#include "common/net.h"
#include "server/work_slots.h"

struct peers;
struct peer;

/* NULL with errno ENOMEM. max: connections from one address; prefix: bits of
 * an IPv6 address that make up a network, 1 to 128. */
struct peers *peers_new(unsigned max, unsigned prefix);
void peers_free(struct peers *peers);

/* Counts a connection: the peer that it belongs to, or NULL with errno EUSERS
 * (max reached) or ENOMEM. */
struct peer *peers_enter(struct peers *peers,
    const struct net_address *address);

/* For a peer that entered, once for each time. Frees no memory. */
void peers_leave(struct peers *peers, struct peer *peer);

/* How many connections it has. */
unsigned peers_count(const struct peer *peer);

/* The shares that its connections have together in the lines of turns.c. */
struct work_shares *peers_work_shares(struct peer *peer);

#endif
