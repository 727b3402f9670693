/* Certificates of version 3 with keys of P-256. */

#include <sys/stat.h>

#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <check.h>

#include "tests/harness/authority.h"
#include "tests/harness/scratch.h"

static FILE *
create_file(const char *name, const char *ending)
{
	char file[64], path[SCRATCH_PATH];
	FILE *out;

	snprintf(file, sizeof(file), "outside/%s.%s", name, ending);
	out = fopen(scratch_path(path, file), "we");
	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(fchmod(fileno(out), 0600), 0);
	return out;
}

static void
write_certificate(X509 *certificate, const char *name, const char *ending)
{
	FILE *out = create_file(name, ending);

	ck_assert_int_eq(PEM_write_X509(out, certificate), 1);
	ck_assert_int_eq(fclose(out), 0);
}

static void
add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ck_assert_ptr_nonnull(extension);
	ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* Makes a certificate of key that is not signed yet. */
static X509 *
make_certificate(EVP_PKEY *key, const char *name, long from, long to)
{
	static long serial;
	X509 *certificate = X509_new();

	ck_assert_ptr_nonnull(certificate);
	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(certificate), from);
	X509_gmtime_adj(X509_getm_notAfter(certificate), to);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN",
	    MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_pubkey(certificate, key);
	return certificate;
}

void
authority_make(struct authority *authority, const char *name)
{
	X509 *certificate;

	authority->key = EVP_EC_gen("P-256");
	ck_assert_ptr_nonnull(authority->key);
	certificate = make_certificate(authority->key, name, -60, 24L * 3600);
	authority->certificate = certificate;
	X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
	add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
	ck_assert_int_gt(X509_sign(certificate, authority->key, EVP_sha256()),
	    0);
	write_certificate(certificate, name, "pem");
}

void
authority_sign(const struct authority *authority, const char *name,
    const struct authority_wish *wish)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate;
	FILE *out;

	ck_assert_ptr_nonnull(key);
	certificate = make_certificate(key, name, wish->from, wish->to);
	X509_set_issuer_name(certificate,
	    X509_get_subject_name(authority->certificate));
	add_extension(certificate, NID_subject_alt_name, wish->names);
	ck_assert_int_gt(X509_sign(certificate, authority->key, EVP_sha256()),
	    0);
	write_certificate(certificate, name, "crt");
	out = create_file(name, "key");
	ck_assert_int_eq(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL,
			     NULL),
	    1);
	ck_assert_int_eq(fclose(out), 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

void
authority_free(struct authority *authority)
{
	EVP_PKEY_free(authority->key);
	X509_free(authority->certificate);
}
