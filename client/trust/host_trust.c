/*
 * Decides how a server is known, and puts a refusal into words. The key of a
 * server that is met for the first time is refused in the handshake; then a
 * person is asked, and a new connection is made to the key that was confirmed.
 * So no handshake waits for a person, and nothing but the hello is sent before
 * the key is known.
 */

#include <stdio.h>
#include <string.h>

#include "client/trust/first_meeting.h"
#include "client/trust/host_trust.h"
#include "client/ui/interrupt.h"
#include "common/endpoint.h"

int
host_trust_decide(struct host_trust *host_trust, struct trust *trust,
    const char *host, uint16_t port, struct trust_needs *needs,
    struct failure *failure)
{
	const struct trust_settings *settings = trust->settings;
	bool is_known;

	*host_trust = (struct host_trust){.trust = trust,
	    .host = host,
	    .port = port,
	    .way = HOST_TRUST_PLAIN};
	if (settings->plain)
		return 0;
	if (trust_find(trust, host, port, &host_trust->known, &host_trust->path,
		failure) != 0)
		return -1;
	is_known = host_trust->known.n > 0;
	if (settings->authority != NULL)
		host_trust->way = HOST_TRUST_AUTHORITY;
	else if (settings->n_keys > 0)
		host_trust->way = HOST_TRUST_GIVEN;
	else if (is_known)
		host_trust->way = HOST_TRUST_KNOWN;
	else if (settings->tls)
		host_trust->way = HOST_TRUST_NEW;
	host_trust->is_encrypted = host_trust->way != HOST_TRUST_PLAIN;
	needs->encrypts |= host_trust->is_encrypted;
	needs->asks |= host_trust->way == HOST_TRUST_NEW;
	needs->adds |= host_trust->way == HOST_TRUST_GIVEN && !is_known &&
	    !settings->is_once;
	return 0;
}

bool
host_trust_encrypts(const struct host_trust *host_trust)
{
	return host_trust->is_encrypted;
}

const char *
host_trust_certified(const struct host_trust *host_trust)
{
	return host_trust->trust != NULL &&
		host_trust->trust->settings->authority != NULL ?
	    host_trust->host :
	    NULL;
}

static bool
has_key(const struct key_name *keys, size_t n, const struct key_name *key)
{
	bool found = false;
	size_t i;

	for (i = 0; i < n; i++)
		found |= key_name_equal(&keys[i], key);
	return found;
}

bool
host_trust_admits(void *arg, const struct key_name *key)
{
	struct host_trust *host_trust = arg;
	const struct trust_settings *settings = host_trust->trust->settings;
	bool result = false;

	pthread_mutex_lock(&host_trust->trust->lock);
	if (host_trust->way == HOST_TRUST_GIVEN ||
	    host_trust->way == HOST_TRUST_AUTHORITY)
		result = has_key(settings->keys, settings->n_keys, key);
	else if (host_trust->way == HOST_TRUST_KNOWN)
		result =
		    has_key(host_trust->known.keys, host_trust->known.n, key);
	pthread_mutex_unlock(&host_trust->trust->lock);
	return result;
}

/* ---- a key that is not admitted ------------------------------------------ */

/* Tells what has to be done about a server whose key nobody can confirm now. */
static int
refuse_new(const struct host_trust *host_trust, const char *server,
    const char *key, struct failure *failure)
{
	return failure_set(failure, EXIT_UNTRUSTED,
	    "%.200s is new, and nobody is here to confirm its key: if fileserv "
	    "prints the same key there, run: fileget --key %s %.200s %u NAME",
	    server, key, host_trust->host, host_trust->port);
}

static int
refuse_changed(const struct host_trust *host_trust, const char *server,
    const char *key, struct failure *failure)
{
	char known[KEY_NAME_TEXT];

	key_name_format(&host_trust->known.keys[0], known);
	if (host_trust->path == NULL)
		return failure_set(failure, EXIT_UNTRUSTED,
		    "THE KEY HAS CHANGED: %.200s has the key %s, not %s as "
		    "before in this run; it is another server, or somebody is "
		    "in between",
		    server, key, known);
	return failure_set(failure, EXIT_UNTRUSTED,
	    "THE KEY HAS CHANGED: %.200s has the key %s, but is known by %s "
	    "(%.300s, line %zu). Another machine may answer in its place; "
	    "nothing was sent. If its operator confirms the new key, remove "
	    "that line and use --key %s",
	    server, key, known, host_trust->path, host_trust->known.line, key);
}

