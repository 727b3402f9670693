/* key_pair_print_name follows RFC 4648 and PROTOCOL.md, not
 * common/key_name.c. */

#include <sys/stat.h>

#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <check.h>

#include "tests/harness/key_pair.h"
#include "tests/harness/scratch.h"

void
key_pair_print_name(const X509 *certificate, char name[KEY_PAIR_NAME])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char hash[EVP_MAX_MD_SIZE], *bytes = NULL;
	unsigned bit, value, i, used = 0;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);

	ck_assert_int_gt(len, 0);
	EVP_Digest(bytes, (size_t)len, hash, NULL, EVP_sha256(), NULL);
	for (i = 0; i < 26; i++) {
		for (value = 0, bit = 5 * i; bit < 5 * i + 5; bit++)
			value =
			    2 * value + (hash[bit / 8] >> (7 - bit % 8)) % 2;
		if (i > 0 && i % 4 == 0)
			name[used++] = '-';
		name[used++] = letters[value];
	}
	name[used] = '\0';
	OPENSSL_free(bytes);
}

void
key_pair_make(struct key_pair *pair)
{
	X509_NAME *subject;

	pair->key = EVP_EC_gen("P-256");
	pair->certificate = X509_new();
	ck_assert_ptr_nonnull(pair->key);
	ck_assert_ptr_nonnull(pair->certificate);
	X509_set_version(pair->certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(pair->certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(pair->certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(pair->certificate), 24L * 60 * 60);
	subject = X509_get_subject_name(pair->certificate);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(pair->certificate, subject);
	X509_set_pubkey(pair->certificate, pair->key);
	ck_assert_int_gt(X509_sign(pair->certificate, pair->key, EVP_sha256()),
	    0);
	key_pair_print_name(pair->certificate, pair->name);
}

void
key_pair_write(const struct key_pair *pair, const char *file)
{
	char path[SCRATCH_PATH];
	FILE *out = fopen(scratch_path(path, file), "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(fchmod(fileno(out), 0600), 0);
	ck_assert_int_eq(PEM_write_PrivateKey(out, pair->key, NULL, NULL, 0,
			     NULL, NULL),
	    1);
	ck_assert_int_eq(fclose(out), 0);
}

void
key_pair_free(struct key_pair *pair)
{
	EVP_PKEY_free(pair->key);
	X509_free(pair->certificate);
}
