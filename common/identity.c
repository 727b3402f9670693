/*
 * Key pairs and their certificates. A certificate that this program makes is
 * only the envelope that TLS wants for a key: it is signed by the key itself,
 * made anew at each start and never expires. Peers compare the name of the key.
 * common/key_file.c reads and makes the files, common/identity_pem.c
 * understands their text.
 */

#include <sys/endian.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "common/identity.h"
#include "common/identity_pem.h"
#include "common/key_file.h"

struct identity {
	EVP_PKEY *key;
	X509 *certificate;
	STACK_OF(X509) * chain; /* of an authority, or NULL */
	struct key_name name;
};

_Static_assert(IDENTITY_ERROR == KEY_FILE_ERROR, "one size of a message");

void
identity_free(struct identity *identity)
{
	if (identity == NULL)
		return;
	EVP_PKEY_free(identity->key);
	X509_free(identity->certificate);
	sk_X509_pop_free(identity->chain, X509_free);
	free(identity);
}

const struct key_name *
identity_name(const struct identity *identity)
{
	return &identity->name;
}

int
identity_use(const struct identity *identity, SSL_CTX *context)
{
	int used = SSL_CTX_use_cert_and_key(context, identity->certificate,
	    identity->key, identity->chain, 1);

	ERR_clear_error();
	return used == 1 ? 0 : -1;
}

int
identity_name_certificate(const X509 *certificate, struct key_name *name)
{
	uint8_t hash[KEY_NAME_HASH];
	unsigned char *info = NULL;
	int len, result = -1;

	/* X509_pubkey_digest would leave out the type of the key. */
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &info);
	if (len > 0 &&
	    EVP_Digest(info, (size_t)len, hash, NULL, EVP_sha256(), NULL) ==
		1) {
		key_name_of(name, hash);
		result = 0;
	}
	OPENSSL_free(info);
	ERR_clear_error();
	return result;
}

/* Gives each key another serial number: browsers refuse equal ones. */
static bool
set_serial(X509 *certificate)
{
	uint8_t hash[KEY_NAME_HASH];

	if (X509_pubkey_digest(certificate, EVP_sha256(), hash, NULL) != 1)
		return false;
	return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate),
		   be64dec(hash)) == 1;
}

/* Fills a certificate of a key and signs it by the key. */
static bool
fill_envelope(X509 *certificate, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	const EVP_MD *md = EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();

	/* The last second of 9999 means: no end (RFC 5280, 4.1.2.5). */
	return X509_set_version(certificate, X509_VERSION_3) == 1 &&
	    ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate),
		"20000101000000Z") == 1 &&
	    ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate),
		"99991231235959Z") == 1 &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		(const unsigned char *)"fileserv", -1, -1, 0) == 1 &&
	    X509_set_issuer_name(certificate, name) == 1 &&
	    X509_set_pubkey(certificate, key) == 1 && set_serial(certificate) &&
	    X509_sign(certificate, key, md) != 0;
}

/* Makes an identity of a key, which it takes over; NULL is an error. */
static struct identity *
make_of_key(EVP_PKEY *key, const char *path, char error[IDENTITY_ERROR])
{
	struct identity *identity = calloc(1, sizeof(*identity));

	if (identity == NULL) {
		EVP_PKEY_free(key);
		key_file_fail(error, path, "out of memory");
		return NULL;
	}
	identity->key = key;
	identity->certificate = X509_new();
	if (key != NULL && identity->certificate != NULL &&
	    fill_envelope(identity->certificate, key) &&
	    identity_name_certificate(identity->certificate, &identity->name) ==
		0)
		return identity;
	ERR_clear_error();
	key_file_fail(error, path, "OpenSSL cannot make a certificate of it");
	identity_free(identity);
	return NULL;
}

static EVP_PKEY *
make_key(void)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

	ERR_clear_error();
	return key;
}

struct identity *
identity_make(char error[IDENTITY_ERROR])
{
	return make_of_key(make_key(), "a new key", error);
}

struct identity *
identity_read(int fd, const char *path, bool group_reads,
    char error[IDENTITY_ERROR])
{
	struct key_file file;
	EVP_PKEY *key;

	if (key_file_read(&file, fd, path,
		group_reads ? KEY_FILE_GROUP : KEY_FILE_OWNER, error) != 0)
		return NULL;
	key = identity_pem_key(&file, path, error);
	key_file_free(&file);
	if (key == NULL)
		return NULL;
	if (!identity_pem_is_ours(key, path, error)) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return make_of_key(key, path, error);
}

/* Makes a key and its file, unless another program makes it first. */
static int
make_file(const char *path, bool *made, char error[IDENTITY_ERROR])
{
	EVP_PKEY *key = make_key();
	struct key_file text;
	int result = -1;

	if (key == NULL || identity_pem_write(&text, key) != 0)
		key_file_fail(error, path, "OpenSSL cannot make a key for it");
	else {
		result = key_file_make(path, text.bytes, text.len, made, error);
		key_file_free(&text);
	}
	EVP_PKEY_free(key);
	return result;
}

struct identity *
identity_read_or_make(const char *path, bool *made, char error[IDENTITY_ERROR])
{
	struct identity *identity;
	int fd = key_file_open(path);

	*made = false;
	if (fd < 0 && errno == ENOENT) {
		if (make_file(path, made, error) != 0)
			return NULL;
		fd = key_file_open(path);
	}
	if (fd < 0) {
		key_file_fail(error, path, "%s", strerror(errno));
		return NULL;
	}
	identity = identity_read(fd, path, false, error);
	close(fd);
	return identity;
}

struct identity *
identity_read_authority(int cert_fd, const char *cert_path, int key_fd,
    const char *key_path, char error[IDENTITY_ERROR])
{
	struct identity *identity = calloc(1, sizeof(*identity));
	struct key_file file;

	if (identity == NULL) {
		key_file_fail(error, cert_path, "out of memory");
		return NULL;
	}
	if (key_file_read(&file, cert_fd, cert_path, KEY_FILE_ALL, error) != 0)
		goto fail;
	identity->chain = identity_pem_chain(&file, cert_path, error);
	key_file_free(&file);
	if (identity->chain == NULL)
		goto fail;
	identity->certificate = sk_X509_shift(identity->chain);
	if (key_file_read(&file, key_fd, key_path, KEY_FILE_GROUP, error) != 0)
		goto fail;
	identity->key = identity_pem_key(&file, key_path, error);
	key_file_free(&file);
	if (identity->key == NULL)
		goto fail;
	if (X509_check_private_key(identity->certificate, identity->key) != 1) {
		key_file_fail(error, key_path,
		    "it is not the key of the certificate");
		goto fail;
	}
	if (identity_name_certificate(identity->certificate, &identity->name) ==
	    0)
		return identity;
	key_file_fail(error, cert_path, "OpenSSL cannot use its public key");
fail:
	ERR_clear_error();
	identity_free(identity);
	return NULL;
}
