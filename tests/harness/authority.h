#ifndef HARNESS_AUTHORITY_H
#define HARNESS_AUTHORITY_H

/* A certificate authority, made by OpenSSL and by no code of the programs. Its
 * files are below "outside". Failures fail the test. */

struct evp_pkey_st;
struct x509_st;

struct authority {
	struct evp_pkey_st *key;
	struct x509_st *certificate;
};

struct authority_wish {
	const char *names; /* for example "IP:127.0.0.1,DNS:server.example" */
	long from, to;	   /* seconds from now during which it is in force */
};

/* Makes an authority; its certificate goes to outside/NAME.pem. */
void authority_make(struct authority *authority, const char *name);

/* Makes a key and signs a certificate for it: outside/NAME.crt and
 * outside/NAME.key, which its owner alone can read. */
void authority_sign(const struct authority *authority, const char *name,
    const struct authority_wish *wish);

void authority_free(struct authority *authority);

#endif
