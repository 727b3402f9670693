/*
 * A red-black tree of the addresses that have a connection now. A node whose
 * count falls to zero is kept for the next address: leaving happens in a
 * worker's thread, which must not call free(3) (see workers.c).
 */

#include <sys/queue.h>
#include <sys/tree.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/peers.h"

struct peer {
	RB_ENTRY(peer) node;
	SLIST_ENTRY(peer) next;	    /* while unused */
	struct net_address address; /* see network_of */
	unsigned count;
	struct turns_shares shares;
};

RB_HEAD(peer_tree, peer);

struct peers {
	struct peer_tree tree;
	SLIST_HEAD(peer_list, peer) unused;
	unsigned max;
	unsigned prefix;
};

static int
compare(struct peer *a, struct peer *b)
{
	return net_compare_host(&a->address, &b->address);
}

/* RB_GENERATE_STATIC of libbsd wants an __unused that glibc cannot have. */
RB_GENERATE_INTERNAL(peer_tree, peer, node, compare,
    static __attribute__((unused)))

struct peers *
peers_new(unsigned max, unsigned prefix)
{
	struct peers *peers = calloc(1, sizeof(*peers));

	if (peers == NULL)
		return NULL;
	RB_INIT(&peers->tree);
	SLIST_INIT(&peers->unused);
	peers->max = max;
	peers->prefix = prefix;
	return peers;
}

void
peers_free(struct peers *peers)
{
	struct peer *peer;

	while ((peer = RB_ROOT(&peers->tree)) != NULL) {
		RB_REMOVE(peer_tree, &peers->tree, peer);
		free(peer);
	}
	while ((peer = SLIST_FIRST(&peers->unused)) != NULL) {
		SLIST_REMOVE_HEAD(&peers->unused, next);
		free(peer);
	}
	free(peers);
}

/* IPv4 inside IPv6: mapped (::ffff:0:0/96), or translated (64:ff9b::/96, RFC
 * 6052). */
static bool
holds_ipv4(const struct in6_addr *address)
{
	static const uint8_t translated[12] = {0x00, 0x64, 0xff, 0x9b};

	return IN6_IS_ADDR_V4MAPPED(address) ||
	    memcmp(address->s6_addr, translated, sizeof(translated)) == 0;
}

/* What an address counts as. Link-local addresses are of one network all. */
static struct net_address
network_of(const struct peers *peers, const struct net_address *address)
{
	struct net_address network = *address;
	struct in6_addr *in6 = &network.in6.sin6_addr;
	unsigned i, bits = peers->prefix;

	if (address->any.sa_family != AF_INET6)
		return network;
	if (holds_ipv4(in6)) {
		memset(&network, 0, sizeof(network));
		network.in.sin_family = AF_INET;
		memcpy(&network.in.sin_addr,
		    address->in6.sin6_addr.s6_addr + 12, 4);
		return network;
	}
	if (IN6_IS_ADDR_LINKLOCAL(in6))
		return network;
	for (i = 0; i < sizeof(in6->s6_addr); i++) {
		if (bits < 8)
			in6->s6_addr[i] &= (uint8_t)(0xff00 >> bits);
		bits -= bits < 8 ? bits : 8;
	}
	return network;
}

static struct peer *
add(struct peers *peers, const struct net_address *address)
{
	struct peer *peer = SLIST_FIRST(&peers->unused);

	if (peer != NULL)
		SLIST_REMOVE_HEAD(&peers->unused, next);
	else if ((peer = malloc(sizeof(*peer))) == NULL)
		return NULL;
	peer->address = *address;
	peer->count = 0;
	turns_shares_init(&peer->shares);
	RB_INSERT(peer_tree, &peers->tree, peer);
	return peer;
}

struct peer *
peers_enter(struct peers *peers, const struct net_address *address)
{
	struct peer key = {.address = network_of(peers, address)};
	struct peer *peer = RB_FIND(peer_tree, &peers->tree, &key);

	if (peer == NULL && (peer = add(peers, &key.address)) == NULL)
		return NULL;
	if (peer->count >= peers->max) {
		/* Nothing leaks, the tree has it. */
		errno = EUSERS; /* NOLINT(clang-analyzer-unix.Malloc) */
		return NULL;
	}
	peer->count++;
	return peer;
}

void
peers_leave(struct peers *peers, struct peer *peer)
{
	if (--peer->count > 0)
		return;
	RB_REMOVE(peer_tree, &peers->tree, peer);
	SLIST_INSERT_HEAD(&peers->unused, peer, next);
}

unsigned
peers_count(const struct peer *peer)
{
	return peer->count;
}

struct turns_shares *
peers_shares(struct peer *peer)
{
	return &peer->shares;
}
