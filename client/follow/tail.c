/*
 * A followed file is being written to, so its size and times prove nothing;
 * only a digest proves printed bytes. A read begins with the last bytes that
 * were printed already, so that a file that was truncated and has grown again,
 * or a reused inode, is noticed before anything is printed. Bytes of a reply
 * that was cut off are unproved, since no trailer has confirmed them;
 * follow/tail_proof.c compares them with the file before others are printed
 * behind them.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/follow/tail.h"
#include "client/follow/tail_proof.h"
#include "client/follow/tail_seek.h"
#include "client/follow/tail_wire.h"
#include "client/ui/interrupt.h"
#include "client/ui/stdout_writer.h"
#include "common/protocol.h"

/* Stages that depend on more than the event. */
enum {
	TAIL_STAY = TAIL_SAME + 1, /* the same stage */
	TAIL_RESUME,		   /* the same stage of --lines; else
				      TAIL_PROVE if bytes are unproved, else
				      TAIL_READ */
};

/* The transitions: the stage that follows an event, and the step's outcome. */
static const struct {
	int stage;
	enum outcome outcome;
} after[] = {
    [TAIL_IDLE] = {TAIL_READ, OUTCOME_OK},
    [TAIL_GREW] = {TAIL_READ, OUTCOME_MORE},
    [TAIL_NO_NAME] = {TAIL_READ, OUTCOME_NOT_YET},
    [TAIL_READ_AGAIN] = {TAIL_READ, OUTCOME_AGAIN},
    [TAIL_PROVED] = {TAIL_READ, OUTCOME_AGAIN},
    [TAIL_FOUND] = {TAIL_RESUME, OUTCOME_AGAIN},
    [TAIL_NEXT_FILE] = {TAIL_READ, OUTCOME_AGAIN},
    [TAIL_DAMAGED] = {TAIL_PROVE, OUTCOME_AGAIN},
    [TAIL_NO_DIGEST] = {TAIL_REREAD, OUTCOME_AGAIN},
    [TAIL_OTHER_BYTES] = {TAIL_HEAD, OUTCOME_AGAIN},
    [TAIL_MOVED] = {TAIL_SEARCH, OUTCOME_AGAIN},
    [TAIL_OTHER_ID] = {TAIL_SAME, OUTCOME_AGAIN},
    [TAIL_SEEK_ON] = {TAIL_LINES, OUTCOME_MORE},
    [TAIL_SEEK_ANEW] = {TAIL_SIZE, OUTCOME_AGAIN},
    [TAIL_SOUGHT] = {TAIL_READ, OUTCOME_MORE},
    [TAIL_BUSY] = {TAIL_STAY, OUTCOME_LOST},
    [TAIL_CLOSED] = {TAIL_RESUME, OUTCOME_CLOSED},
    [TAIL_LOST] = {TAIL_RESUME, OUTCOME_LOST},
    [TAIL_FAILED] = {TAIL_STAY, OUTCOME_FATAL},
};

/* Returns the stage that follows on a new connection. */
static enum tail_stage
resume_stage(const struct tail *tail)
{
	if (tail->stage == TAIL_SIZE || tail->stage == TAIL_LINES)
		return tail->stage;
	return tail->printed.size > tail->printed.proved ? TAIL_PROVE :
							   TAIL_READ;
}

/* Goes to the stage that follows an event: the only place that changes it. */
static enum outcome
change_stage(struct tail *tail, enum tail_event event)
{
	int stage = after[event].stage;

	if (stage == TAIL_RESUME)
		stage = resume_stage(tail);
	if (stage != TAIL_STAY)
		tail->stage = (enum tail_stage)stage;
	if (event == TAIL_NEXT_FILE) {
		printed_reset(&tail->printed);
		tail->first = 0;
	}
	if (event == TAIL_CLOSED || event == TAIL_LOST)
		tail->rotation.same.reconnected = true;
	return after[event].outcome;
}

void
tail_open(struct tail *tail, const struct follow_settings *settings,
    struct report *report, const char *name)
{
	memset(tail, 0, sizeof(*tail));
	tail->settings = settings;
	if (settings->lines >= 0)
		tail->stage = TAIL_SIZE;
	printed_reset(&tail->printed);
	rotation_open(&tail->rotation, report, name, &tail->printed,
	    &tail->failure);
}

void
tail_close(struct tail *tail)
{
	rotation_close(&tail->rotation);
	free(tail->piece);
}

/* Writes n new bytes, without those in front of the last lines (--lines).
 * Returns 0, or -1 with errno. */
static int
write_new_bytes(const struct tail *tail, const uint8_t *bytes, size_t n)
{
	uint64_t left_out = tail->first > tail->printed.size ?
	    tail->first - tail->printed.size :
	    0;

	if (left_out >= n)
		return 0;
	return stdout_writer_write(bytes + left_out, n - (size_t)left_out);
}

/* Prints the n new bytes as they arrive, and digests them. */
static enum tail_event
receive_new_bytes(struct tail *tail, struct reply_reader *reader,
    struct connection *connection, uint64_t n, struct digest *digest)
{
	uint8_t bytes[TAIL_WIRE_PIECE];
	ssize_t got;

	for (; n > 0; n -= (uint64_t)got) {
		got = stream_receive(reader->stream, bytes,
		    n > sizeof(bytes) ? sizeof(bytes) : (size_t)n,
		    reader->stall);
		if (got <= 0) {
			reply_reader_lost(reader, (int)got);
			return tail_wire_end(reader);
		}
		if (write_new_bytes(tail, bytes, (size_t)got) != 0) {
			stdout_writer_fail(&tail->failure);
			return TAIL_FAILED;
		}
		digest_update(digest, bytes, (size_t)got);
		printed_add(&tail->printed, bytes, (size_t)got);
		connection_received(connection, (uint64_t)got);
	}
	return TAIL_OK;
}

