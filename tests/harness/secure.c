#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <check.h>

#include "tests/harness/key_pair.h"
#include "tests/harness/secure.h"
#include "tests/harness/wire.h"

/* Any certificate will do: the tests compare keys themselves. */
static int
accept_any(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

void
secure_connect(struct secure *secure, uint16_t port)
{
	const struct secure_options usual = {.protocol = "fileserv/1"};
	int alert = secure_begin(secure, wire_connect(port), &usual);

	ck_assert_msg(alert == 0, "alert %d", alert);
}

static void
set_protocol(SSL_CTX *context, const char *protocol)
{
	unsigned char bytes[32];
	size_t len = strlen(protocol);

	ck_assert_uint_lt(len, sizeof(bytes));
	bytes[0] = (unsigned char)len;
	memcpy(bytes + 1, protocol, len);
	ck_assert_int_eq(SSL_CTX_set_alpn_protos(context, bytes,
			     (unsigned int)len + 1),
	    0);
}

/* Returns the alert for which a call has failed. */
static int
find_alert(void)
{
	int reason = ERR_GET_REASON(ERR_peek_last_error());

	ck_assert_msg(reason > SSL_AD_REASON_OFFSET, "no alert: %s",
	    ERR_reason_error_string(ERR_peek_last_error()));
	return reason - SSL_AD_REASON_OFFSET;
}

int
secure_begin(struct secure *secure, int fd,
    const struct secure_options *options)
{
	secure->fd = fd;
	secure->context = SSL_CTX_new(TLS_client_method());
	ck_assert_ptr_nonnull(secure->context);
	SSL_CTX_set_verify(secure->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(secure->context, accept_any, NULL);
	if (options->old)
		SSL_CTX_set_max_proto_version(secure->context, TLS1_2_VERSION);
	if (options->protocol != NULL)
		set_protocol(secure->context, options->protocol);
	if (options->key != NULL) {
		ck_assert_int_eq(SSL_CTX_use_certificate(secure->context,
				     options->key->certificate),
		    1);
		ck_assert_int_eq(SSL_CTX_use_PrivateKey(secure->context,
				     options->key->key),
		    1);
	}
	secure->ssl = SSL_new(secure->context);
	ck_assert_ptr_nonnull(secure->ssl);
	SSL_set_fd(secure->ssl, fd);
	ERR_clear_error();
	return SSL_connect(secure->ssl) == 1 ? 0 : find_alert();
}

int
secure_read_alert(struct secure *secure)
{
	char byte;

	ERR_clear_error();
	ck_assert_int_le(SSL_read(secure->ssl, &byte, 1), 0);
	return find_alert();
}

void
secure_key(const struct secure *secure, char text[KEY_PAIR_NAME])
{
	X509 *certificate = SSL_get1_peer_certificate(secure->ssl);

	key_pair_print_name(certificate, text);
	X509_free(certificate);
}

void
secure_send(struct secure *secure, const void *bytes, size_t len)
{
	ck_assert_int_eq(SSL_write(secure->ssl, bytes, (int)len), (int)len);
}

void
secure_read(struct secure *secure, void *bytes, size_t len)
{
	size_t done = 0;
	int got;

	while (done < len) {
		got = SSL_read(secure->ssl, (char *)bytes + done,
		    (int)(len - done));
		ck_assert_msg(got > 0, "%d after %zu of %zu bytes",
		    SSL_get_error(secure->ssl, got), done, len);
		done += (size_t)got;
	}
}

void
secure_expect_end(struct secure *secure)
{
	char byte;

	ck_assert_int_eq(SSL_read(secure->ssl, &byte, 1), 0);
	ck_assert_int_eq(SSL_get_error(secure->ssl, 0), SSL_ERROR_ZERO_RETURN);
}

void
secure_close(struct secure *secure)
{
	SSL_free(secure->ssl);
	SSL_CTX_free(secure->context);
	close(secure->fd);
}
