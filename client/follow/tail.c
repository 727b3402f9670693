/*
 * Each request names the file by its id, and goes on where the bytes that are
 * here end. What the server says of a file's state is not believed to be
 * final: it is being written. But its bytes are, once proved: a reply begins
 * with the last bytes that are here already, so that a file that was truncated
 * and has grown again, or an inode that is used again, shows before anything is
 * written; and those of a reply that was cut off, which no trailer has
 * confirmed, are compared by a digest before anything is put behind them, which
 * is in follow/tail_proof.c.
 */

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/wire/reply_reader.h"
#include "client/ui/interrupt.h"
#include "client/wire/request_writer.h"
#include "client/follow/rotation.h"
#include "client/follow/tail.h"
#include "client/follow/tail_wire.h"
#include "common/clock.h"
#include "common/protocol.h"

enum {
	/* Bytes of a reply that are received and dropped; for more the
	 * connection is given up. */
	TAIL_SKIP = 1024 * 1024,
};

void
tail_open(struct tail *tail, const struct follow_settings *settings,
    struct report *report, const char *name)
{
	memset(tail, 0, sizeof(*tail));
	tail->settings = settings;
	tail->report = report;
	tail->name = name;
	tail->begins = true;
	printed_reset(&tail->printed);
}

void
tail_close(struct tail *tail)
{
	free(tail->elsewhere);
	rotated_files_free(&tail->between);
}

enum tail_outcome
tail_fail(struct tail *tail, enum exit_code code, const char *why)
{
	failure_set(&tail->failure, code, "%s", why);
	return TAIL_FAILED;
}

enum tail_outcome
tail_go_on(struct tail *tail)
{
	tail->stage =
	    tail->printed.size > tail->printed.proved ? TAIL_PROVE : TAIL_READ;
	return TAIL_AGAIN;
}

/* ---- asking ------------------------------------------------------------- */

/* Fills in the range that is asked for. */
static void
fill_range(const struct tail *tail, struct protocol_request *request)
{
	const struct printed *printed = &tail->printed;

	request->count = printed->size - printed->proved;
	request->offset = printed->proved;
	if (tail->stage == TAIL_READ) {
		request->count = PROTOCOL_TO_END;
		request->offset = printed->size - printed_last(printed);
	}
	if (tail->stage == TAIL_HEAD) {
		request->count = printed_head(printed);
		request->offset = 0;
	}
}

static int
ask(const struct tail *tail, struct stream *stream)
{
	const char *name =
	    tail->elsewhere != NULL ? tail->elsewhere : tail->name;
	struct protocol_request request = {
	    .op = tail->stage == TAIL_PROVE ? PROTOCOL_OP_DIGEST :
					      PROTOCOL_OP_FETCH,
	    .token = {.id = tail->id},
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name),
	};
	const struct protocol_request named = {
	    .op = PROTOCOL_OP_STAT,
	    .name = (const uint8_t *)tail->name,
	    .name_len = strlen(tail->name),
	};

	fill_range(tail, &request);
	if (tail->stage == TAIL_READ && tail->settings->verify)
		request.flags = PROTOCOL_FETCH_DIGEST;
	if (request_writer_put(stream, &request) != 0 ||
	    (tail->stage == TAIL_READ &&
		request_writer_put(stream, &named) != 0))
		return -1;
	/* What cannot be sent is noticed by reading. */
	(void)stream_push(stream);
	return 0;
}

/* ---- receiving ---------------------------------------------------------- */

enum tail_outcome
tail_end(struct tail *tail, const struct reply_reader *reader)
{
	if (reader->end == OUTCOME_FATAL)
		return TAIL_FAILED;
	(void)tail_go_on(tail);
	return reader->end == OUTCOME_CLOSED ? TAIL_CLOSED : TAIL_LOST;
}

enum tail_outcome
tail_receive_refusal(struct tail *tail, struct reply_reader *reader)
{
	if (reply_reader_read_refusal(reader) != 0)
		return tail_end(tail, reader);
	switch (reader->status) {
	case PROTOCOL_BUSY:
		return TAIL_LOST;
	case PROTOCOL_NOT_FOUND:
	case PROTOCOL_CHANGED:
		return TAIL_DONE;
	case PROTOCOL_DENIED:
	case PROTOCOL_NOT_A_FILE:
		return tail->begun ? TAIL_DONE : TAIL_FAILED;
	case PROTOCOL_BAD_RANGE:
		if (tail->printed.size > 0)
			return TAIL_DONE;
		reply_reader_violation(reader,
		    "no file is too short for no bytes");
		return tail_end(tail, reader);
	default:
		return TAIL_FAILED;
	}
}

