/*
 * The rules that hold for each connection of TLS. Certificates are only the
 * envelopes of keys: tls_peer.c decides about a peer, in the callback that
 * replaces the library's own check.
 */

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "common/tls_context.h"
#include "common/tls_peer.h"

/* Fast ciphers first; a client without AES in hardware puts ChaCha20 first. */
#define TLS_CIPHERS                                            \
	"TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:" \
	"TLS_AES_256_GCM_SHA384"
#define TLS_GROUPS "X25519:P-256"
/* Bytes that a client receives at once: four records. */
#define TLS_READ_AHEAD ((size_t)4 * SSL3_RT_MAX_PACKET_SIZE)
/* The signatures that a client may use; others cost a server more. */
#define TLS_CLIENT_PROOFS "ECDSA+SHA256:ed25519"

struct tls_context {
	SSL_CTX *ssl;
	atomic_uint references;
};

/* Puts the library's last error into a message. Returns -1. */
static int
fail(const char *what, char error[IDENTITY_ERROR])
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	snprintf(error, IDENTITY_ERROR, "%s: %s", what,
	    why == NULL ? "not enough memory" : why);
	ERR_clear_error();
	return -1;
}

/* ---- rules of both sides ------------------------------------------------ */

static int
set_rules(SSL_CTX *ssl)
{
	SSL_CTX_set_mode(ssl,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	/* One recv(2) for all that has arrived, not two for each record. */
	SSL_CTX_set_read_ahead(ssl, 1);
	/* IGNORE_UNEXPECTED_EOF: a client that ends its side without
	 * close_notify still gets the replies to its last requests. A reply
	 * that was cut shows by its length. */
	SSL_CTX_set_options(ssl,
	    SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET |
		SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
		SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_cert_verify_callback(ssl, tls_peer_check, NULL);
	return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) == 1 &&
		SSL_CTX_set_ciphersuites(ssl, TLS_CIPHERS) == 1 &&
		SSL_CTX_set1_groups_list(ssl, TLS_GROUPS) == 1 &&
		SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
		SSL_CTX_set_max_early_data(ssl, 0) == 1 ?
	    0 :
	    -1;
}

static struct tls_context *
make_context(const SSL_METHOD *method, const struct identity *identity,
    char error[IDENTITY_ERROR])
{
	struct tls_context *context = calloc(1, sizeof(*context));

	ERR_clear_error();
	if (context == NULL) {
		fail("TLS", error);
		return NULL;
	}
	atomic_init(&context->references, 1);
	context->ssl = SSL_CTX_new(method);
	if (context->ssl == NULL || set_rules(context->ssl) != 0 ||
	    (identity != NULL && identity_use(identity, context->ssl) != 0)) {
		fail("TLS cannot be prepared", error);
		tls_context_release(context);
		return NULL;
	}
	return context;
}

struct tls_context *
tls_context_hold(struct tls_context *context)
{
	atomic_fetch_add(&context->references, 1);
	return context;
}

void
tls_context_release(struct tls_context *context)
{
	if (context == NULL || atomic_fetch_sub(&context->references, 1) > 1)
		return;
	SSL_CTX_free(context->ssl);
	free(context);
}

SSL_CTX *
tls_context_ssl(const struct tls_context *context)
{
	return context->ssl;
}

/* ---- a server's --------------------------------------------------------- */

/* Refuses a client that names no protocol, for which the library would not ask
 * choose_protocol. */
static int
require_protocol(SSL *ssl, int *alert, void *arg)
{
	const unsigned char *names;
	size_t len;

	(void)arg;
	if (SSL_client_hello_get0_ext(ssl,
		TLSEXT_TYPE_application_layer_protocol_negotiation, &names,
		&len) == 1)
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_NO_APPLICATION_PROTOCOL;
	return SSL_CLIENT_HELLO_ERROR;
}

static int
choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *len,
    const unsigned char *names, unsigned int names_len, void *arg)
{
	unsigned char *name;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&name, len, TLS_ALPN, TLS_ALPN_SIZE, names,
		names_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*chosen = name;
	return SSL_TLSEXT_ERR_OK;
}

