#ifndef COMMON_TLS_CONTEXT_H
#define COMMON_TLS_CONTEXT_H

/*
 * The part that all TLS connections of one side share: its identity and the
 * rules of the protocol (PROTOCOL.md, "Inside TLS"): TLS 1.3 only, ALPN
 * fileserv/1, no tickets, no early data. A context is not changed after it was
 * made; any thread may make connections of it.
 */

#include <stdbool.h>

#include "common/identity.h"

/* The only protocol inside TLS, preceded by its length (RFC 7301). */
#define TLS_ALPN                       \
	((const unsigned char *)"\x0a" \
				"fileserv/1")
#define TLS_ALPN_SIZE 11

struct ssl_ctx_st;
struct tls_context;

/* Makes a server's context with one reference. asks: each client must present
 * a key. Returns NULL with a message in error. */
struct tls_context *tls_context_server(const struct identity *identity,
    bool asks, char error[IDENTITY_ERROR]);

/*
 * Makes a client's context with one reference. identity is the client's own, or
 * NULL. authority is a PEM file of certificates that may sign a server's,
 * "system" for those of this machine, or NULL: then servers are known by their
 * keys alone.
 */
struct tls_context *tls_context_client(const struct identity *identity,
    const char *authority, char error[IDENTITY_ERROR]);

/* Adds a reference. */
struct tls_context *tls_context_hold(struct tls_context *context);

/* Drops a reference; the last one frees the context. NULL is ignored. */
void tls_context_release(struct tls_context *context);

/*
 * Makes a handshake in memory, so that later ones open no file and map no
 * library: call it once before the process confines itself. Returns 0, or -1
 * with a message in error.
 */
int tls_context_warm_up(char error[IDENTITY_ERROR]);

/* For tls.c. */
struct ssl_ctx_st *tls_context_ssl(const struct tls_context *context);

#endif