int
tail_receive_attributes(const struct tail *tail, struct reply_reader *reader,
    struct protocol_attributes *attributes, uint64_t *n)
{
	struct protocol_request asked = {.op = PROTOCOL_OP_FETCH};

	if (reply_reader_read_attributes(reader, attributes) != 0)
		return -1;
	if (tail->id != 0 && attributes->token.id != tail->id)
		return reply_reader_violation(reader,
		    "another file than the one asked for");
	fill_range(tail, &asked);
	*n = asked.count;
	if (attributes->size >= asked.offset &&
	    *n > attributes->size - asked.offset)
		*n = attributes->size - asked.offset;
	if (attributes->size < asked.offset ||
	    reader->length - PROTOCOL_ATTRIBUTES_SIZE - PROTOCOL_TRAILER_SIZE !=
		*n)
		return reply_reader_violation(reader,
		    "a length that does not fit the file's size");
	return 0;
}

enum tail_outcome
tail_pass_over(struct tail *tail, struct reply_reader *reader,
    struct connection *connection, uint64_t n)
{
	if (n > TAIL_SKIP) {
		connection_close(connection);
		return TAIL_DONE;
	}
	return reply_reader_skip(reader, n + PROTOCOL_TRAILER_SIZE) == 0 ?
	    TAIL_DONE :
	    tail_end(tail, reader);
}

/* Writes all n bytes to standard output, which may be one that does not block:
 * 0, or -1 with errno (ECANCELED: interrupted). */
static int
write_out(const uint8_t *bytes, size_t n)
{
	struct pollfd fds[2] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
	    {.fd = interrupt_fd(), .events = POLLIN}};
	ssize_t written;

	while (n > 0) {
		written = write(STDOUT_FILENO, bytes, n);
		if (written < 0 && errno == EAGAIN)
			(void)poll(fds, 2, -1);
		if (written < 0 && (errno == EINTR || errno == EAGAIN) &&
		    interrupt_check() == 0)
			continue;
		if (written < 0)
			return -1;
		bytes += written;
		n -= (size_t)written;
	}
	return 0;
}

/* The n new bytes, written as they come: TAIL_DONE, or what is to be returned
 * instead. */
static enum tail_outcome
receive_bytes(struct tail *tail, struct reply_reader *reader,
    struct connection *connection, uint64_t n, struct digest *digest)
{
	uint8_t bytes[TAIL_PIECE];
	ssize_t got;

	for (; n > 0; n -= (uint64_t)got) {
		got = stream_receive(reader->stream, bytes,
		    n > sizeof(bytes) ? sizeof(bytes) : (size_t)n,
		    reader->stall);
		if (got <= 0) {
			reply_reader_lost(reader, (int)got);
			return tail_end(tail, reader);
		}
		if (write_out(bytes, (size_t)got) != 0) {
			if (interrupt_pending())
				return tail_fail(tail, EXIT_INTERRUPTED,
				    "interrupted");
			failure_set(&tail->failure, EXIT_LOCAL,
			    "cannot write: %s", strerror(errno));
			return TAIL_FAILED;
		}
		digest_update(digest, bytes, (size_t)got);
		printed_add(&tail->printed, bytes, (size_t)got);
		connection_received(connection, (uint64_t)got);
	}
	return TAIL_DONE;
}

/* The range's bytes and trailer: those that are here already are compared,
 * the others written. */
