/*
 * One client, from its first byte to its last, in the thread that belongs to
 * it: read a request, look up its verb, act, reply. All requests that have
 * arrived are answered before anything is sent, and all that was answered is
 * sent before the thread waits. What the verbs do stands in verbs.c.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/net.h"
#include "common/protocol.h"
#include "common/stream.h"
#include "server/handle.h"
#include "server/request_log.h"
#include "server/reply_writer.h"
#include "server/session.h"
#include "server/verbs.h"

/* So many requests are answered in a row before a turn is taken for the next
 * so many: most rows are shorter. */
#define SESSION_ROW 64
/* Room for any reply that is put together in the stream's output. */
#define SESSION_ROOM ((size_t)33 * 1024) /* bytes */

/* One client being served. */
struct session {
	struct session_shared *shared;
	struct connection *connection;
	struct stream stream;
	struct handle handle;
	char peer[NET_TEXT];
	uint64_t requests; /* so far, for the log */
	struct request_log repeats;
	unsigned row;	/* of these, since it waited last */
	bool last_look; /* evicted, it has looked for requests once more */
};

/* How a session comes to its end. */
enum ending {
	ENDING_ORDERLY, /* everything that was answered shall arrive */
	ENDING_FOREIGN, /* the same, and the peer may go on sending */
	ENDING_RESET,	/* a reply is broken, and the client must see it */
};

/* Returns why it is to end, or CONNECTION_STAYS. */
static enum connection_leaving
leaving(const struct session *session)
{
	return (enum connection_leaving)atomic_load(
	    &session->connection->leaving);
}

/* Waits for the first bytes of a request while a file is kept, and closes that
 * once it was kept for long enough: 1, 0 or -1. */
static int
await_keeping(struct session *session)
{
	int64_t end = clock_now() + session->shared->timeout;
	int64_t until = kept_until(&session->handle.kept);
	int ready;

	ready =
	    stream_await_readable(&session->stream, until < end ? until : end);
	if (ready == 0) {
		kept_release(&session->handle.kept);
		ready = stream_await_readable(&session->stream, end);
	}
	if (ready > 0)
		return stream_await(&session->stream, true);
	if (ready == 0)
		errno = ETIMEDOUT;
	return -1;
}

/* Waits, idle, for the first bytes of a request: 1, 0 or -1. A connection that
 * is to leave takes what has come already, and waits no more. */
static int
receive_first(struct session *session)
{
	bool stays =
	    connection_begin_idle(session->connection, session->requests == 0);
	int got;

	request_log_flush_due(&session->repeats, session->peer,
	    session->connection->number);
	if (stays && kept_until(&session->handle.kept) != CLOCK_NEVER)
		got = await_keeping(session);
	else
		got = stream_await(&session->stream, stays);
	connection_end_idle(session->connection);
	if (got < 0 && !stays && errno == EAGAIN)
		return 0;
	return got;
}

/* Waits for more of a request that has begun, until *deadline, which the first
 * wait sets: 1; 0, if it makes room for another; or -1. */
static int
receive_rest(struct session *session, int64_t *deadline)
{
	int got;

	if (*deadline == CLOCK_NEVER)
		*deadline = clock_now() + session->shared->request_timeout;
	connection_begin_rest(session->connection,
	    *deadline - session->shared->request_timeout);
	got = stream_fill(&session->stream, *deadline);
	connection_end_rest(session->connection);
	if (got != 0 || leaving(session) == CONNECTION_MAKES_ROOM)
		return got;
	errno = ENODATA; /* it left inside a request */
	return -1;
}

/* Before any wait: closes the file, since its name stands in the buffer that is
 * to be received into, and the kept one if its time is over, also where the
 * client never lets us wait; sends what was answered. */
static int
prepare_wait(struct session *session)
{
	struct kept *kept = &session->handle.kept;

	handle_close(&session->handle);
	if (kept_until(kept) != CLOCK_NEVER)
		kept_expire(kept, clock_now());
	work_slot_give(&session->connection->slot);
	session->row = 0;
	return stream_flush(&session->stream, false);
}

/*
 * Waits for more of the next request, which is not there as a whole: without
 * limits but the idle time-out while there is nothing of it, and until
 * *deadline, set at its first byte, from then on. Returns 1, 0, or -1.
 */
