#ifndef CLIENT_TRUST_TRUST_H
#define CLIENT_TRUST_TRUST_H

/*
 * The means to trust servers that all servers of a run share: the files of
 * known hosts, the context of TLS, the terminal for a first meeting. Opened
 * before this process is confined. trust/host_trust.h has the decision for one
 * server.
 */

#include <pthread.h>
#include <stdbool.h>

#include "client/trust/known_hosts_file.h"
#include "client/trust/settings.h"
#include "client/ui/failure.h"
#include "client/ui/report.h"

struct tls_context;

struct trust {
	const struct trust_settings *settings;
	struct report *report;
	struct known_hosts_file user, system;
	/* ---- set by trust_prepare ---- */
	struct tls_context *context; /* NULL: no server is encrypted */
	char own_key[KEY_NAME_TEXT]; /* of this client, for a person */
	int terminal_fd;	     /* to ask a person; -1: there is none */
	char unwritable[KNOWN_HOSTS_FILE_WHY]; /* why user cannot be added to */
	/* Guards struct host_trust of all servers, and writing to user. Held
	 * while a person is asked, so that one question is open at a time. */
	pthread_mutex_t lock;
};

/* The needs of all servers of a run, for trust_prepare. */
struct trust_needs {
	bool encrypts; /* one is encrypted */
	bool asks;     /* a person has to confirm the key of one */
	bool adds;     /* the key of one is to be remembered */
};

/*
 * Reads the files of known hosts. settings and report must exist for as long as
 * trust. Returns 0, or -1 with failure set if a file cannot be read and no
 * option says how servers are known. The caller calls trust_close in any case.
 */
int trust_open(struct trust *trust, const struct trust_settings *settings,
    struct report *report, struct failure *failure);

/* Adds the keys of a server in both files. *path is the file that names it
 * first. Returns 0, or -1 with failure set, as trust_open. */
int trust_find(const struct trust *trust, const char *host, uint16_t port,
    struct known_keys *known, const char **path, struct failure *failure);

/* Makes and opens what is needed after this process is confined: the context of
 * TLS with the client's key, the terminal, the user's file. Returns 0, or -1
 * with failure set. */
int trust_prepare(struct trust *trust, const struct trust_needs *needs,
    struct failure *failure);

/* Adds a server to the user's file, and says so; name is the server in that
 * message. If that fails, says why, and the run goes on. The caller holds the
 * lock. */
void trust_remember(struct trust *trust, const char *name, const char *host,
    uint16_t port, const struct key_name *key);

void trust_close(struct trust *trust);

#endif