static enum tail_outcome
receive_body(struct tail *tail, struct reply_reader *reader,
    struct connection *connection, uint64_t n,
    const struct protocol_attributes *attributes, struct tail_look *look)
{
	size_t last = printed_last(&tail->printed);
	uint8_t value[DIGEST_LENGTH];
	struct protocol_trailer trailer;
	enum tail_outcome outcome;
	struct digest digest;

	if (reply_reader_read(reader, tail->last, last) != 0)
		return tail_end(tail, reader);
	if (memcmp(tail->last, tail->printed.last, last) != 0) {
		look->other = true;
		return tail_pass_over(tail, reader, connection, n - last);
	}
	tail->version = attributes->token.version;
	tail->mtime_ns = attributes->mtime_ns;
	digest_reset(&digest);
	digest_update(&digest, tail->last, last);
	outcome = receive_bytes(tail, reader, connection, n - last, &digest);
	if (outcome != TAIL_DONE)
		return outcome;
	if (reply_reader_read_trailer(reader, &trailer) != 0)
		return tail_end(tail, reader);
	/* Its status is no news: it says that the file is being written. */
	digest_value(&digest, value);
	look->fresh = n - last;
	look->more = trailer.size > tail->printed.size;
	look->damaged = tail->settings->verify &&
	    memcmp(value, trailer.digest, sizeof(value)) != 0;
	if (!look->damaged)
		printed_prove(&tail->printed);
	return TAIL_DONE;
}

static enum tail_outcome
receive_range(struct tail *tail, struct reply_reader *reader,
    struct connection *connection, struct tail_look *look)
{
	struct protocol_attributes attributes = {.size = 0};
	uint64_t n = 0;

	look->read = reader->status;
	if (reader->status != PROTOCOL_OK) {
		look->shorter = reader->status == PROTOCOL_BAD_RANGE;
		return tail_receive_refusal(tail, reader);
	}
	if (tail_receive_attributes(tail, reader, &attributes, &n) != 0)
		return tail_end(tail, reader);
	if (attributes.size < tail->printed.size) {
		look->shorter = true;
		return tail_pass_over(tail, reader, connection, n);
	}
	if (failure_check_size(&tail->failure, attributes.size,
		tail->settings->max_size) != 0)
		return TAIL_FAILED;
	look->first = tail->begins;
	if (look->first)
		rotation_begin(tail, &attributes);
	return receive_body(tail, reader, connection, n, &attributes, look);
}

/* Receives the state of the file that the name leads to. */
static enum tail_outcome
receive_named(struct tail *tail, struct reply_reader *reader,
    struct tail_look *look)
{
	struct protocol_attributes attributes = {.size = 0};

	if (reply_reader_begin(reader, reader->stall) != 0)
		return tail_end(tail, reader);
	look->named = reader->status;
	if (reader->status != PROTOCOL_OK)
		return tail_receive_refusal(tail, reader);
	if (reply_reader_read_state(reader, &attributes) != 0)
		return tail_end(tail, reader);
	look->named_id = attributes.token.id;
	look->named_size = attributes.size;
	/* A folder is as good as no file. */
	if (!S_ISREG(attributes.mode)) {
		look->named = PROTOCOL_NOT_A_FILE;
		failure_set(&tail->failure, EXIT_DENIED, "not a file");
	}
	return TAIL_DONE;
}

static enum tail_outcome
receive_read(struct tail *tail, struct reply_reader *reader,
    struct connection *connection)
{
	struct tail_look look = {.read = PROTOCOL_OK};
	enum tail_outcome outcome;

	outcome = receive_range(tail, reader, connection, &look);
	if (outcome == TAIL_DONE && connection->fd >= 0)
		outcome = receive_named(tail, reader, &look);
	return outcome == TAIL_DONE ? rotation_decide(tail, &look) : outcome;
}

enum tail_outcome
tail_step(struct tail *tail, struct connection *connection)
{
	struct reply_reader reader = {
	    .stream = &connection->stream,
	    .stall = tail->settings->connection.timeout,
	    .failure = &tail->failure,
	};
	int64_t limit = reader.stall;

	if (tail->stage == TAIL_SEARCH)
		return rotation_search(tail, connection);
	if (ask(tail, &connection->stream) != 0)
		return tail_fail(tail, EXIT_LOCAL, "out of memory");
	if (tail->stage == TAIL_PROVE)
		limit += request_writer_digest_time(
		    tail->printed.size - tail->printed.proved);
	if (reply_reader_begin(&reader, limit) != 0)
		return tail_end(tail, &reader);
	if (tail->stage == TAIL_READ)
		return receive_read(tail, &reader, connection);
	return tail_receive_proof(tail, &reader, connection);
}
