#ifndef COMMON_IDENTITY_H
#define COMMON_IDENTITY_H

/*
 * A key pair of this program, and the certificate that is its envelope. The
 * private key never leaves the struct. An identity is not changed after it was
 * made; any thread may read it.
 *
 * Functions that can fail return NULL with a message in error, which names the
 * file, escaped, and says what can be done.
 */

#include "common/key_name.h"

#define IDENTITY_ERROR 512 /* bytes of a message */

struct identity;
struct ssl_ctx_st; /* SSL_CTX of OpenSSL */
struct x509_st;	   /* X509 of OpenSSL */

/* Makes a key pair (P-256) that is in no file. */
struct identity *identity_make(char error[IDENTITY_ERROR]);

/*
 * Reads a key pair of P-256 or Ed25519 from a PEM file that the caller has open
 * for reading at its start, and closes; path is for messages. The file must be
 * a regular file of this user or of root that neither group nor others can read
 * or write; with group_reads, group may read it. A server in its sandbox may
 * call this: only the descriptor is used.
 */
struct identity *identity_read(int fd, const char *path, bool group_reads,
    char error[IDENTITY_ERROR]);

/*
 * Reads a key pair from the file path as identity_read does; if there is no
 * such file, makes one (P-256): folders that are missing (0700), then the file
 * whole or not at all (0600), on disk before the function returns. Of two
 * programs at once, one makes it and both read it. Sets *made.
 */
struct identity *identity_read_or_make(const char *path, bool *made,
    char error[IDENTITY_ERROR]);

/* Reads a certificate of an authority, with its chain, and its key of any
 * type, which must belong to it, from open files as identity_read does. The key
 * file may be readable by its group. */
struct identity *identity_read_authority(int cert_fd, const char *cert_path,
    int key_fd, const char *key_path, char error[IDENTITY_ERROR]);

/* Overwrites and frees the key. NULL is ignored. */
void identity_free(struct identity *identity);

/* Returns the name of the public key; valid as long as the identity. */
const struct key_name *identity_name(const struct identity *identity);

/* Lets a context of TLS present this identity. The context keeps what it needs.
 * Returns 0, or -1. */
int identity_use(const struct identity *identity, struct ssl_ctx_st *context);

/* Names the public key of a certificate, a peer's too. Returns 0, or -1. */
int identity_name_certificate(const struct x509_st *certificate,
    struct key_name *name);

#endif