static int
receive_more(struct session *session, int64_t *deadline)
{
	size_t buffered;

	if (prepare_wait(session) != 0)
		return -1;
	/* Evicted, it takes what has arrived by then, and no more. */
	if (session->last_look)
		return 0;
	session->last_look = leaving(session) == CONNECTION_MAKES_ROOM;
	stream_peek(&session->stream, &buffered);
	if (buffered == 0)
		return receive_first(session);
	return receive_rest(session, deadline);
}

/*
 * The next request: 1 with *status to answer it by, and *size bytes on the
 * wire of which all but an unsupported one's have arrived (0: what has arrived
 * is of another protocol); 0 at the end between requests; -1.
 */
static int
next_request(struct session *session, struct protocol_request *request,
    enum protocol_status *status, size_t *size)
{
	int64_t deadline = CLOCK_NEVER;
	const uint8_t *bytes;
	size_t len;
	int got;

	for (;;) {
		bytes = stream_peek(&session->stream, &len);
		*status = protocol_decode_request(bytes, len, request, size);
		if (*status != PROTOCOL_INCOMPLETE)
			return 1;
		got = receive_more(session, &deadline);
		if (got <= 0)
			return got;
	}
}

/* Drops a request; what an unsupported one has yet to send, as it arrives. */
static int
finish_request(struct session *session, size_t size)
{
	int64_t deadline = CLOCK_NEVER;
	size_t len;
	int got;

	for (;;) {
		stream_peek(&session->stream, &len);
		if (len > size)
			len = size;
		stream_consume(&session->stream, len);
		size -= len;
		if (size == 0)
			return 0;
		if (prepare_wait(session) != 0)
			return -1;
		got = receive_rest(session, &deadline);
		if (got == 0)
			errno = ECANCELED;
		if (got <= 0)
			return -1;
	}
}

static void
log_answer(struct session *session, const struct protocol_request *request,
    const struct reply_writer *reply, int64_t began, const char *aborted)
{
	struct log_request line = {
	    .peer = session->peer,
	    .connection = session->connection->number,
	    .request = session->requests,
	    .verb = protocol_op_name(request->op),
	    .name = request->name,
	    .name_len = request->name_len,
	    .status = protocol_status_name(reply->status),
	    .sent = reply->sent,
	    .announced = reply->announced,
	    .elapsed = clock_now() - began,
	    .aborted = aborted,
	};

	request_log_add(&session->repeats, &line, began + line.elapsed);
}

static const char *
abort_reason(int code)
{
	return code == ENODATA ? "the file has become shorter" : strerror(code);
}

/*
 * Before a request is answered. A long row of them is work for which others
 * wait, so each SESSION_ROW of it takes a turn. The turn is given back while
 * what was answered is sent: that may take as long as the peer likes. Returns
 * 1; 0, if it makes room for another; or -1.
 */
static int
pace(struct session *session)
{
	const struct work_slice errand = {.line = WORK_OTHER,
	    .left = WORK_SLICE};
	struct work_slot *slot = &session->connection->slot;
	bool due = ++session->row % SESSION_ROW == 0;

	if (!due && slot->state != WORK_SLOT_HELD)
		return 1;
	if ((due && work_slots_are_taken(slot, WORK_OTHER)) ||
	    stream_room(&session->stream) < SESSION_ROOM) {
		work_slot_give(slot);
		if (stream_flush(&session->stream, false) != 0)
			return -1;
	}
	if (due && work_slot_take(slot, &errand, &session->stream) != 0)
		return errno == ECANCELED ? 0 : -1;
	return 1;
}

/* Answers one request: 0, or -1 if its reply could not be finished. */
static int
answer(struct session *session, const struct protocol_request *request,
    enum protocol_status status)
{
	struct reply_writer reply = {.stream = &session->stream,
	    .slot = &session->connection->slot,
	    .status = status};
	int64_t began = log_wants(LOG_LEVEL_REQUESTS) ? clock_now() : 0;
	int result, code;

	session->requests++;
	if (status == PROTOCOL_OK)
		result = verbs_act(&session->shared->verbs, &session->handle,
		    request, &reply);
	else
		result = reply_writer_refuse(&reply, status);
	code = errno;
	if (log_wants(LOG_LEVEL_REQUESTS))
		log_answer(session, request, &reply, began,
		    result == 0 ? NULL : abort_reason(code));
	presence_check(&session->shared->verbs.presence,
	    &session->shared->verbs.root, reply.status);
	errno = code;
	return result;
}

