/*
 * Key pairs: their names as openssl(1) has them, the envelope, each thing that
 * is no usable key file, and the key of an authority's certificate.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "common/identity.h"
#include "tests/unit/common/keys.h"
#include "tests/unit/unit.h"

static char folder[UNIT_PATH];
static char path[UNIT_PATH];
static char error[IDENTITY_ERROR];

static void
set_up(void)
{
	unit_folder(folder);
	unit_path(path, folder, "key.pem");
}

static void
write_file(const char *name, const char *text)
{
	char file[UNIT_PATH];

	unit_write(folder, name, text, strlen(text));
	unit_path(file, folder, name);
	ck_assert_int_eq(chmod(file, 0600), 0);
}

static struct identity *
read_key(void)
{
	struct identity *identity;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	identity = identity_read(fd, path, false, error);
	close(fd);
	return identity;
}

static struct identity *
read_authority(const char *cert)
{
	int fd = open(cert, O_RDONLY | O_CLOEXEC);
	int key_fd = open(path, O_RDONLY | O_CLOEXEC);
	struct identity *identity;

	ck_assert(fd >= 0 && key_fd >= 0);
	identity = identity_read_authority(fd, cert, key_fd, path, error);
	close(key_fd);
	close(fd);
	return identity;
}

/* Asserts that TLS would present this identity, and that no error is left. */
static void
expect_usable(const struct identity *identity, int chain)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	STACK_OF(X509) *others = NULL;
	struct key_name name;
	X509 *certificate;

	ck_assert_ptr_nonnull(context);
	ck_assert_int_eq(identity_use(identity, context), 0);
	certificate = SSL_CTX_get0_certificate(context);
	ck_assert_int_eq(identity_name_certificate(certificate, &name), 0);
	ck_assert(key_name_equal(&name, identity_name(identity)));
	ck_assert_int_lt(X509_cmp_current_time(
			     X509_get0_notBefore(certificate)),
	    0);
	ck_assert_int_gt(X509_cmp_current_time(X509_get0_notAfter(certificate)),
	    0);
	ck_assert_int_eq(X509_verify(certificate,
			     X509_get0_pubkey(certificate)),
	    1);
	ck_assert_int_eq(SSL_CTX_get0_chain_certs(context, &others), 1);
	ck_assert_int_eq(others == NULL ? 0 : sk_X509_num(others), chain);
	SSL_CTX_free(context);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}

START_TEST(test_made)
{
	struct identity *one = identity_make(error), *two;

	ck_assert_ptr_nonnull(one);
	expect_usable(one, 0);
	two = identity_make(error);
	ck_assert(!key_name_equal(identity_name(one), identity_name(two)));
	identity_free(one);
	identity_free(two);
	identity_free(NULL);
}
END_TEST

START_TEST(test_reads)
{
	static const struct {
		const char *text;
		const char *name;
	} rows[] = {
	    {KEYS_ED25519, KEYS_ED25519_NAME},
	    {KEYS_P256, KEYS_P256_NAME},
	    {KEYS_P256_TRADITIONAL, NULL},
	    {"a comment\n" KEYS_P256, KEYS_P256_NAME},
	    {KEYS_P256_CERTIFICATE KEYS_P256, KEYS_P256_NAME},
	    {KEYS_ED25519 KEYS_P256, KEYS_ED25519_NAME},
	};
	struct identity *identity;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		write_file("key.pem", rows[i].text);
		identity = read_key();
		ck_assert_msg(identity != NULL, "%zu: %s", i, error);
		if (rows[i].name != NULL)
			ck_assert_str_eq(identity_name(identity)->letters,
			    rows[i].name);
		expect_usable(identity, 0);
		identity_free(identity);
	}
}
END_TEST

/* Other programs end lines by CR LF, leave out the last end, or begin with a
 * mark of UTF-8. */
START_TEST(test_line_ends)
{
	static const char mark[] = "\357\273\277";
	char text[2 * sizeof(KEYS_P256)];
	const char *from = KEYS_P256;
	struct identity *identity;
	size_t n = strlen(mark);

	memcpy(text, mark, n);
	for (; *from != '\0'; from++) {
		if (*from == '\n')
			text[n++] = '\r';
		text[n++] = *from;
	}
	unit_write(folder, "key.pem", text, n - 2);
	ck_assert_int_eq(chmod(path, 0600), 0);
	identity = read_key();
	ck_assert_msg(identity != NULL, "%s", error);
	ck_assert_str_eq(identity_name(identity)->letters, KEYS_P256_NAME);
	identity_free(identity);
}
END_TEST

