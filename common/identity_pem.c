/*
 * Reads keys and certificates out of PEM, with a message for each thing that
 * people put into such a file by mistake. Nothing is asked of a person: a key
 * under a passphrase is refused. No I/O.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/identity_pem.h"

/* Gives no passphrase, and notes that one was wanted. */
static int
give_no_passphrase(char *buffer, int size, int writes, void *wanted)
{
	(void)buffer;
	(void)size;
	(void)writes;
	*(bool *)wanted = true;
	return -1;
}

static bool
holds(const struct key_file *file, const char *text)
{
	return memmem(file->bytes, file->len, text, strlen(text)) != NULL;
}

/* Says why a file has no key. */
static const char *
explain_no_key(const struct key_file *file, bool has_passphrase)
{
	if (has_passphrase)
		return "its key is under a passphrase, which is not asked for; "
		       "openssl-pkey(1) can write it without";
	if (holds(file, "-----BEGIN OPENSSH PRIVATE KEY-----"))
		return "it is a key of ssh, which is written in another way; "
		       "a key for TLS is needed, in PEM";
	if (holds(file, "PRIVATE KEY-----"))
		return "its private key is damaged";
	if (holds(file, "-----BEGIN CERTIFICATE-----"))
		return "it holds a certificate, but no private key";
	if (holds(file, "-----BEGIN PUBLIC KEY-----"))
		return "it holds a public key, but no private key";
	return "there is no private key in it (in PEM)";
}

EVP_PKEY *
identity_pem_key(const struct key_file *file, const char *path,
    char error[KEY_FILE_ERROR])
{
	bool wanted = false;
	BIO *bio = BIO_new_mem_buf(file->bytes, (int)file->len);
	EVP_PKEY_CTX *check = NULL;
	EVP_PKEY *key;

	key = bio == NULL ?
	    NULL :
	    PEM_read_bio_PrivateKey(bio, NULL, give_no_passphrase, &wanted);
	BIO_free(bio);
	if (key == NULL)
		key_file_fail(error, path, "%s", explain_no_key(file, wanted));
	else {
		check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
		if (check == NULL || EVP_PKEY_pairwise_check(check) != 1) {
			key_file_fail(error, path,
			    "its private key does not belong to its public "
			    "key");
			EVP_PKEY_free(key);
			key = NULL;
		}
	}
	EVP_PKEY_CTX_free(check);
	ERR_clear_error();
	return key;
}

/* Returns whether a key is on the curve P-256, by the name of the curve. */
static bool
is_p256(const EVP_PKEY *key)
{
	char group[16];
	int is_explicit = 0;

	return EVP_PKEY_is_a(key, "EC") == 1 &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	    strcmp(group, SN_X9_62_prime256v1) == 0 &&
	    EVP_PKEY_get_int_param(key,
		OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
		&is_explicit) == 1 &&
	    is_explicit == 0;
}

bool
identity_pem_is_ours(const EVP_PKEY *key, const char *path,
    char error[KEY_FILE_ERROR])
{
	const char *type = EVP_PKEY_get0_type_name(key);
	bool is_ours = EVP_PKEY_is_a(key, "ED25519") == 1 || is_p256(key);

	if (!is_ours)
		key_file_fail(error, path,
		    "its key is of the type %.20s; P-256 (named) or Ed25519 "
		    "is needed, as of 'openssl genpkey -algorithm ed25519'",
		    type != NULL ? type : "unknown");
	ERR_clear_error();
	return is_ours;
}

/* Reads the next certificate. Returns 1, 0 at the end, or -1. */
static int
read_certificate(BIO *bio, X509 **certificate)
{
	int why;

	*certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	if (*certificate != NULL)
		return X509_get0_pubkey(*certificate) != NULL ? 1 : -1;
	why = ERR_GET_REASON(ERR_peek_last_error());
	ERR_clear_error();
	return why == PEM_R_NO_START_LINE ? 0 : -1;
}

STACK_OF(X509) *
    identity_pem_chain(const struct key_file *file, const char *path,
	char error[KEY_FILE_ERROR])
{
	BIO *bio = BIO_new_mem_buf(file->bytes, (int)file->len);
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *certificate = NULL;
	int result = -1;

	while (bio != NULL && chain != NULL &&
	    (result = read_certificate(bio, &certificate)) == 1)
		if (sk_X509_push(chain, certificate) == 0) {
			result = -1;
			break;
		}
	BIO_free(bio);
	if (result == 0 && sk_X509_num(chain) > 0)
		return chain;
	if (result == 0)
		key_file_fail(error, path,
		    "there is no certificate in it (in PEM)");
	else {
		X509_free(certificate);
		key_file_fail(error, path, "certificate %d in it is damaged",
		    sk_X509_num(chain) + 1);
	}
	sk_X509_pop_free(chain, X509_free);
	ERR_clear_error();
	return NULL;
}

int
identity_pem_write(struct key_file *text, const EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes;
	long len;

	*text = (struct key_file){0};
	if (bio != NULL &&
	    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) ==
		1 &&
	    (len = BIO_get_mem_data(bio, &bytes)) > 0 &&
	    (text->bytes = malloc((size_t)len)) != NULL) {
		memcpy(text->bytes, bytes, (size_t)len);
		text->len = (size_t)len;
	}
	/* Freeing overwrites its bytes. */
	BIO_free(bio);
	ERR_clear_error();
	return text->len > 0 ? 0 : -1;
}