/* Receives the n bytes of a range and the trailer: compares those that are
 * printed, prints the others. */
static enum tail_event
receive_body(struct tail *tail, struct reply_reader *reader,
    struct connection *connection, uint64_t n,
    const struct protocol_attributes *attributes, struct rotation_look *look)
{
	size_t last = printed_last(&tail->printed);
	uint8_t value[DIGEST_LENGTH];
	struct protocol_trailer trailer;
	enum tail_event event;
	struct digest digest;

	if (reply_reader_read(reader, tail->last, last) != 0)
		return tail_wire_end(reader);
	if (memcmp(tail->last, tail->printed.last, last) != 0) {
		look->is_other = true;
		return tail_wire_skip(reader, connection, n - last);
	}
	look->is_first = rotation_note_bytes(&tail->rotation, attributes);
	tail->version = attributes->token.version;
	digest_reset(&digest);
	digest_update(&digest, tail->last, last);
	event = receive_new_bytes(tail, reader, connection, n - last, &digest);
	if (event != TAIL_OK)
		return event;
	if (reply_reader_read_trailer(reader, &trailer) != 0)
		return tail_wire_end(reader);
	/* The trailer's status is ignored: the file is being written to. */
	digest_value(&digest, value);
	look->fresh = n - last;
	look->has_more = trailer.size > tail->printed.size;
	look->is_damaged = tail->settings->verify &&
	    memcmp(value, trailer.digest, sizeof(value)) != 0;
	if (!look->is_damaged)
		printed_prove(&tail->printed);
	return TAIL_OK;
}

/* Receives the reply to FETCH. */
static enum tail_event
receive_read_range(struct tail *tail, struct reply_reader *reader,
    struct connection *connection, struct rotation_look *look)
{
	struct protocol_attributes attributes = {.size = 0};
	uint64_t n = 0;

	look->read = reader->status;
	if (reader->status != PROTOCOL_OK) {
		look->is_truncated = reader->status == PROTOCOL_BAD_RANGE;
		return tail_wire_read_refusal(tail, reader);
	}
	if (tail_wire_read_attributes(tail, reader, &attributes, &n) != 0)
		return tail_wire_end(reader);
	if (attributes.size < tail->printed.size) {
		look->is_truncated = true;
		return tail_wire_skip(reader, connection, n);
	}
	if (failure_check_size(&tail->failure, attributes.size,
		tail->settings->max_size) != 0)
		return TAIL_FAILED;
	return receive_body(tail, reader, connection, n, &attributes, look);
}

/* Receives the reply to STAT of the followed name. */
static enum tail_event
receive_named(struct tail *tail, struct reply_reader *reader,
    struct rotation_look *look)
{
	struct protocol_attributes attributes = {.size = 0};

	if (reply_reader_begin(reader, reader->stall) != 0)
		return tail_wire_end(reader);
	look->named = reader->status;
	if (reader->status != PROTOCOL_OK)
		return tail_wire_read_refusal(tail, reader);
	if (reply_reader_read_state(reader, &attributes) != 0)
		return tail_wire_end(reader);
	look->named_id = attributes.token.id;
	look->named_size = attributes.size;
	if (!S_ISREG(attributes.mode)) {
		look->named = PROTOCOL_NOT_A_FILE;
		failure_set(&tail->failure, EXIT_DENIED, "not a file");
	}
	return TAIL_OK;
}

static enum tail_event
receive_read(struct tail *tail, struct reply_reader *reader,
    struct connection *connection)
{
	struct rotation_look look = {.read = PROTOCOL_OK};
	enum tail_event event;

	event = receive_read_range(tail, reader, connection, &look);
	if (event == TAIL_OK && connection->fd >= 0)
		event = receive_named(tail, reader, &look);
	if (event != TAIL_OK)
		return event;
	/* The file is gone, or shorter, before a byte of its last lines came:
	 * those of the file that has the name now are wanted. */
	if (!tail->rotation.begun && tail->rotation.id != 0 &&
	    (look.read != PROTOCOL_OK || look.is_truncated))
		return TAIL_SEEK_ANEW;
	return rotation_decide(&tail->rotation, &look);
}

static enum tail_event
run_stage(struct tail *tail, struct connection *connection)
{
	struct reply_reader reader = {
	    .stream = &connection->stream,
	    .stall = tail->settings->connection.timeout,
	    .failure = &tail->failure,
	    .unanswered = connection_unanswered(connection),
	    .tls_client = &connection->tls_client,
	    .which = connection_which(connection),
	};
	int64_t limit = reader.stall;

	if (tail->stage == TAIL_SEARCH)
		return rotation_search(&tail->rotation, connection);
	if (tail_wire_ask(tail, &connection->stream) != 0) {
		failure_set(&tail->failure, EXIT_LOCAL, "out of memory");
		return TAIL_FAILED;
	}
	limit += tail_wire_digest_time(tail);
	if (reply_reader_begin(&reader, limit) != 0)
		return tail_wire_end(&reader);
	switch (tail->stage) {
	case TAIL_READ:
		return receive_read(tail, &reader, connection);
	case TAIL_SIZE:
	case TAIL_LINES:
		return tail_seek_receive(tail, &reader, connection);
	default:
		return tail_proof_receive(tail, &reader, connection);
	}
}

enum outcome
tail_step(struct tail *tail, struct connection *connection)
{
	return change_stage(tail, run_stage(tail, connection));
}
