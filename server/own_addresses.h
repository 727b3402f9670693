#ifndef SERVER_OWN_ADDRESSES_H
#define SERVER_OWN_ADDRESSES_H

#include "common/net.h"

enum {
	OWN_ADDRESSES_MAX = 64,	  /* further ones are ignored */
	OWN_ADDRESSES_NAME = 256, /* bytes of a host name with its NUL */
};

/* The addresses of this machine by which others can reach it, without port. */
struct own_addresses {
	struct net_address all[OWN_ADDRESSES_MAX];
	bool is_named[OWN_ADDRESSES_MAX]; /* the name leads to it */
	int n;
	char name[OWN_ADDRESSES_NAME]; /* of this machine */
};

/*
 * Finds the addresses of all interfaces that are up, except loopback ones and
 * those that are valid on one link only, and looks up the machine's name for at
 * most half a second. Leaves out what cannot be found. Called before the first
 * thread, and before the process is confined.
 */
void own_addresses_find(struct own_addresses *own);

#endif
