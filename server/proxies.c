/*
 * A list of networks, compared bit by bit. There are few, and each connection
 * is looked up once. The list is filled by the main thread before any other
 * runs.
 */

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "server/proxies.h"

enum {
	BITS_4 = 32, /* of an address */
	BITS_6 = 128,
	BITS_MAPPED = BITS_6 - BITS_4, /* before a mapped IPv4 address */
};

/* Returns the bytes of an address in network order. */
static const uint8_t *
bytes_of(const struct net_address *address)
{
	return address->any.sa_family == AF_INET6 ?
	    address->in6.sin6_addr.s6_addr :
	    (const uint8_t *)&address->in.sin_addr;
}

/* Returns whether the first bits of two addresses of one family are equal. */
static bool
agree(const struct net_address *a, const struct net_address *b, unsigned bits)
{
	const uint8_t *left = bytes_of(a), *right = bytes_of(b);
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(left, right, whole) == 0 &&
	    (rest == 0 || (left[whole] ^ right[whole]) >> (8 - rest) == 0);
}

/* Sets all bits behind the prefix to 0. */
static void
mask(struct proxies_network *network)
{
	struct net_address *address = &network->address;
	bool six = address->any.sa_family == AF_INET6;
	uint8_t *bytes = six ? address->in6.sin6_addr.s6_addr :
			       (uint8_t *)&address->in.sin_addr;
	unsigned bit;

	for (bit = network->prefix; bit < (six ? BITS_6 : BITS_4); bit++)
		bytes[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
}

/* Reads a prefix of at most this many bits: decimal, no leading zero. Returns
 * false if it is none. */
static bool
read_prefix(const char *text, unsigned most, unsigned *prefix)
{
	size_t len = strlen(text);

	if (len == 0 || len > 3 || strspn(text, "0123456789") != len ||
	    (text[0] == '0' && len > 1))
		return false;
	for (*prefix = 0; *text != '\0'; text++)
		*prefix = 10 * *prefix + (unsigned)(*text - '0');
	return *prefix <= most;
}

/* Reads "address" or "address/prefix", which it changes. Returns false if it is
 * neither. */
static bool
read_network(char *text, struct proxies_network *network)
{
	struct net_address *address = &network->address;
	char *prefix = strchr(text, '/');
	unsigned bits;

	memset(network, 0, sizeof(*network));
	if (prefix != NULL)
		*prefix++ = '\0';
	if (inet_pton(AF_INET, text, &address->in.sin_addr) == 1)
		address->any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &address->in6.sin6_addr) == 1)
		address->any.sa_family = AF_INET6;
	else
		return false;
	bits = address->any.sa_family == AF_INET6 ? BITS_6 : BITS_4;
	network->prefix = bits;
	if (prefix != NULL && !read_prefix(prefix, bits, &network->prefix))
		return false;
	if (bits == BITS_6 && network->prefix >= BITS_MAPPED) {
		net_unmap(address);
		if (address->any.sa_family == AF_INET)
			network->prefix -= BITS_MAPPED;
	}
	return true;
}

/* Adds one network of a list. Returns 0, or -1 with a text in error. */
static int
add_network(struct proxies *proxies, const char *text, char *error)
{
	struct proxies_network network, masked;
	char copy[PROXIES_TEXT], host[NET_TEXT], all[NET_TEXT];

	strlcpy(copy, text, sizeof(copy));
	if (!read_network(copy, &network)) {
		snprintf(error, PROXIES_ERROR,
		    "'%.200s' is no address and no network like 10.0.0.0/8 or "
		    "2001:db8::/32",
		    text);
		return -1;
	}
	masked = network;
	mask(&masked);
	if (net_compare_host(&masked.address, &network.address) != 0) {
		net_print_host(&network.address, host);
		net_print_host(&masked.address, all);
		snprintf(error, PROXIES_ERROR,
		    "'%.200s' has bits set behind its prefix: write %s for "
		    "this address alone, or %s/%u",
		    text, host, all, network.prefix);
		return -1;
	}
	if (proxies->n == PROXIES_MAX) {
		snprintf(error, PROXIES_ERROR, "at most %d networks",
		    PROXIES_MAX);
		return -1;
	}
	proxies->networks[proxies->n++] = network;
	return 0;
}

int
proxies_add(struct proxies *proxies, const char *list,
    char error[PROXIES_ERROR])
{
	char text[PROXIES_TEXT];
	size_t len;

	for (;;) {
		len = strcspn(list, ",");
		/* No network is as long as text: one that is cut is refused. */
		snprintf(text, sizeof(text), "%.*s",
		    len < sizeof(text) ? (int)len : (int)sizeof(text), list);
		if (add_network(proxies, text, error) != 0)
			return -1;
		if (list[len] == '\0')
			return 0;
		list += len + 1;
	}
}

bool
proxies_contain(const struct proxies *proxies,
    const struct net_address *address)
{
	const struct proxies_network *network = proxies->networks;
	struct net_address host = *address;
	unsigned i;

	net_unmap(&host);
	for (i = 0; i < proxies->n; i++, network++)
		if (network->address.any.sa_family == host.any.sa_family &&
		    agree(&network->address, &host, network->prefix))
			return true;
	return false;
}

bool
proxies_contain_all(const struct proxies *proxies)
{
	unsigned i;

	for (i = 0; i < proxies->n; i++)
		if (proxies->networks[i].prefix == 0)
			return true;
	return false;
}