static int
refuse_denied(const char *server, struct failure *failure)
{
	return failure_set(failure, EXIT_UNTRUSTED,
	    "the key of %.200s was not confirmed; nothing was sent", server);
}

/* Asks the person about the key of a new server. */
static int
ask_about(struct host_trust *host_trust, const char *server,
    const struct key_name *key, struct failure *failure)
{
	struct trust *trust = host_trust->trust;

	if (interrupt_pending() ||
	    !first_meeting_ask(trust->terminal_fd, trust->report->progress,
		server, key)) {
		if (interrupt_pending())
			return failure_set(failure, EXIT_INTERRUPTED,
			    "interrupted");
		host_trust->way = HOST_TRUST_DENIED;
		return refuse_denied(server, failure);
	}
	host_trust->way = HOST_TRUST_KNOWN;
	host_trust->known.keys[0] = *key;
	host_trust->known.n = 1;
	trust_remember(trust, server, host_trust->host, host_trust->port, key);
	return 0;
}

/* Decides under the lock. */
static int
judge_key(struct host_trust *host_trust, const struct key_name *key,
    const char *problem, struct failure *failure)
{
	struct trust *trust = host_trust->trust;
	char server[ENDPOINT_TEXT], shown[KEY_NAME_TEXT];

	endpoint_print(host_trust->host, host_trust->port, server);
	key_name_format(key, shown);
	switch (host_trust->way) {
	case HOST_TRUST_KNOWN:
		/* Perhaps confirmed while this thread waited for the lock. */
		if (has_key(host_trust->known.keys, host_trust->known.n, key))
			return 0;
		return refuse_changed(host_trust, server, shown, failure);
	case HOST_TRUST_NEW:
		if (trust->terminal_fd < 0)
			return refuse_new(host_trust, server, shown, failure);
		return ask_about(host_trust, server, key, failure);
	case HOST_TRUST_DENIED:
		return refuse_denied(server, failure);
	case HOST_TRUST_AUTHORITY:
		return failure_set(failure, EXIT_UNTRUSTED,
		    "%.200s is not confirmed by --ca: %.300s; nothing was "
		    "sent. Its key is %s",
		    server, problem, shown);
	default:
		return failure_set(failure, EXIT_UNTRUSTED,
		    "%.200s has the key %s, which is not the one that was "
		    "given; nothing was sent. Compare it with the key that "
		    "fileserv prints there",
		    server, shown);
	}
}

int
host_trust_meet(struct host_trust *host_trust, const struct key_name *key,
    const char *problem, struct failure *failure)
{
	int result;

	pthread_mutex_lock(&host_trust->trust->lock);
	result = judge_key(host_trust, key, problem, failure);
	pthread_mutex_unlock(&host_trust->trust->lock);
	return result;
}

void
host_trust_note(struct host_trust *host_trust, const struct key_name *key,
    const char *protocol, const char *cipher)
{
	struct trust *trust = host_trust->trust;
	struct report_tls *tls = &host_trust->tls;
	char server[ENDPOINT_TEXT];

	pthread_mutex_lock(&trust->lock);
	if (!atomic_load(&host_trust->has_tls)) {
		tls->protocol = protocol;
		tls->cipher = cipher;
		key_name_format(key, tls->key);
		atomic_store(&host_trust->has_tls, true);
	}
	if (host_trust->way == HOST_TRUST_GIVEN && !trust->settings->is_once &&
	    host_trust->known.n == 0 && !host_trust->is_added) {
		host_trust->is_added = true;
		endpoint_print(host_trust->host, host_trust->port, server);
		trust_remember(trust, server, host_trust->host,
		    host_trust->port, key);
	}
	pthread_mutex_unlock(&trust->lock);
}

const struct report_tls *
host_trust_tls(const struct host_trust *host_trust)
{
	return atomic_load(&host_trust->has_tls) ? &host_trust->tls : NULL;
}
