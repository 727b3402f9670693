#ifndef HARNESS_KEY_PAIR_H
#define HARNESS_KEY_PAIR_H

/*
 * A client's key pair (P-256) with a certificate around it, made by OpenSSL and
 * by no code of the programs. Failures fail the test.
 */

struct evp_pkey_st;
struct x509_st;

enum {
	KEY_PAIR_NAME = 33 /* bytes of a key's name, with a NUL */
};

struct key_pair {
	struct evp_pkey_st *key;
	struct x509_st *certificate;
	char name[KEY_PAIR_NAME]; /* as the programs show it */
};

void key_pair_make(struct key_pair *pair);

/* Writes the private key to a PEM file in the scratch folder, which its owner
 * alone can read. */
void key_pair_write(const struct key_pair *pair, const char *file);

void key_pair_free(struct key_pair *pair);

/* Prints the name of a certificate's key by PROTOCOL.md. */
void key_pair_print_name(const struct x509_st *certificate,
    char name[KEY_PAIR_NAME]);

#endif
