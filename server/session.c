/*
 * One client, from its first byte to its last, in the thread that belongs to
 * it: read a request, look up its verb, act, reply. All requests that have
 * arrived are answered before anything is sent, and all replies are sent before
 * the thread waits. request_reader.c waits for requests, verbs.c answers them.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/net.h"
#include "common/protocol.h"
#include "common/stream.h"
#include "common/tls.h"
#include "server/access.h"
#include "server/foreign.h"
#include "server/handle.h"
#include "server/handshake.h"
#include "server/proxy_reader.h"
#include "server/reply_writer.h"
#include "server/request_log.h"
#include "server/request_reader.h"
#include "server/session.h"
#include "server/share_visit.h"
#include "server/verbs.h"

/* Requests that have arrived together are answered in rows of this length, each
 * row but the first in a work slot. Most rows are shorter. */
#define SESSION_ROW 64
/* Free bytes of the stream's output that hold any reply assembled there. */
#define SESSION_ROOM ((size_t)33 * 1024)

struct session {
	struct session_shared *shared;
	struct connection *connection;
	struct stream stream;
	struct access access;
	struct handle handle;
	struct request_log log;
	struct request_reader reader;
	struct log_peer peer;
	/* Of peer; copies, since a list of clients may be replaced. */
	char address[NET_TEXT], via[NET_TEXT];
	char client[CLIENT_NAME_MAX + 1], key[KEY_NAME_TEXT];
	struct share_visit visit;
	uint64_t answered; /* requests, for the log */
};

enum session_end {
	SESSION_ENDS_ORDERLY,	 /* all requests were answered */
	SESSION_ENDS_UNANSWERED, /* evicted: tell the peer BUSY */
	SESSION_ENDS_LOST,	 /* receiving or sending has failed */
	SESSION_ENDS_BROKEN,	 /* a reply was announced and not finished */
	SESSION_ENDS_FOREIGN,	 /* the peer speaks another protocol */
	SESSION_ENDS_REVOKED,	 /* the client is no longer listed */
};

static void
log_answer(struct session *session, const struct protocol_request *request,
    const struct reply_writer *reply, int64_t began, const char *aborted)
{
	struct log_request line = {
	    .peer = &session->peer,
	    .connection = session->connection->number,
	    .request = session->answered,
	    .verb = protocol_op_name(request->op),
	    .name = request->name,
	    .name_len = request->name_len,
	    .status = protocol_status_name(reply->status),
	    .sent = reply->sent,
	    .announced = reply->announced,
	    .elapsed = clock_now() - began,
	    .aborted = aborted,
	};

	if (session->visit.share != NULL)
		share_visit_log(&session->visit, request, &line, &session->log,
		    began + line.elapsed);
	else
		request_log_add(&session->log, &line, began + line.elapsed);
}

/*
 * Called before each request is answered. A long row of requests is work that
 * other clients wait for, so each further SESSION_ROW of it needs a work slot.
 * The slot is given back before replies are sent, which may take as long as the
 * peer likes. Returns 1, 0 if the connection was evicted, or -1 with errno.
 */
static int
pace_row(struct session *session)
{
	const struct work_slice slice = {.kind = WORK_OTHER,
	    .left = WORK_SLICE};
	struct work_slot *slot = &session->connection->slot;
	bool due = session->reader.row % SESSION_ROW == 0;

	if (!due && slot->state != WORK_SLOT_HELD)
		return 1;
	if ((due && work_slots_are_taken(slot, WORK_OTHER)) ||
	    stream_room(&session->stream) < SESSION_ROOM) {
		work_slot_give(slot);
		if (stream_flush(&session->stream, false) != 0)
			return -1;
	}
	if (due && work_slot_take(slot, &slice, &session->stream) != 0)
		return errno == ECANCELED ? 0 : -1;
	return 1;
}

/* Copies what the log says of a listed client. */
static void
name_client(struct session *session)
{
	const struct client *client = session->access.client;

	if (client == NULL)
		return;
	memcpy(session->client, client->name, sizeof(session->client));
	key_name_format(&client->key, session->key);
	session->peer.client = session->client;
	session->peer.key = session->key;
}

/* Returns 0, or -1 if the peer was removed from the list of clients since its
 * handshake. */
static int
begin_access(struct session *session)
{
	const struct tls *tls = session->connection->tls;
	const struct key_name *key = tls == NULL ? NULL : tls_peer_key(tls);

	share_visit_begin(&session->visit, session->shared->share, key,
	    &session->connection->address);
	if (access_open(&session->access, &session->shared->verbs.rules, key))
		return -1;
	name_client(session);
	return 0;
}

/* Called before each request is answered: the list of clients may have been
 * replaced. Returns false if this client is no longer on it. */
static bool
may_still_read(struct session *session)
{
	enum access_change change = access_renew(&session->access);

	if (change == ACCESS_STAYS)
		return true;
	handle_close_all(&session->handle);
	name_client(session);
	return change == ACCESS_DIFFERS;
}

/* Answers one request. Returns 0, or -1 with errno if its reply could not be
 * finished. */
static int
answer_request(struct session *session, struct protocol_request *request,
    enum protocol_status status)
{
	struct reply_writer reply = {.stream = &session->stream,
	    .slot = &session->connection->slot,
	    .call = &session->connection->call};
	int64_t began = clock_now();
	const char *why;
	int result, code;

