#ifndef COMMON_TLS_PEER_H
#define COMMON_TLS_PEER_H

/* The other end of a connection of TLS: the rule by which it is accepted, and
 * the key that it has shown. */

#include <stdbool.h>

#include "common/key_name.h"

struct ssl_st;		  /* SSL of OpenSSL */
struct x509_store_ctx_st; /* X509_STORE_CTX of OpenSSL */

/* The peers that are accepted. */
struct tls_peer {
	/* Returns whether a peer with this key is accepted. Called during the
	 * handshake, in its thread. */
	bool (*admits)(void *arg, const struct key_name *key);
	void *arg;
	/* The name or address that a certificate of an authority must bear, or
	 * NULL. Such a certificate is accepted whatever admits returns. */
	const char *host;
};

/* A peer during its handshake, and after it. */
struct tls_peer_state {
	struct tls_peer rules;
	struct key_name key;
	bool has_key;
	bool is_refused; /* by this side */
};

/* Has a connection check its peer by the state, which must exist for as long.
 * Returns 0, or -1 if the library fails. */
int tls_peer_prepare(struct tls_peer_state *state, struct ssl_st *ssl);

/* Checks a peer's certificate: the callback of each context
 * (SSL_CTX_set_cert_verify_callback(3)). Returns 1 or 0. */
int tls_peer_check(struct x509_store_ctx_st *store, void *arg);

#endif
