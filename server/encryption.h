#ifndef SERVER_ENCRYPTION_H
#define SERVER_ENCRYPTION_H

/*
 * TLS on the server's side: the rule that clients must follow (--tls), the key
 * that the server shows, and the context that new connections use. handshake.c
 * admits a connection by it.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/identity.h"
#include "common/tls.h"
#include "common/tls_context.h"

/* In the order of an option that takes "require, on" (OPTIONS_MAYBE). */
enum encryption_mode {
	ENCRYPTION_OFF,	    /* no connection speaks TLS */
	ENCRYPTION_DEFAULT, /* --tls; server_options.c makes it REQUIRED */
	ENCRYPTION_REQUIRED,
	ENCRYPTION_ALLOWED, /* plain requests are answered too */
};

/* From the command line; strings point into argv. */
struct encryption_settings {
	enum encryption_mode mode;
	const char *key_file; /* NULL: key_path_find */
	/* A certificate of an authority, with its key; or NULL. */
	const char *cert_file;
	const char *cert_key_file;
};

/* All fields but lock, context and name are constant once threads run. */
struct encryption {
	enum encryption_mode mode;
	int64_t timeout;	 /* nanoseconds for a first byte */
	int64_t request_timeout; /* nanoseconds for a handshake */
	bool asks;		 /* each client must show a key */
	struct tls_peer clients; /* who may be a client */
	pthread_mutex_t lock;	 /* guards context */
	struct tls_context *context;
	struct key_name name; /* of the key at the start */
};

/*
 * Reads the server's key, or makes one at the first use, for a mode other than
 * ENCRYPTION_OFF; path is the key file if settings names no certificate, or
 * NULL for a key that is in no file. The caller has set the fields up to
 * clients. Sets *made if a key was made. Called as the user that the server
 * stays, before it is confined and before the first thread. Returns 0, or -1
 * with a line in error.
 */
int encryption_open(struct encryption *encryption,
    const struct encryption_settings *settings, const char *path, bool *made,
    char error[IDENTITY_ERROR]);

/* Lets later connections show this identity; those that are there keep theirs.
 * Any thread. Returns 0, or -1 with a line in error and nothing changed. */
int encryption_replace(struct encryption *encryption,
    const struct identity *identity, char error[IDENTITY_ERROR]);

/* Returns the context for a new connection, with a reference that the caller
 * releases. Any thread. */
struct tls_context *encryption_hold_context(struct encryption *encryption);

/* Returns true if a client may expect TLS, so that nothing plain may be sent to
 * it before its first byte. */
static inline bool
encryption_is_on(const struct encryption *encryption)
{
	return encryption->mode != ENCRYPTION_OFF;
}

/* No connection is left. */
void encryption_close(struct encryption *encryption);

#endif
