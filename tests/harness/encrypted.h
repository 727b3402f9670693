#ifndef HARNESS_ENCRYPTED_H
#define HARNESS_ENCRYPTED_H

/*
 * A fileserv inside TLS, and a fileget that is told its key. Failures fail the
 * test.
 */

#include "tests/harness/program.h"
#include "tests/harness/server.h"

enum {
	ENCRYPTED_KEY = 40
}; /* bytes of a shown key, with its NUL */

struct encrypted {
	struct server server;
	char key[ENCRYPTED_KEY];
};

/*
 * Starts a server with --tls, --key-file and these options (NULL at the end; or
 * NULL). Its key is Ed25519, whose signatures all have one length: handshakes
 * with it have the same bytes at the same places.
 */
void encrypted_start(struct encrypted *encrypted, const char *const *options);

/*
 * Runs "fileget 127.0.0.1 PORT --key KEY" with these arguments (NULL at the
 * end) and no second try, in the folder "here". Returns the exit code.
 */
int encrypted_run(struct program *client, const struct encrypted *encrypted,
    uint16_t port, const char *const *args);

#endif
