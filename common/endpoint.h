#ifndef COMMON_ENDPOINT_H
#define COMMON_ENDPOINT_H

/* Parses "host:port" texts without using the network. Call these from the main
 * thread only: getservbyname(3) looks up service names in /etc/services. */

#include <stdbool.h>
#include <stdint.h>

enum {
	ENDPOINT_NAME_MAX = 253, /* bytes of a name in ASCII (RFC 1035) */
	/* Bytes of a host with its NUL: a character beyond ASCII takes several
	 * bytes here, and fewer once the name is encoded. */
	ENDPOINT_HOST = 1024,
	ENDPOINT_TEXT = ENDPOINT_HOST + 8, /* bytes of "[host]:port" */
	ENDPOINT_ERROR = 512, /* bytes of an error text with its NUL */
};

struct endpoint {
	char host[ENDPOINT_HOST]; /* without brackets */
	bool has_port;
	uint16_t port; /* 0 if has_port is false */
};

/* The use of a port, which decides the texts that are allowed. */
enum endpoint_port {
	ENDPOINT_LISTEN,  /* a number from 0 (0: any free port) */
	ENDPOINT_CONNECT, /* a number from 1, or the name of a TCP service */
};

/*
 * Parses "host", "host:port", "[host]" or "[host]:port". A text with two or
 * more colons and no brackets is an IPv6 address without a port. A scope may
 * follow an IPv6 address after a '%', or after "%25" as in URLs.
 *
 * Returns 0, or -1 with a line of text in error that says what is wrong and
 * what to write instead. The line may contain text unescaped.
 */
int endpoint_parse(struct endpoint *endpoint, const char *text,
    enum endpoint_port kind, char error[ENDPOINT_ERROR]);

/* Parses a port; a number is decimal and may have leading zeros. Returns 0, or
 * -1 with a line in error, which may contain text unescaped. */
int endpoint_parse_port(const char *text, enum endpoint_port kind,
    uint16_t *port, char error[ENDPOINT_ERROR]);

/* Returns true if two hosts of endpoints are the same: names without regard to
 * case and to a dot at their end, addresses by their value in whatever form. No
 * name is looked up. Any thread may call it. */
bool endpoint_same_host(const char *a, const char *b);

/* Writes "host:port", or "[host]:port" for an IPv6 address, whose own colons
 * would hide the port. Returns text. Any thread may call it. */
const char *endpoint_print(const char *host, uint16_t port,
    char text[ENDPOINT_TEXT]);

#endif
