#ifndef CLIENT_TRUST_HOST_TRUST_H
#define CLIENT_TRUST_HOST_TRUST_H

/*
 * The decision for one server: it is plain, or it is encrypted and known by its
 * key, by an authority, or not yet. A server that is encrypted is never spoken
 * to in plain. A person who is asked at a first meeting is asked once; the
 * answer holds for the run. Any thread may call these functions after
 * host_trust_decide, except where a comment says otherwise.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/trust/trust.h"

enum host_trust_way {
	HOST_TRUST_PLAIN,     /* it is not encrypted */
	HOST_TRUST_GIVEN,     /* by the keys of --key or of a link */
	HOST_TRUST_KNOWN,     /* by keys of a file, or confirmed by a person */
	HOST_TRUST_AUTHORITY, /* by --ca, or by the keys of --key */
	HOST_TRUST_NEW,	      /* a person has to confirm its key */
	HOST_TRUST_DENIED,    /* that person has not */
};

struct host_trust {
	struct trust *trust; /* NULL: it is plain */
	/* The host as the user has given it, and the port: the name of the
	 * server in files and certificates. Borrowed. */
	const char *host;
	uint16_t port;
	bool is_encrypted; /* in the whole run */
	/* ---- guarded by the lock of trust ---- */
	enum host_trust_way way;
	bool is_added;		 /* to the user's file, in this run */
	struct known_keys known; /* of files; confirmed */
	const char *path;	 /* the file that names it, or NULL */
	struct report_tls tls;	 /* of the first handshake */
	/* tls is set and does not change any more. */
	atomic_bool has_tls;
};

/* Decides about a server, and adds to needs. Called before any thread starts;
 * host must exist as long as the decision. Returns 0, or -1 with failure set.
 */
int host_trust_decide(struct host_trust *host_trust, struct trust *trust,
    const char *host, uint16_t port, struct trust_needs *needs,
    struct failure *failure);

/* Returns true if nothing but TLS may be spoken. */
bool host_trust_encrypts(const struct host_trust *host_trust);

/* Returns the name that a certificate of an authority must bear, or NULL if it
 * is not known by an authority. */
const char *host_trust_certified(const struct host_trust *host_trust);

/* Returns true if the server may have this key. Has the type of admits in
 * struct tls_peer; arg is the struct host_trust. */
bool host_trust_admits(void *arg, const struct key_name *key);

/*
 * Decides about a key that was refused in a handshake; problem is the text of
 * tls_problem. If this is the first meeting, asks the person at the terminal.
 * Returns 0 if the key is admitted from now on, or -1 with failure set.
 */
int host_trust_meet(struct host_trust *host_trust, const struct key_name *key,
    const char *problem, struct failure *failure);

/* Notes a handshake with a key that is admitted; protocol and cipher are
 * constants of the TLS library. A server with a key of --key is remembered. */
void host_trust_note(struct host_trust *host_trust, const struct key_name *key,
    const char *protocol, const char *cipher);

/* Returns what the first handshake has shown, or NULL if there was none. */
const struct report_tls *host_trust_tls(const struct host_trust *host_trust);

#endif
