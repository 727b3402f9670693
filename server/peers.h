#ifndef SERVER_PEERS_H
#define SERVER_PEERS_H

/*
 * How many connections each peer address has. Not for several threads at
 * once: workers.c calls this under its lock.
 */

#include "common/net.h"

struct peers;

/* NULL with errno ENOMEM. max: connections from one address. */
struct peers *peers_new(unsigned max);
void peers_free(struct peers *peers);

/* Counts a connection: 0, or -1 with EUSERS (max reached) or ENOMEM. */
int peers_enter(struct peers *peers, const struct net_address *address);

/* For an address that entered, once for each time. Frees no memory. */
void peers_leave(struct peers *peers, const struct net_address *address);

#endif
