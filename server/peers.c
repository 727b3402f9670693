/*
 * A red-black tree of the addresses with a connection, and of the last ones
 * without: an address that comes back finds what it has used, so it gains
 * nothing by closing its connections. peers_leave runs in a worker's thread,
 * which must not call free(3) (see workers.c); instead, the address that is
 * away longest gives its memory to the next new one.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/peers.h"

enum {
	PEERS_AWAY = 64, /* addresses kept without a connection */
};

RB_HEAD(peer_tree, peer);

struct peers {
	struct peer_tree tree;
	TAILQ_HEAD(peer_list, peer) away; /* longest away first */
	unsigned n_away;
	/* Memory for addresses that will be announced: for each connection of
	 * the class at least one, since peers_announce must not allocate any.
	 */
	struct peer_list spares;
	unsigned n_spares;
	struct peer proxied; /* the class; in no tree or list */
	struct peer evicted; /* those evicted from it; likewise */
	unsigned max, max_unannounced;
	unsigned prefix;
};

static int
compare_peers(struct peer *a, struct peer *b)
{
	return net_compare_host(&a->address, &b->address);
}

/* libbsd's RB_GENERATE_STATIC needs __unused, which glibc does not define. */
RB_GENERATE_INTERNAL(peer_tree, peer, node, compare_peers,
    static __attribute__((unused)))

struct peers *
peers_new(unsigned max, unsigned unannounced, unsigned prefix)
{
	struct peers *peers = calloc(1, sizeof(*peers));

	if (peers == NULL)
		return NULL;
	RB_INIT(&peers->tree);
	TAILQ_INIT(&peers->away);
	TAILQ_INIT(&peers->spares);
	work_shares_init(&peers->proxied.shares);
	fair_queue_init(&peers->proxied.sending);
	peers->proxied.unannounced = true;
	peers->evicted = peers->proxied;
	peers->max = max;
	peers->max_unannounced = unannounced;
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
	while ((peer = TAILQ_FIRST(&peers->spares)) != NULL) {
		TAILQ_REMOVE(&peers->spares, peer, next);
		free(peer);
	}
	free(peers);
}

/* Returns true for IPv4-mapped (::ffff:0:0/96) and translated addresses
 * (64:ff9b::/96, RFC 6052). */
static bool
holds_ipv4(const struct in6_addr *address)
{
	static const uint8_t translated[12] = {0x00, 0x64, 0xff, 0x9b};

	return IN6_IS_ADDR_V4MAPPED(address) ||
	    memcmp(address->s6_addr, translated, sizeof(translated)) == 0;
}

/* Returns the network, or the IPv4 address, that an address counts as. A
 * link-local address counts alone: all of them belong to one network. */
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

/* Takes a peer off the list of those away. */
static void
come_back(struct peers *peers, struct peer *peer)
{
	TAILQ_REMOVE(&peers->away, peer, next);
	peers->n_away--;
}

static struct peer *
get_spare(struct peers *peers)
{
	struct peer *peer = TAILQ_FIRST(&peers->spares);

	TAILQ_REMOVE(&peers->spares, peer, next);
	peers->n_spares--;
	return peer;
}

/* Returns memory for a peer, in no tree or list; NULL with errno ENOMEM. */
static struct peer *
get_peer_memory(struct peers *peers, bool announced)
{
	struct peer *peer;

	if (peers->n_away < PEERS_AWAY)
		return announced ? get_spare(peers) : malloc(sizeof(*peer));
	peer = TAILQ_FIRST(&peers->away);
	come_back(peers, peer);
	RB_REMOVE(peer_tree, &peers->tree, peer);
	return peer;
}

static struct peer *
add_peer(struct peers *peers, const struct net_address *address, bool announced)
{
	struct peer *peer = get_peer_memory(peers, announced);

	if (peer == NULL)
		return NULL;
	peer->address = *address;
	peer->count = 0;
	peer->unannounced = false;
	work_shares_init(&peer->shares);
	fair_queue_init(&peer->sending);
	RB_INSERT(peer_tree, &peers->tree, peer);
	return peer;
}

static struct peer *
enter_address(struct peers *peers, const struct net_address *address,
    bool announced)
{
	struct peer key = {.address = network_of(peers, address)};
	struct peer *peer = RB_FIND(peer_tree, &peers->tree, &key);

	if (peer == NULL)
		peer = add_peer(peers, &key.address, announced);
	else if (peer->count == 0)
		come_back(peers, peer);
	if (peer == NULL)
		return NULL;
	if (peer->count >= peers->max) {
		/* The tree holds peer: no leak. */
		errno = EUSERS; /* NOLINT(clang-analyzer-unix.Malloc) */
		return NULL;
	}
	peer->count++;
	return peer;
}

struct peer *
peers_enter(struct peers *peers, const struct net_address *address)
{
	return enter_address(peers, address, false);
}

struct peer *
peers_enter_proxied(struct peers *peers)
{
	struct peer *spare;

	if (peers->proxied.count >= peers->max_unannounced) {
		errno = EPROTO;
		return NULL;
	}
	if (peers->n_spares <= peers->proxied.count) {
		spare = malloc(sizeof(*spare));
		if (spare == NULL)
			return NULL;
		TAILQ_INSERT_HEAD(&peers->spares, spare, next);
		peers->n_spares++;
	}
	peers->proxied.count++;
	return &peers->proxied;
}

struct peer *
peers_announce(struct peers *peers, const struct net_address *address)
{
	struct peer *peer = enter_address(peers, address, true);

	if (peer != NULL)
		peers_leave(peers, &peers->proxied);
	return peer;
}

struct peer *
peers_evict(struct peers *peers, struct peer *peer)
{
	if (peer != &peers->proxied)
		return peer;
	peers->proxied.count--;
	peers->evicted.count++;
	return &peers->evicted;
}

void
peers_leave(struct peers *peers, struct peer *peer)
{
	if (--peer->count > 0 || peer->unannounced)
		return;
	TAILQ_INSERT_TAIL(&peers->away, peer, next);
	peers->n_away++;
}