/* Browsers refuse a second certificate with the serial number of another. */
START_TEST(test_serials)
{
	struct identity *one = identity_make(error),
			*two = identity_make(error);
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	ASN1_INTEGER *serial;

	ck_assert_int_eq(identity_use(one, context), 0);
	serial = ASN1_INTEGER_dup(
	    X509_get0_serialNumber(SSL_CTX_get0_certificate(context)));
	ck_assert_int_eq(identity_use(two, context), 0);
	ck_assert_int_ne(ASN1_INTEGER_cmp(serial,
			     X509_get0_serialNumber(
				 SSL_CTX_get0_certificate(context))),
	    0);
	ASN1_INTEGER_free(serial);
	SSL_CTX_free(context);
	identity_free(one);
	identity_free(two);
}
END_TEST

/* Writes an RSA key. */
static void
write_rsa(const char *name)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	ck_assert_int_eq(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL,
			     NULL),
	    1);
	len = BIO_get_mem_data(bio, &text);
	unit_write(folder, name, text, (size_t)len);
	BIO_free(bio);
	EVP_PKEY_free(key);
}

static void
expect_refusal(const char *why)
{
	ck_assert_ptr_null(read_key());
	ck_assert_msg(strstr(error, "/key.pem: ") != NULL &&
		strstr(error, why) != NULL,
	    "%s", error);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}

START_TEST(test_refuses)
{
	static const struct {
		const char *text;
		const char *why;
	} rows[] = {
	    {"", "it is empty"},
	    {"garbage\n", "no private key in it"},
	    {"\n\n\n", "no private key in it"},
	    {"-----BEGIN PRIVATE KEY-----\n", "its private key is damaged"},
	    {"-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n"
	     "-----END PRIVATE KEY-----\n",
		"its private key is damaged"},
	    {"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n"
	     "-----END PUBLIC KEY-----\n",
		"it holds a public key"},
	    {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n"
	     "-----END OPENSSH PRIVATE KEY-----\n",
		"it is a key of ssh"},
	    {KEYS_P256_CERTIFICATE, "it holds a certificate"},
	    {KEYS_ENCRYPTED, "its key is under a passphrase"},
	    {KEYS_ENCRYPTED_TRADITIONAL, "its key is under a passphrase"},
	    {KEYS_P384, "of the type EC; P-256 (named) or Ed25519"},
	    {KEYS_EXPLICIT, "of the type EC; P-256 (named) or Ed25519"},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		write_file("key.pem", rows[i].text);
		expect_refusal(rows[i].why);
	}
	write_rsa("key.pem");
	expect_refusal("of the type RSA");
	ck_assert_int_eq(chmod(path, 0640), 0);
	expect_refusal("its group can read");
}
END_TEST

/* A key file that was cut anywhere, or has another byte anywhere, gives a
 * message or a key, and the right key only if it is whole. */
START_TEST(test_damaged)
{
	char text[sizeof(KEYS_P256)];
	struct identity *identity;
	size_t len = sizeof(text) - 1, i;

	memcpy(text, KEYS_P256, sizeof(text));
	for (i = 0; i < len - 1; i++) {
		unit_write(folder, "key.pem", text, i);
		(void)chmod(path, 0600);
		identity = read_key();
		ck_assert_msg(identity == NULL, "cut at %zu", i);
	}
	for (i = 0; i < len; i += 3) {
		text[i] ^= 1;
		unit_write(folder, "key.pem", text, len);
		identity = read_key();
		text[i] ^= 1;
		ck_assert_uint_eq(ERR_peek_error(), 0);
		if (identity != NULL)
			expect_usable(identity, 0);
		identity_free(identity);
	}
}
END_TEST

