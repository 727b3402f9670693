#ifndef CLIENT_TRUST_KNOWN_HOSTS_H
#define CLIENT_TRUST_KNOWN_HOSTS_H

/*
 * The text of a known_hosts file: the servers that are encrypted, and their
 * keys. A line is "host:port KEY [KEY]" with blanks between the words; two keys
 * let a server change from one to the other. Lines that are empty or begin with
 * '#' mean nothing. Several lines may name the same server. Pure functions, for
 * the main thread (common/endpoint.h).
 */

#include <stddef.h>
#include <stdint.h>

#include "common/key_name.h"

enum {
	KNOWN_HOSTS_KEYS = 8,	   /* of one server, in all lines */
	KNOWN_HOSTS_LINE_KEYS = 2, /* on one line */
	KNOWN_HOSTS_LINE = 2048,   /* bytes of a line */
	KNOWN_HOSTS_ERROR = 256,   /* bytes of a message with its NUL */
};

/* The keys of one server. */
struct known_keys {
	struct key_name keys[KNOWN_HOSTS_KEYS];
	size_t n;    /* 0: the server is not known */
	size_t line; /* the first line that names it, from 1 */
};

/*
 * Adds the keys that the text has for a server. Returns 0, or -1 with a message
 * in error that names the line, if any line of the text is wrong: a damaged
 * line may be the one that says that this server is encrypted. The message may
 * contain text unescaped. known->n must be set; keys that are there stay.
 */
int known_hosts_find(const char *text, size_t len, const char *host,
    uint16_t port, struct known_keys *known, char error[KNOWN_HOSTS_ERROR]);

/* Writes the line for a server with a newline. Returns its length, or 0 if it
 * does not fit, or if host cannot be written as a word of a line. */
size_t known_hosts_format(const char *host, uint16_t port,
    const struct key_name *key, char line[KNOWN_HOSTS_LINE]);

#endif
