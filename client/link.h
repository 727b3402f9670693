#ifndef CLIENT_LINK_H
#define CLIENT_LINK_H

/*
 * A link: files://HOST:PORT/NAME, percent-encoded; #KEY behind it is the
 * server's key name, #KEY+TICKET also the ticket by which a server that shares
 * one thing knows its guests (common/PROTOCOL.md). A ticket is a secret: no
 * message repeats what stands behind '#'. For the main thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/endpoint.h"
#include "common/key_name.h"

enum {
	LINK_ERROR = 1024, /* bytes of a message with its NUL */
};

struct link {
	struct endpoint server;
	char *name; /* inside the text, decoded; "" without a name */
	bool has_key, has_ticket;
	struct key_name key, ticket;
};

/* Returns whether a text begins as a link does. */
bool link_is_one(const char *text);

/*
 * Decodes a link, whose text is changed: the name is decoded in place, and all
 * behind '#' is overwritten. Returns 0, or -1 with a line in error, which is
 * not escaped.
 */
int link_decode(struct link *link, char *text, char error[LINK_ERROR]);

#endif