/* Logs, at the end, the requests that have had no line of their own. */
static void
tell_counted(struct session *session)
{
	request_log_flush(&session->repeats, session->peer,
	    session->connection->number, clock_now());
}

/* Says how a connection was lost, and what was lost with it. errno: why. */
static void
log_loss(const struct session *session)
{
	const char *why = errno == ENODATA ?
	    "it left in the middle of a request" :
	    errno == ECANCELED ? "it made room for another" :
				 strerror(errno);
	size_t unsent = stream_unsent(&session->stream);

	log_event(LOG_LEVEL_CONNECTIONS, session->peer,
	    session->connection->number, "ended: %s", why);
	if (unsent > 0 && request_log_may_log_end())
		log_event(LOG_LEVEL_REQUESTS, session->peer,
		    session->connection->number,
		    "ABORTED: the last %zu bytes of replies were not sent: %s",
		    unsent, why);
}

/* It makes room before it was served at all, or with requests unanswered: it
 * should know why. */
static void
turn_away(struct session *session)
{
	struct reply_writer reply = {.stream = &session->stream};

	if (reply_writer_refuse(&reply, PROTOCOL_BUSY) == 0)
		(void)stream_flush(&session->stream, false);
}

/*
 * Ends with a peer that speaks another protocol. What it has sent behind the
 * first byte is dropped unread: the body of a POST, which any web page can
 * send, may look like requests.
 */
static enum ending
end_foreign(struct session *session)
{
	size_t len;

	stream_peek(&session->stream, &len);
	stream_consume(&session->stream, len);
	if (stream_flush(&session->stream, false) == 0)
		return ENDING_FOREIGN;
	log_loss(session);
	return ENDING_RESET;
}

/* Waits for the end of a peer that may go on sending. Meanwhile the connection
 * counts as idle, so that it makes room like others that do nothing. */
static void
await_foreign(struct session *session)
{
	if (connection_begin_idle(session->connection, false))
		stream_end_unread(&session->stream);
	else
		stream_end(&session->stream, true);
	connection_end_idle(session->connection);
}

static enum ending
serve(struct session *session)
{
	struct protocol_request request;
	enum protocol_status status;
	bool unanswered = false;
	size_t size;
	int got;

	while ((got = next_request(session, &request, &status, &size)) == 1) {
		got = pace(session);
		unanswered = got == 0;
		if (got <= 0)
			break;
		if (answer(session, &request, status) != 0) {
			tell_counted(session);
			return ENDING_RESET;
		}
		if (status == PROTOCOL_UNSUPPORTED &&
		    protocol_is_foreign(request.op)) {
			tell_counted(session);
			return end_foreign(session);
		}
		if (finish_request(session, size) != 0) {
			got = -1;
			break;
		}
	}
	tell_counted(session);
	if (got == 0 && leaving(session) == CONNECTION_MAKES_ROOM &&
	    (session->requests == 0 || unanswered))
		turn_away(session);
	if (got == 0)
		return ENDING_ORDERLY;
	log_loss(session);
	return stream_unsent(&session->stream) > 0 ? ENDING_RESET :
						     ENDING_ORDERLY;
}

void
session_run(struct session_shared *shared, struct connection *connection)
{
	struct session session = {.shared = shared, .connection = connection};
	enum ending ending;

	net_print(&connection->address, session.peer);
	handle_init(&session.handle, &shared->verbs.kept);
	stream_open(&session.stream, connection->fd, -1);
	log_event(LOG_LEVEL_CONNECTIONS, session.peer, connection->number,
	    "connected");
	ending = serve(&session);
	work_slot_give(&connection->slot);
	handle_close(&session.handle);
	kept_release(&session.handle.kept);
	if (ending != ENDING_FOREIGN)
		atomic_store(&connection->ends_since, clock_now());
	if (ending == ENDING_ORDERLY)
		stream_end(&session.stream,
		    leaving(&session) != CONNECTION_STAYS);
	else if (ending == ENDING_FOREIGN)
		await_foreign(&session);
	else
		stream_abort(&session.stream);
	log_event(LOG_LEVEL_CONNECTIONS, session.peer, connection->number,
	    "closed, %" PRIu64 " answered", session.requests);
}
