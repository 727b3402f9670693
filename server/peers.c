/*
 * A red-black tree of the addresses that have a connection now. A node whose
 * count falls to zero is kept for the next address: leaving happens in a
 * worker's thread, which must not call free(3) (see workers.c).
 */

#include <sys/queue.h>
#include <sys/tree.h>

#include <errno.h>
#include <stdlib.h>

#include "server/peers.h"

struct peer {
	RB_ENTRY(peer) node;
	SLIST_ENTRY(peer) next; /* while unused */
	struct net_address address;
	unsigned count;
};

RB_HEAD(peer_tree, peer);

struct peers {
	struct peer_tree tree;
	SLIST_HEAD(peer_list, peer) unused;
	unsigned max;
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
peers_new(unsigned max)
{
	struct peers *peers = calloc(1, sizeof(*peers));

	if (peers == NULL)
		return NULL;
	RB_INIT(&peers->tree);
	SLIST_INIT(&peers->unused);
	peers->max = max;
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

static struct peer *
find(struct peers *peers, const struct net_address *address)
{
	struct peer key = {.address = *address};

	return RB_FIND(peer_tree, &peers->tree, &key);
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
	RB_INSERT(peer_tree, &peers->tree, peer);
	return peer;
}

int
peers_enter(struct peers *peers, const struct net_address *address)
{
	struct peer *peer = find(peers, address);

	if (peer == NULL && (peer = add(peers, address)) == NULL)
		return -1;
	if (peer->count >= peers->max) {
		/* Nothing leaks, the tree has it. */
		errno = EUSERS; /* NOLINT(clang-analyzer-unix.Malloc) */
		return -1;
	}
	peer->count++;
	return 0;
}

void
peers_leave(struct peers *peers, const struct net_address *address)
{
	struct peer *peer = find(peers, address);

	if (peer == NULL || --peer->count > 0)
		return;
	RB_REMOVE(peer_tree, &peers->tree, peer);
	SLIST_INSERT_HEAD(&peers->unused, peer, next);
}
