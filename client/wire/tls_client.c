/*
 * A handshake that fails never leads to a plain connection. A server that does
 * not take this client's key says so after the handshake, in place of its first
 * reply (RFC 8446, 4.4.4): wire/reply_reader.c asks tls_client_explain.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "client/ui/interrupt.h"
#include "client/wire/tls_client.h"
#include "common/clock.h"
#include "common/tls.h"

static int
fail_by_network(const struct server *server, int code, int64_t timeout,
    struct failure *failure)
{
	if (interrupt_pending())
		return failure_set(failure, EXIT_INTERRUPTED, "interrupted");
	if (code == ETIMEDOUT)
		return failure_set(failure, EXIT_CONNECT,
		    "cannot connect to %.300s: no reply to the beginning of "
		    "TLS after %" PRId64 " s (--connect-timeout)",
		    server->name, timeout / CLOCK_SEC);
	return failure_set(failure, EXIT_STALLED,
	    "%.300s ended the connection before TLS began (%s)", server->name,
	    code == ENODATA ? "it may have too many clients" : strerror(code));
}

/* Sets the failure of a handshake that the other side has not completed. */
static int
fail_by_peer(const struct tls_client *client, const struct server *server,
    struct failure *failure)
{
	const struct tls *tls = client->tls;

	switch (tls_failure(tls)) {
	case TLS_FAILS_PLAIN:
		return failure_set(failure, EXIT_UNTRUSTED,
		    "%.300s does not encrypt, so it was asked nothing; "
		    "'fileserv --tls' does, or --plain goes without",
		    server->name);
	case TLS_FAILS_VERSION:
		return failure_set(failure, EXIT_PROTOCOL,
		    "%.300s is no fileserv: it speaks no TLS 1.3",
		    server->name);
	case TLS_FAILS_ALPN:
		return failure_set(failure, EXIT_PROTOCOL,
		    "%.300s is no fileserv: it speaks another protocol inside "
		    "TLS",
		    server->name);
	case TLS_FAILS_OURS:
		errno = EPROTO;
		(void)tls_client_explain(client, failure);
		return -1;
	default:
		return failure_set(failure, EXIT_PROTOCOL,
		    "%.300s: TLS could not begin: %.200s", server->name,
		    tls_problem(tls));
	}
}

/* Sets the failure of a handshake, or returns 1 after a first meeting. */
static int
judge_failure(const struct tls_client *client, struct server *server,
    int64_t timeout, struct failure *failure)
{
	const struct tls *tls = client->tls;
	const struct key_name *key = tls_peer_key(tls);

	if (errno != EPROTO)
		return fail_by_network(server, errno, timeout, failure);
	if (tls_failure(tls) == TLS_FAILS_LOST)
		return fail_by_network(server, ENODATA, timeout, failure);
	if (tls_failure(tls) != TLS_FAILS_PEER)
		return fail_by_peer(client, server, failure);
	if (key == NULL)
		return failure_set(failure, EXIT_UNTRUSTED,
		    "%.300s cannot be known: %.200s", server->name,
		    tls_problem(tls));
	return host_trust_meet(&server->trust, key, tls_problem(tls),
		   failure) == 0 ?
	    1 :
	    -1;
}

int
tls_client_begin(struct tls_client *client, struct stream *stream, int fd,
    struct server *server, int64_t timeout, struct failure *failure)
{
	struct host_trust *host_trust = &server->trust;
	const struct tls_peer peer = {.admits = host_trust_admits,
	    .arg = host_trust,
	    .host = host_trust_certified(host_trust)};
	char key[KEY_NAME_TEXT];
	struct tls *tls;

	if (!host_trust_encrypts(host_trust))
		return 0;
	tls = tls_new(host_trust->trust->context, fd, &peer);
	if (tls == NULL)
		return failure_set(failure, EXIT_LOCAL, "out of memory");
	*client = (struct tls_client){tls, host_trust->trust};
	if (stream_encrypt(stream, tls, clock_now() + timeout) != 0)
		return judge_failure(client, server, timeout, failure);
	key_name_format(tls_peer_key(tls), key);
	report_detail(host_trust->trust->report,
	    "%s is encrypted: %s, %s, key %s", server->name, tls_protocol(tls),
	    tls_cipher(tls), key);
	host_trust_note(host_trust, tls_peer_key(tls), tls_protocol(tls),
	    tls_cipher(tls));
	return 0;
}

void
tls_client_end(struct tls_client *client)
{
	if (client->tls == NULL)
		return;
	tls_end(client->tls);
	tls_free(client->tls);
	client->tls = NULL;
}

bool
tls_client_explain(const struct tls_client *client, struct failure *failure)
{
	const struct tls *tls = client == NULL ? NULL : client->tls;

	if (tls == NULL || errno != EPROTO)
		return false;
	if (tls_failure(tls) == TLS_FAILS_OURS)
		failure_set(failure, EXIT_UNTRUSTED,
		    "our key %s is not accepted: send the line of 'fileget "
		    "--my-key' to the operator of the server",
		    client->trust->own_key);
	else
		failure_set(failure, EXIT_STALLED, "TLS broke: %.200s",
		    tls_problem(tls));
	return true;
}
