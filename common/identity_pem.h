#ifndef COMMON_IDENTITY_PEM_H
#define COMMON_IDENTITY_PEM_H

/* The PEM text of keys and certificates, for identity.c. Functions that fail
 * leave a message in error (KEY_FILE_ERROR bytes), which names the file. Any
 * thread may call them. */

#include <stdbool.h>

#include <openssl/x509.h>

#include "common/key_file.h"

/* Returns the first private key in a file, of any type, or NULL. The caller
 * calls EVP_PKEY_free. */
EVP_PKEY *identity_pem_key(const struct key_file *file, const char *path,
    char error[KEY_FILE_ERROR]);

/* Returns whether a key is of a type that this program uses for itself. */
bool identity_pem_is_ours(const EVP_PKEY *key, const char *path,
    char error[KEY_FILE_ERROR]);

/* Returns all certificates of a file in their order, at least one, or NULL. The
 * caller frees them. */
STACK_OF(X509) *
    identity_pem_chain(const struct key_file *file, const char *path,
	char error[KEY_FILE_ERROR]);

/* Writes a private key. Returns 0, and the caller calls key_file_free; or -1.
 */
int identity_pem_write(struct key_file *text, const EVP_PKEY *key);

#endif
