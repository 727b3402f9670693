#ifndef SERVER_PROXY_HEADER_H
#define SERVER_PROXY_HEADER_H

/*
 * The header in which a proxy announces its client's address, versions 1 (text)
 * and 2 (binary): "The PROXY protocol", proxy-protocol.txt of HAProxy. A pure
 * function: it reads nothing but the bytes that it is given, and keeps nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/net.h"

enum {
	PROXY_HEADER_LINE = 107, /* bytes of version 1 with its CRLF, at most */
	PROXY_HEADER_FIXED = 16, /* bytes of version 2 up to its length */
	PROXY_HEADER_LENGTH = 536, /* the length in version 2, at most */
	/* Bytes of any header, at most. */
	PROXY_HEADER_MAX = PROXY_HEADER_FIXED + PROXY_HEADER_LENGTH,
};

enum proxy_header_verdict {
	PROXY_HEADER_WHOLE,
	PROXY_HEADER_INCOMPLETE, /* more bytes may complete it */
	PROXY_HEADER_MALFORMED,	 /* no further byte can mend it */
};

struct proxy_header {
	size_t size; /* bytes; what follows is the client's */
	/* False for LOCAL, UNKNOWN and addresses that are not of TCP: then the
	 * address of the connection itself counts. */
	bool announced;
	struct net_address
	    address; /* the client's; an IPv4 one is never mapped */
};

/*
 * Decodes the header at the beginning of len bytes. Sets all of *header if it
 * is whole. Sets *wrong to the reason, a constant text without a period, if it
 * is malformed. Leaves both unchanged otherwise. The verdict does not depend on
 * the bytes behind the header, nor on how many have arrived once it is
 * malformed. Any thread may call this.
 */
enum proxy_header_verdict proxy_header_decode(const uint8_t *bytes, size_t len,
    struct proxy_header *header, const char **wrong);

#endif
