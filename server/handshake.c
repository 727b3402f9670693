/*
 * The beginning of a connection to a server with --tls, in the session's
 * thread. The first byte decides: 0x16 is a record of TLS with the client's
 * hello, and no request begins with it. Each step of a handshake needs a work
 * slot, which is given back before the thread waits for the client. So the
 * addresses of a crowd take turns, and a client that stops in the middle keeps
 * nothing but its connection.
 *
 * A client of TLS does not understand a plain refusal. Until the first byte
 * tells what the client speaks, an evicted connection is closed without a byte:
 * both kinds of clients take that for a lost connection and come again.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/socket.h"
#include "server/foreign.h"
#include "server/handshake.h"
#include "server/reply_writer.h"
#include "server/request_log.h"

enum {
	HANDSHAKE_RECORD = 0x16,			  /* RFC 8446, 5.1 */
	HANDSHAKE_WHY = TLS_PROBLEM + KEY_NAME_TEXT + 64, /* bytes */
};

static const char plain_refused[] =
    PROTOCOL_WANTS_TLS ": fileget --tls HOST PORT NAME";

struct handshake {
	struct encryption *encryption;
	struct stream *stream;
	struct connection *connection;
	struct log_peer *peer;
};

/* Logs the end of a connection, if its allowance permits. */
static void
log_end(const struct handshake *handshake, enum log_level level,
    const char *what, const char *why)
{
	if (log_wants(level) && request_log_may_log_end())
		log_event(level, handshake->peer, handshake->connection->number,
		    "%s: %s", what, why);
}

/* Waits for the first byte. A server that stops takes only one that has
 * arrived. Returns 1, 0 at the peer's end, or -1 with errno. */
static int
look_first(const struct handshake *handshake, uint8_t *first)
{
	struct connection *connection = handshake->connection;
	bool stays = connection_begin_idle(connection, true);
	int got;

	got = stream_look(handshake->stream, first,
	    stays ? clock_now() + handshake->encryption->timeout : 0);
	atomic_store(&connection->idle_since, 0);
	return got;
}

/* See tls_take_turns. */
static int
take_turn(void *arg)
{
	const struct work_slice slice = {.kind = WORK_HANDSHAKE,
	    .left = WORK_SLICE};
	struct handshake *handshake = arg;

	return work_slot_take(&handshake->connection->slot, &slice,
	    handshake->stream);
}

static void
give_turn(void *arg)
{
	struct handshake *handshake = arg;

	work_slot_give(&handshake->connection->slot);
}

/* Returns 0, or -1 with errno as stream_encrypt sets it. */
static int
encrypt_connection(struct handshake *handshake)
{
	struct encryption *encryption = handshake->encryption;
	struct connection *connection = handshake->connection;
	const struct tls_turns turns = {take_turn, give_turn, handshake};
	struct tls_context *context = encryption_hold_context(encryption);
	int64_t deadline = clock_now() + encryption->request_timeout;
	int result;

	connection->tls =
	    tls_new(context, connection->fd, &encryption->clients);
	tls_context_release(context);
	if (connection->tls == NULL) {
		errno = ENOMEM;
		return -1;
	}
	/* A server that stops waits for no handshake. */
	if (!connection_begin_idle(connection, true)) {
		errno = ECANCELED;
		return -1;
	}
	tls_take_turns(connection->tls, &turns);
	result = stream_encrypt(handshake->stream, connection->tls, deadline);
	tls_take_turns(connection->tls, NULL);
	atomic_store(&connection->idle_since, 0);
	/* A server's answer to the last message of a handshake is the reply to
	 * the request that follows it. */
	if (result == 0)
		(void)socket_acknowledge(connection->fd);
	return result;
}

/* Puts the reason why TLS has refused or failed into text, with the key of a
 * client that is not admitted: the operator may want to admit it. */