struct tls_context *
tls_context_server(const struct identity *identity, bool asks,
    char error[IDENTITY_ERROR])
{
	struct tls_context *context =
	    make_context(TLS_server_method(), identity, error);

	if (context == NULL)
		return NULL;
	SSL_CTX_set_client_hello_cb(context->ssl, require_protocol, NULL);
	SSL_CTX_set_alpn_select_cb(context->ssl, choose_protocol, NULL);
	if (!asks)
		return context;
	SSL_CTX_set_verify(context->ssl,
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	if (SSL_CTX_set1_client_sigalgs_list(context->ssl, TLS_CLIENT_PROOFS) !=
	    1) {
		fail("TLS cannot be prepared", error);
		tls_context_release(context);
		return NULL;
	}
	return context;
}

/* ---- a client's --------------------------------------------------------- */

/* Loads the authorities that may sign a server's certificate. */
static int
load_authority(SSL_CTX *ssl, const char *authority)
{
	if (strcmp(authority, "system") == 0)
		return SSL_CTX_set_default_verify_paths(ssl) == 1 ? 0 : -1;
	return SSL_CTX_load_verify_file(ssl, authority) == 1 ? 0 : -1;
}

/* Puts the reason why no authority was loaded into a message. The library's
 * own says neither the file nor what is wrong with it. */
static void
refuse_authority(const char *authority, char error[IDENTITY_ERROR])
{
	FILE *file;

	ERR_clear_error();
	if (strcmp(authority, "system") == 0) {
		snprintf(error, IDENTITY_ERROR,
		    "the authorities of this system cannot be read");
		return;
	}
	file = fopen(authority, "re");
	if (file == NULL || fgetc(file) == EOF)
		snprintf(error, IDENTITY_ERROR, "%.200s: %s", authority,
		    file != NULL && !ferror(file) ? "it is empty" :
						    strerror(errno));
	else
		snprintf(error, IDENTITY_ERROR,
		    "%.200s: there is no certificate in it (in PEM)",
		    authority);
	if (file != NULL)
		(void)fclose(file);
}

struct tls_context *
tls_context_client(const struct identity *identity, const char *authority,
    char error[IDENTITY_ERROR])
{
	struct tls_context *context =
	    make_context(TLS_client_method(), identity, error);

	if (context == NULL)
		return NULL;
	/* A client receives much and has few connections. */
	SSL_CTX_set_default_read_buffer_len(context->ssl, TLS_READ_AHEAD);
	(void)SSL_CTX_clear_mode(context->ssl, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER, NULL);
	/* Returns 0 for success, unlike its neighbours. */
	if (SSL_CTX_set_alpn_protos(context->ssl, TLS_ALPN, TLS_ALPN_SIZE) !=
	    0) {
		fail("TLS cannot be prepared", error);
	} else if (authority != NULL &&
	    load_authority(context->ssl, authority) != 0) {
		refuse_authority(authority, error);
	} else {
		return context;
	}
	tls_context_release(context);
	return NULL;
}

/* ---- before the sandbox ------------------------------------------------- */

/* Makes a handshake between two ends in memory, and sends a byte. */
static int
shake_hands(SSL *server, SSL *client)
{
	char byte = 0;
	bool is_complete = false;
	int tries;

	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	for (tries = 0; tries < 10 && !is_complete; tries++) {
		is_complete = SSL_do_handshake(client) == 1;
		is_complete = SSL_do_handshake(server) == 1 && is_complete;
	}
	return SSL_write(client, &byte, 1) == 1 &&
		SSL_read(server, &byte, 1) == 1 ?
	    0 :
	    -1;
}

static int
connect_in_memory(SSL *server, SSL *client)
{
	BIO *server_end, *client_end;

	if (server == NULL || client == NULL ||
	    BIO_new_bio_pair(&server_end, 0, &client_end, 0) != 1)
		return -1;
	SSL_set_bio(server, server_end, server_end);
	SSL_set_bio(client, client_end, client_end);
	return shake_hands(server, client);
}

int
tls_context_warm_up(char error[IDENTITY_ERROR])
{
	struct identity *identity;
	struct tls_context *server = NULL, *client = NULL;
	SSL *ends[2] = {NULL, NULL};
	int result = -1;

	/* Each thread keeps two generators of random bytes; those of this kind
	 * are smaller by half than those of the default, and have its strength.
	 * Without effect once a thread has some. */
	(void)RAND_set_DRBG_type(NULL, "HASH-DRBG", NULL, NULL, "SHA256");
	identity = identity_make(error);
	if (identity != NULL)
		server = tls_context_server(identity, true, error);
	if (server != NULL)
		client = tls_context_client(identity, NULL, error);
	if (client != NULL) {
		ends[0] = SSL_new(server->ssl);
		ends[1] = SSL_new(client->ssl);
		result = connect_in_memory(ends[0], ends[1]);
		if (result != 0)
			fail("TLS cannot be tried", error);
	}
	SSL_free(ends[0]);
	SSL_free(ends[1]);
	tls_context_release(client);
	tls_context_release(server);
	identity_free(identity);
	ERR_clear_error();
	return result;
}
