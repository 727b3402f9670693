#ifndef SERVER_PROXIES_H
#define SERVER_PROXIES_H

/*
 * The addresses of proxies (--proxy-from). A connection from one of them must
 * begin with a PROXY header, which may announce any address; so no address may
 * be among them that a client can use.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/net.h"

enum {
	PROXIES_MAX = 64,    /* networks */
	PROXIES_TEXT = 64,   /* bytes of a network as text, with its NUL */
	PROXIES_ERROR = 512, /* bytes of an error text with its NUL */
};

/* Only proxies.c uses the fields. */
struct proxies {
	unsigned n;
	struct proxies_network {
		struct net_address
		    address;	 /* never mapped; bits 0 behind prefix */
		unsigned prefix; /* bits */
	} networks[PROXIES_MAX];
};

/*
 * Adds networks: "10.0.0.0/8,2001:db8::/32"; an address without a prefix stands
 * for itself. Returns 0, or -1 with a text in error that says what is wrong.
 * A network whose address has bits set behind its prefix is refused: one who
 * writes 10.0.0.5/8 may have meant one address, and would trust 16 million.
 */
int proxies_add(struct proxies *proxies, const char *list,
    char error[PROXIES_ERROR]);

/* Returns whether this address is one of the proxies'. An IPv4-mapped address
 * counts as IPv4. Any thread may call this when no more are added. */
bool proxies_contain(const struct proxies *proxies,
    const struct net_address *address);

/* Returns whether every address of IPv4, or of IPv6, is a proxy's. */
bool proxies_contain_all(const struct proxies *proxies);

#endif