static void
explain_failure(const struct tls *tls, char text[HANDSHAKE_WHY])
{
	const struct key_name *key = tls_peer_key(tls);
	char name[KEY_NAME_TEXT] = "";

	if (key != NULL)
		key_name_format(key, name);
	switch (tls_failure(tls)) {
	case TLS_FAILS_VERSION:
		strlcpy(text, "the client speaks no TLS 1.3", HANDSHAKE_WHY);
		break;
	case TLS_FAILS_ALPN:
		strlcpy(text, "the client speaks another protocol inside TLS",
		    HANDSHAKE_WHY);
		break;
	case TLS_FAILS_PEER:
		snprintf(text, HANDSHAKE_WHY, "%s%s",
		    key == NULL ? "the client shows no key" :
				  "no client with the key ",
		    name);
		break;
	case TLS_FAILS_OURS:
		strlcpy(text, "the client does not accept this server's key",
		    HANDSHAKE_WHY);
		break;
	default:
		strlcpy(text, tls_problem(tls), HANDSHAKE_WHY);
	}
}

/* Ends a connection whose handshake was not completed (code). After a failure
 * of TLS the client must get the alert, which a reset would destroy. */
static void
end_unencrypted(struct handshake *handshake, int code)
{
	enum connection_leaving leaving =
	    connection_leaving(handshake->connection);
	char why[HANDSHAKE_WHY];

	if (code == EPROTO) {
		explain_failure(handshake->connection->tls, why);
		log_end(handshake, LOG_LEVEL_REQUESTS, "refused", why);
		(void)foreign_end(handshake->stream, handshake->connection);
		return;
	}
	log_end(handshake,
	    code == ENOMEM ? LOG_LEVEL_PROBLEMS : LOG_LEVEL_CONNECTIONS,
	    "ended before it was encrypted",
	    leaving == CONNECTION_MAKES_ROOM  ? "evicted to make room" :
		leaving == CONNECTION_AT_STOP ? "the server stops" :
		code == ENODATA		      ? "the client left" :
						strerror(code));
	stream_rest(handshake->stream);
}

static void
refuse_plain(struct handshake *handshake)
{
	struct reply_writer reply = {.stream = handshake->stream};

	log_end(handshake, LOG_LEVEL_REQUESTS, "refused",
	    "the client does not encrypt, and --tls asks for that");
	if (reply_writer_refuse_text(&reply, PROTOCOL_UNSUPPORTED,
		plain_refused) == 0)
		(void)foreign_end(handshake->stream, handshake->connection);
}

static void
log_encryption(const struct handshake *handshake)
{
	const struct tls *tls = handshake->connection->tls;
	const struct key_name *key = tls_peer_key(tls);
	char name[KEY_NAME_TEXT];

	if (key != NULL)
		key_name_format(key, name);
	log_event(LOG_LEVEL_CONNECTIONS, handshake->peer,
	    handshake->connection->number, "encrypted: %s, %s%s%s",
	    tls_protocol(tls), tls_cipher(tls),
	    key == NULL ? "" : ", client's key ", key == NULL ? "" : name);
}

int
handshake_admit(struct encryption *encryption, struct stream *stream,
    struct connection *connection, struct log_peer *peer)
{
	struct handshake handshake = {encryption, stream, connection, peer};
	uint8_t first;
	int got;

	if (!encryption_is_on(encryption))
		return 0;
	got = look_first(&handshake, &first);
	if (got <= 0) {
		end_unencrypted(&handshake, got == 0 ? ENODATA : errno);
		return -1;
	}
	if (first != HANDSHAKE_RECORD && encryption->mode == ENCRYPTION_ALLOWED)
		return 0;
	if (first != HANDSHAKE_RECORD) {
		refuse_plain(&handshake);
		return -1;
	}
	if (encrypt_connection(&handshake) != 0) {
		end_unencrypted(&handshake, errno);
		return -1;
	}
	peer->tls = true;
	log_encryption(&handshake);
	return 0;
}
