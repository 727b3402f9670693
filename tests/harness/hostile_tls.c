/*
 * The library tells the secret of the traffic by the callback that programs
 * like Wireshark use; keys follow from it (RFC 8446, 7.1 to 7.3 and 5.2).
 */

#include <sys/socket.h>
#include <sys/time.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/ssl.h>

#include <check.h>

#include "tests/harness/hostile_tls.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	HEADER = 5, /* bytes of a record's header */
	TAG = 16,
	KEY = 16,
	NONCE = 12,
};

/* Keeps the secret of our direction. */
static void
learn_secret(const SSL *ssl, const char *line)
{
	static const char wanted[] = "CLIENT_TRAFFIC_SECRET_0 ";
	struct hostile_tls *hostile = SSL_get_app_data(ssl);
	const char *hex;
	unsigned i, byte;

	if (strncmp(line, wanted, sizeof(wanted) - 1) != 0)
		return;
	hex = strchr(line + sizeof(wanted) - 1, ' ');
	for (i = 0; hex != NULL && i < HOSTILE_SECRET; i++) {
		if (sscanf(hex + 1 + (size_t)2 * i, "%2x", &byte) != 1)
			break;
		hostile->secret[i] = (uint8_t)byte;
	}
}

/* HKDF-Expand-Label without a context. */
static void
expand_label(const uint8_t *secret, const char *label, uint8_t *out, size_t len)
{
	uint8_t info[64];
	size_t n = strlen(label);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);

	info[0] = 0;
	info[1] = (uint8_t)len;
	info[2] = (uint8_t)(6 + n);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, n);
	info[9 + n] = 0;
	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(EVP_PKEY_derive_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_hkdf_mode(ctx,
			     EVP_PKEY_HKDEF_MODE_EXPAND_ONLY),
	    1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha256()), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set1_hkdf_key(ctx, secret,
			     HOSTILE_SECRET),
	    1);
	ck_assert_int_eq(EVP_PKEY_CTX_add1_hkdf_info(ctx, info, (int)(10 + n)),
	    1);
	ck_assert_int_eq(EVP_PKEY_derive(ctx, out, &len), 1);
	EVP_PKEY_CTX_free(ctx);
}

/* Returns a client that has not sent anything yet. */
static SSL *
make_client(void)
{
	static const unsigned char protocol[] = "\x0a"
						"fileserv/1";
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_keylog_callback(ctx, learn_secret);
	ck_assert_int_eq(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION), 1);
	ck_assert_int_eq(SSL_CTX_set_ciphersuites(ctx,
			     "TLS_AES_128_GCM_SHA256"),
	    1);
	ssl = SSL_new(ctx);
	ck_assert_ptr_nonnull(ssl);
	SSL_CTX_free(ctx);
	ck_assert_int_eq(SSL_set_alpn_protos(ssl, protocol,
			     sizeof(protocol) - 1),
	    0);
	SSL_set_connect_state(ssl);
	return ssl;
}

size_t
hostile_tls_hello(uint8_t bytes[HOSTILE_HELLO_MAX])
{
	SSL *ssl = make_client();
	BIO *out = BIO_new(BIO_s_mem());
	int len;

	ck_assert_ptr_nonnull(out);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
	ck_assert_int_eq(SSL_do_handshake(ssl), -1);
	len = BIO_read(out, bytes, HOSTILE_HELLO_MAX);
	ck_assert_int_gt(len, 0);
	SSL_free(ssl);
	return (size_t)len;
}

void
hostile_tls_open(struct hostile_tls *hostile, uint16_t port)
{
	struct timeval limit = {.tv_sec = WAIT_LIMIT / CLOCK_SEC};

	/* The library writes alerts by write(2). */
	signal(SIGPIPE, SIG_IGN);
	memset(hostile, 0, sizeof(*hostile));
	hostile->fd = wire_connect(port);
	ck_assert_int_eq(setsockopt(hostile->fd, SOL_SOCKET, SO_RCVTIMEO,
			     &limit, sizeof(limit)),
	    0);
	hostile->ssl = make_client();
	SSL_set_app_data(hostile->ssl, hostile);
	ck_assert_int_eq(SSL_set_fd(hostile->ssl, hostile->fd), 1);
	ck_assert_msg(SSL_do_handshake(hostile->ssl) == 1, "no handshake: %s",
	    ERR_reason_error_string(ERR_peek_error()));
}

size_t
hostile_tls_build(struct hostile_tls *hostile, uint8_t type, const void *bytes,
    size_t len, uint8_t *record)
{
	uint8_t key[KEY], nonce[NONCE];
	size_t whole = len + 1 + TAG, i;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	ck_assert_uint_le(HEADER + whole, HOSTILE_RECORD);
	expand_label(hostile->secret, "key", key, sizeof(key));
	expand_label(hostile->secret, "iv", nonce, sizeof(nonce));
	for (i = 0; i < sizeof(hostile->sequence); i++)
		nonce[NONCE - 1 - i] ^= (uint8_t)(hostile->sequence >> (8 * i));
	hostile->sequence++;
	memcpy(record, "\x17\x03\x03", 3);
	record[3] = (uint8_t)(whole >> 8);
	record[4] = (uint8_t)whole;
	memmove(record + HEADER, bytes, len);
	record[HEADER + len] = type;

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key,
			     nonce),
	    1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, NULL, &n, record, HEADER), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, record + HEADER, &n,
			     record + HEADER, (int)len + 1),
	    1);
	ck_assert_int_eq(EVP_EncryptFinal_ex(ctx, record + HEADER + len + 1,
			     &n),
	    1);
	ck_assert_int_eq(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG,
			     record + HEADER + len + 1),
	    1);
	EVP_CIPHER_CTX_free(ctx);
	return HEADER + whole;
}

void
hostile_tls_send(struct hostile_tls *hostile, uint8_t type, const void *bytes,
    size_t len)
{
	uint8_t record[HOSTILE_RECORD];

	wire_send(hostile->fd, record,
	    hostile_tls_build(hostile, type, bytes, len, record));
}

void
hostile_tls_next_key(struct hostile_tls *hostile)
{
	uint8_t next[HOSTILE_SECRET];

	expand_label(hostile->secret, "traffic upd", next, sizeof(next));
	memcpy(hostile->secret, next, sizeof(next));
	hostile->sequence = 0;
}

bool
hostile_tls_read(struct hostile_tls *hostile, void *bytes, size_t len)
{
	uint8_t *to = bytes;
	size_t done = 0, some;

	while (done < len) {
		ERR_clear_error();
		if (SSL_read_ex(hostile->ssl, to + done, len - done, &some) !=
		    1)
			return false;
		done += some;
	}
	return true;
}

void
hostile_tls_close(struct hostile_tls *hostile)
{
	SSL_free(hostile->ssl);
	wire_reset(hostile->fd);
}