START_TEST(test_makes_once)
{
	char deep[UNIT_PATH];
	struct identity *one, *two;
	bool made;

	unit_path(deep, folder, "new/folders/key.pem");
	one = identity_read_or_make(deep, &made, error);
	ck_assert_msg(one != NULL, "%s", error);
	ck_assert(made);
	expect_usable(one, 0);
	two = identity_read_or_make(deep, &made, error);
	ck_assert_ptr_nonnull(two);
	ck_assert(!made);
	ck_assert(key_name_equal(identity_name(one), identity_name(two)));
	identity_free(one);
	identity_free(two);
	/* A file that exists is never replaced. */
	write_file("key.pem", "garbage\n");
	ck_assert_ptr_null(identity_read_or_make(path, &made, error));
	ck_assert(!made);
	ck_assert_ptr_nonnull(strstr(error, "no private key in it"));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("nowhere", path), 0);
	ck_assert_ptr_null(identity_read_or_make(path, &made, error));
	ck_assert_ptr_nonnull(strstr(error, "No such file"));
}
END_TEST

START_TEST(test_authority)
{
	static const struct {
		const char *certificate;
		const char *key;
		int chain;
		const char *why; /* NULL: accepted */
	} rows[] = {
	    {KEYS_P256_CERTIFICATE, KEYS_P256, 0, NULL},
	    {KEYS_P256_CERTIFICATE KEYS_P256_CERTIFICATE, KEYS_P256, 1, NULL},
	    {KEYS_P256 KEYS_P256_CERTIFICATE, KEYS_P256, 0, NULL},
	    {KEYS_P256_CERTIFICATE, KEYS_ED25519, 0,
		"/key.pem: it is not the key of the certificate"},
	    {KEYS_P256_CERTIFICATE, "x", 0,
		"/key.pem: there is no private key"},
	    {KEYS_P256, KEYS_P256, 0, "/cert.pem: there is no certificate"},
	    {KEYS_P256_CERTIFICATE "-----BEGIN CERTIFICATE-----\nMIIB\n"
				   "-----END CERTIFICATE-----\n",
		KEYS_P256, 0, "/cert.pem: certificate 2 in it is damaged"},
	    {"", KEYS_P256, 0, "/cert.pem: it is empty"},
	};
	struct identity *identity;
	char cert[UNIT_PATH];
	size_t i;

	unit_path(cert, folder, "cert.pem");
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		write_file("cert.pem", rows[i].certificate);
		write_file("key.pem", rows[i].key);
		/* Its group may read the key, everybody the certificate. */
		ck_assert_int_eq(chmod(path, 0640), 0);
		ck_assert_int_eq(chmod(cert, 0644), 0);
		identity = read_authority(cert);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		if (rows[i].why != NULL) {
			ck_assert_ptr_null(identity);
			ck_assert_msg(strstr(error, rows[i].why) != NULL, "%s",
			    error);
			continue;
		}
		ck_assert_msg(identity != NULL, "%s", error);
		ck_assert_str_eq(identity_name(identity)->letters,
		    KEYS_P256_NAME);
		expect_usable(identity, rows[i].chain);
		identity_free(identity);
	}
	write_file("cert.pem", KEYS_P256_CERTIFICATE);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_ptr_null(read_authority(cert));
	ck_assert_ptr_nonnull(strstr(error, "/key.pem: every user can read"));
}
END_TEST

/* An authority may have signed a key of any type. */
START_TEST(test_authority_rsa)
{
	struct identity *identity;
	char cert[UNIT_PATH];

	unit_path(cert, folder, "cert.pem");
	write_rsa("key.pem");
	ck_assert_int_eq(chmod(path, 0600), 0);
	write_file("cert.pem", KEYS_P256_CERTIFICATE);
	identity = read_authority(cert);
	ck_assert_ptr_null(identity);
	ck_assert_ptr_nonnull(strstr(error, "not the key of the certificate"));
}
END_TEST

Suite *
identity_suite(void)
{
	Suite *suite = suite_create("identity");
	TCase *tcase = unit_case(suite, "identity");

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, test_made);
	tcase_add_test(tcase, test_reads);
	tcase_add_test(tcase, test_line_ends);
	tcase_add_test(tcase, test_serials);
	tcase_add_test(tcase, test_refuses);
	tcase_add_test(tcase, test_damaged);
	tcase_add_test(tcase, test_makes_once);
	tcase_add_test(tcase, test_authority);
	tcase_add_test(tcase, test_authority_rsa);
	return suite;
}
