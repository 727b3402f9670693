#ifndef HARNESS_SECURE_H
#define HARNESS_SECURE_H

/*
 * A client of TLS that shares no code with the programs: OpenSSL over a socket
 * of wire.h. Failures fail the test, unless said otherwise.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_pair;
struct ssl_ctx_st;
struct ssl_st;

struct secure {
	int fd;
	struct ssl_ctx_st *context;
	struct ssl_st *ssl;
};

struct secure_options {
	const char *protocol;	    /* ALPN; NULL: none */
	bool old;		    /* TLS 1.2 at most */
	const struct key_pair *key; /* the client's; NULL: none */
};

/* Connects to 127.0.0.1 and makes a handshake under fileserv/1, with any
 * server. */
void secure_connect(struct secure *secure, uint16_t port);

/* Makes a handshake over a connected socket, which secure_close closes. Returns
 * the alert with which the server refused (RFC 8446, 6.2), or 0. */
int secure_begin(struct secure *secure, int fd,
    const struct secure_options *options);

/* Waits for the server to end the connection with an alert, and returns it. */
int secure_read_alert(struct secure *secure);

/* The name of the server's key, as the programs show it. */
void secure_key(const struct secure *secure, char text[33]);

void secure_send(struct secure *secure, const void *bytes, size_t len);

/* Receives exactly len bytes. */
void secure_read(struct secure *secure, void *bytes, size_t len);

/* Checks that close_notify is all that follows. */
void secure_expect_end(struct secure *secure);

void secure_close(struct secure *secure);

#endif
