#ifndef COMMON_ENDPOINT_H
#define COMMON_ENDPOINT_H

/*
 * A host and its port as people and both programs write them. Pure functions
 * but for the look-up of a service name, which reads /etc/services; for the
 * main thread.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	/* Bytes of a host with its NUL. A name has up to 253, and a dot at its
	 * end; characters beyond ASCII take several bytes each until they are
	 * encoded. */
	ENDPOINT_HOST = 1024,
	ENDPOINT_NAME_MAX = 253, /* bytes of a name in ASCII (RFC 1035) */
	ENDPOINT_ERROR = 512,	 /* bytes */
};

struct endpoint {
	char host[ENDPOINT_HOST]; /* without brackets */
	bool has_port;
	uint16_t port; /* 0 without has_port */
};

/* The use that a port is read for. */
enum endpoint_port {
	ENDPOINT_LISTEN,  /* a number from 0, for any that is free */
	ENDPOINT_CONNECT, /* a number from 1, or the name of a TCP service */
};

/*
 * Reads "host", "host:port", "[host]" or "[host]:port". Two or more colons
 * without brackets are an IPv6 address without a port, whose scope may follow a
 * '%', or a "%25" as URLs have it. An empty text is an empty host, which is
 * never found. Returns 0, or -1 with a line of text in error that says what is
 * wrong and what is to be written instead; it may hold the text as it was
 * given.
 */
int endpoint_parse(struct endpoint *endpoint, const char *text,
    enum endpoint_port kind, char error[ENDPOINT_ERROR]);

/* Reads a port; a number is decimal digits, leading zeros included. Returns 0,
 * or -1 with error as above. */
int endpoint_parse_port(const char *text, enum endpoint_port kind,
    uint16_t *port, char error[ENDPOINT_ERROR]);

#endif
