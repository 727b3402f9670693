/*
 * Decides about a peer's certificate in place of the library: by its key, or by
 * an authority that has signed it. The thread of the handshake runs this.
 */

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/identity.h"
#include "common/tls_peer.h"

int
tls_peer_check(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_peer_state *state = SSL_get_app_data(ssl);
	X509 *certificate = X509_STORE_CTX_get0_cert(store);

	(void)arg;
	/* The handshake in memory has no such peer. */
	if (state == NULL)
		return 1;
	if (certificate == NULL ||
	    identity_name_certificate(certificate, &state->key) != 0) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED);
		return 0;
	}
	state->has_key = true;
	if (state->rules.admits != NULL &&
	    state->rules.admits(state->rules.arg, &state->key))
		return 1;
	if (state->rules.host != NULL && X509_verify_cert(store) == 1)
		return 1;
	if (state->rules.host == NULL)
		X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	state->is_refused = true;
	return 0;
}

/* Sets the name or address that an authority must have signed, and tells the
 * server the name. Returns 0, or -1. */
static int
set_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *rules = SSL_get0_param(ssl);

	/* An address never goes into the server name (RFC 6066, 3). */
	if (X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1)
		return 0;
	return X509_VERIFY_PARAM_set1_host(rules, host, 0) == 1 &&
		SSL_set_tlsext_host_name(ssl, host) == 1 ?
	    0 :
	    -1;
}

int
tls_peer_prepare(struct tls_peer_state *state, SSL *ssl)
{
	SSL_set_app_data(ssl, state);
	return state->rules.host == NULL ? 0 : set_host(ssl, state->rules.host);
}