	session->answered++;
	status = share_visit_admit(&session->visit, request, status, &why);
	if (status == PROTOCOL_OK) {
		hangs_begin(reply.call, session->shared->verbs.root.device,
		    began);
		result = verbs_act(&session->shared->verbs, &session->access,
		    &session->handle, request, &reply);
		hangs_end(reply.call);
	} else {
		result = reply_writer_refuse_text(&reply, status,
		    why != NULL ? why : protocol_status_message(status));
	}
	code = errno;
	share_visit_note(&session->visit, request, reply.sent,
	    &session->handle.file);
	if (log_wants(LOG_LEVEL_REQUESTS))
		log_answer(session, request, &reply, began,
		    result == 0 ?
			NULL :
			code == ENODATA ?
			"the file has become shorter" :
			tls_error_text(session->connection->tls, code));
	errno = code;
	return result;
}

/* Reads and answers requests until the connection must end; sets errno for
 * SESSION_ENDS_LOST. */
static enum session_end
answer_all(struct session *session)
{
	struct protocol_request request;
	enum protocol_status status;
	int got;

	while ((got = request_reader_next(&session->reader, &request,
		    &status)) == 1) {
		got = pace_row(session);
		if (got == 0)
			return SESSION_ENDS_UNANSWERED;
		if (got < 0)
			break;
		if (!may_still_read(session))
			return SESSION_ENDS_REVOKED;
		if (answer_request(session, &request, status) != 0)
			return SESSION_ENDS_BROKEN;
		if (status == PROTOCOL_UNSUPPORTED &&
		    protocol_is_foreign(request.op))
			return SESSION_ENDS_FOREIGN;
	}
	if (got < 0)
		return SESSION_ENDS_LOST;
	return session->answered == 0 &&
		connection_leaving(session->connection) ==
		    CONNECTION_MAKES_ROOM ?
	    SESSION_ENDS_UNANSWERED :
	    SESSION_ENDS_ORDERLY;
}

/* Logs why (errno) a connection was lost, and how many bytes with it. */
static void
log_loss(const struct session *session, int code)
{
	const char *why = code == ENODATA ?
	    "the peer left in the middle of a request" :
	    code == ECANCELED ? "evicted to make room for another" :
				tls_error_text(session->connection->tls, code);
	size_t unsent = stream_unsent(&session->stream);

	log_event(LOG_LEVEL_CONNECTIONS, &session->peer,
	    session->connection->number, "ended: %s", why);
	if (unsent > 0 && request_log_may_log_end())
		log_event(LOG_LEVEL_REQUESTS, &session->peer,
		    session->connection->number,
		    "ABORTED: the last %zu bytes of replies were not sent: %s",
		    unsent, why);
}

/* Tells an evicted peer that its request will not be answered. */
static void
send_busy(struct session *session)
{
	struct reply_writer reply = {.stream = &session->stream};

	if (reply_writer_refuse(&reply, PROTOCOL_BUSY) == 0)
		(void)stream_flush(&session->stream, false);
}

/* Ends the connection, except for closing its descriptor. code is the errno of
 * SESSION_ENDS_LOST. */
static void
end_connection(struct session *session, enum session_end end, int code)
{
	bool broken = end == SESSION_ENDS_BROKEN;

	if (end == SESSION_ENDS_FOREIGN) {
		if (foreign_end(&session->stream, session->connection) == 0)
			return;
		code = errno;
		end = SESSION_ENDS_LOST;
	}
	if (end == SESSION_ENDS_LOST) {
		log_loss(session, code);
		broken = stream_unsent(&session->stream) > 0;
	}
	if (end == SESSION_ENDS_UNANSWERED)
		send_busy(session);
	if (end == SESSION_ENDS_REVOKED)
		log_event(LOG_LEVEL_REQUESTS, &session->peer,
		    session->connection->number,
		    "ended: this client is no longer on the list of --clients");
	atomic_store(&session->connection->ends_since, clock_now());
	if (broken)
		stream_abort(&session->stream);
	else
		stream_end(&session->stream,
		    connection_leaving(session->connection) !=
			CONNECTION_STAYS);
}

/* Prints the addresses for the log. */
static void
name_peer(struct session *session)
{
	const struct connection *connection = session->connection;

	net_print(&connection->address, session->address);
	session->peer.address = session->address;
	if (connection->proxy.any.sa_family == AF_UNSPEC)
		return;
	net_print(&connection->proxy, session->via);
	session->peer.via = session->via;
}

void
session_run(struct session_shared *shared, struct connection *connection)
{
	struct session session = {.shared = shared, .connection = connection};
	enum session_end end;
	int code;

	stream_open(&session.stream, connection->fd, -1);
	if (fair_rate_limits(&shared->fair))
		stream_share(&session.stream, &connection->share);
	if (connection->announce != NULL &&
	    proxy_reader_admit(&session.stream, connection,
		shared->request_timeout) != 0)
		return;
	name_peer(&session);
	log_event(LOG_LEVEL_CONNECTIONS, &session.peer, connection->number,
	    "connected");
	if (handshake_admit(&shared->encryption, &session.stream, connection,
		&session.peer) != 0)
		return;
	handle_init(&session.handle, &shared->verbs.kept);
	session.log.peer = &session.peer;
	session.log.connection = connection->number;
	session.reader = (struct request_reader){.stream = &session.stream,
	    .connection = connection,
	    .handle = &session.handle,
	    .log = &session.log,
	    .idle_timeout = shared->timeout,
	    .request_timeout = shared->request_timeout};
	end = begin_access(&session) == 0 ? answer_all(&session) :
					    SESSION_ENDS_REVOKED;
	code = errno;
	work_slot_give(&connection->slot);
	handle_close_all(&session.handle);
	request_log_flush(&session.log, clock_now());
	end_connection(&session, end, code);
	share_visit_end(&session.visit, end == SESSION_ENDS_ORDERLY);
	access_close(&session.access);
	log_event(LOG_LEVEL_CONNECTIONS, &session.peer, connection->number,
	    "closed, %" PRIu64 " answered", session.answered);
}
