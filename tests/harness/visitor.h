#ifndef HARNESS_VISITOR_H
#define HARNESS_VISITOR_H

/*
 * A listed client of fileserv --clients: its key, its connection inside TLS,
 * and whole replies as bytes. Failures fail the test.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "tests/harness/key_pair.h"
#include "tests/harness/secure.h"

enum {
	VISITOR_REPLY = 64 * 1024 /* bytes of a reply that is kept */
};

struct visitor {
	struct key_pair key;
	struct secure secure;
	size_t len; /* bytes of the last reply, its header included */
	uint8_t reply[VISITOR_REPLY];
};

/* Connects with visitor->key, which exists. */
void visitor_connect(struct visitor *visitor, uint16_t port);
void visitor_close(struct visitor *visitor);

/* Connects with a key, or without one if it is NULL, and waits to be refused.
 * Returns the alert (RFC 8446, 6.2). */
int visitor_refused(const struct key_pair *key, uint16_t port);

/* Sends a request and receives the whole reply. Returns its status. */
enum protocol_status visitor_ask(struct visitor *visitor, enum protocol_op op,
    const char *name);

/* Sends a request with any fields but its name; receives nothing. */
void visitor_send(struct visitor *visitor,
    const struct protocol_request *request, const char *name);

/* Receives the whole reply to the next request. Returns its status. */
enum protocol_status visitor_receive(struct visitor *visitor);

/* The same as visitor_ask with any fields of a request but its name. */
enum protocol_status visitor_ask_with(struct visitor *visitor,
    const struct protocol_request *request, const char *name);

/* Gets a file whole and compares it with a text. */
void visitor_expect_text(struct visitor *visitor, const char *name,
    const char *text);

/* Lists a folder and checks its entries: names, each with a blank behind it, in
 * any order of the server's. */
void visitor_expect_list(struct visitor *visitor, const char *folder,
    const char *names);

#endif
