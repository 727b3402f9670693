/*
 * Reads the parts that all replies have in common. The first byte of a header
 * is checked before the others are waited for: a server of another protocol
 * may have sent its whole greeting. The caller's lock is released only where a
 * read has to wait for the network. Any thread that owns the stream.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "client/ui/interrupt.h"
#include "client/wire/tls_client.h"
#include "client/wire/foreign_peer.h"
#include "client/wire/reply_reader.h"
#include "common/clock.h"

int
reply_reader_violation(struct reply_reader *reader, const char *what)
{
	reader->end = OUTCOME_FATAL;
	return failure_set_violation(reader->failure, what);
}

/* Sets end and failure after a read that returned got. stall and missed say
 * how long it waited, and for what. */
static int
lose(struct reply_reader *reader, int got, int64_t stall, const char *missed)
{
	reader->end = OUTCOME_LOST;
	if (interrupt_pending()) {
		reader->end = OUTCOME_FATAL;
		return failure_set(reader->failure, EXIT_INTERRUPTED,
		    "interrupted");
	}
	if (tls_client_explain(reader->tls_client, reader->failure)) {
		if (reader->failure->code == EXIT_UNTRUSTED)
			reader->end = OUTCOME_FATAL;
		return -1;
	}
	if (got == 0 || errno == ENODATA)
		return failure_set(reader->failure, EXIT_STALLED,
		    "the server closed the connection");
	if (errno == ETIMEDOUT)
		return failure_set(reader->failure, EXIT_STALLED,
		    "%s for %" PRId64 " s (--timeout)", missed,
		    stall / CLOCK_SEC);
	return failure_set(reader->failure, EXIT_STALLED,
	    "the connection broke: %s", strerror(errno));
}

int
reply_reader_lost(struct reply_reader *reader, int got)
{
	return lose(reader, got, reader->stall, "nothing received");
}

bool
reply_reader_has(const struct reply_reader *reader, uint64_t n)
{
	size_t len;

	(void)stream_peek(reader->stream, &len);
	return len >= n;
}

/* Releases the lock if reading n bytes may wait; returns whether it did. */
static bool
release_lock(const struct reply_reader *reader, uint64_t n)
{
	if (reader->lock == NULL || reply_reader_has(reader, n))
		return false;
	pthread_mutex_unlock(reader->lock);
	return true;
}

/* Takes the lock back; keeps errno, which the read may have set. */
static void
regain_lock(const struct reply_reader *reader, bool released)
{
	int saved;

	if (!released)
		return;
	saved = errno;
	pthread_mutex_lock(reader->lock);
	errno = saved;
}

int
reply_reader_read(struct reply_reader *reader, void *bytes, uint64_t n)
{
	bool released = release_lock(reader, n);
	int got = stream_read(reader->stream, bytes, n, reader->stall);

	regain_lock(reader, released);
	return got == 1 ? 0 : reply_reader_lost(reader, got);
}

/* Waits for the first byte, which stays in the stream. what gets a description
 * of a peer that is no fileserv, or "". */
static int
await_first(struct reply_reader *reader, int64_t limit,
    char what[FOREIGN_PEER_TEXT])
{
	const uint8_t *first;
	bool released;
	size_t len;
	int got = 1;

	what[0] = '\0';
	if (!reply_reader_has(reader, 1)) {
		released = release_lock(reader, 1);
		got = foreign_peer_receive(reader->stream, limit,
		    reader->unanswered, what);
		regain_lock(reader, released);
	}
	first = stream_peek(reader->stream, &len);
	if (got == 1 && len > 0 && first[0] >= PROTOCOL_STATUSES) {
		released = release_lock(reader, len + 1);
		foreign_peer_describe(reader->stream, what);
		regain_lock(reader, released);
	}
	if (got == 1)
		return 0;
	lose(reader, got, limit, "no reply");
	if (reader->end == OUTCOME_LOST &&
	    (got == 0 || errno == ECONNRESET || errno == EPIPE))
		reader->end = OUTCOME_CLOSED;
	return -1;
}

int
reply_reader_begin(struct reply_reader *reader, int64_t limit)
{
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];
	char what[FOREIGN_PEER_TEXT];

	if (await_first(reader, limit, what) != 0)
		return -1;
	if (what[0] != '\0')
		return reply_reader_violation(reader, what);
	if (reply_reader_read(reader, header, sizeof(header)) != 0)
		return -1;
	if (protocol_decode_reply(header, &reader->status, &reader->length) !=
	    0)
		return reply_reader_violation(reader, "an unknown reply");
	return 0;
}

/* Returns true for a refusal of plain requests, all of them. */
static bool
wants_tls(const struct reply_reader *reader, const char *text)
{
	return (reader->tls_client == NULL ||
		   reader->tls_client->tls == NULL) &&
	    reader->status == PROTOCOL_UNSUPPORTED &&
	    strncmp(text, PROTOCOL_WANTS_TLS, strlen(PROTOCOL_WANTS_TLS)) == 0;
}

int
reply_reader_read_refusal(struct reply_reader *reader)
{
	/* protocol_decode_reply has checked the length. */
	char text[PROTOCOL_MESSAGE_MAX + 1];
	const char *which = reader->which == NULL ? "" : reader->which;
	const char *blank = which[0] == '\0' ? "" : " ";

	if (reply_reader_read(reader, text, (size_t)reader->length) != 0)
		return -1;
	text[reader->length] = '\0';
	if (wants_tls(reader, text)) {
		reader->end = OUTCOME_FATAL;
		return failure_set(reader->failure, EXIT_UNTRUSTED,
		    "the server%s%.200s wants encryption: use --tls", blank,
		    which);
	}
	if (reader->status == PROTOCOL_BUSY)
		failure_set(reader->failure, EXIT_BUSY,
		    "the server is busy: %s", text);
	else
		failure_set(reader->failure, failure_exit(reader->status),
		    "the server%s%.200s says: %s (%s)", blank, which,
		    text[0] == '\0' ? "no" : text,
		    protocol_status_name(reader->status));
	return 0;
}

/* Reads attributes, in a body whose length was checked. */
static int
read_attributes(struct reply_reader *reader,
    struct protocol_attributes *attributes)
{
	uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE];

	if (reply_reader_read(reader, bytes, sizeof(bytes)) != 0)
		return -1;
	if (protocol_decode_attributes(bytes, attributes) != 0)
		return reply_reader_violation(reader,
		    "an impossible file size");
	return 0;
}

int
reply_reader_read_state(struct reply_reader *reader,
    struct protocol_attributes *attributes)
{
	if (reader->length != PROTOCOL_ATTRIBUTES_SIZE)
		return reply_reader_violation(reader,
		    "a state of the wrong length");
	return read_attributes(reader, attributes);
}

int
reply_reader_read_attributes(struct reply_reader *reader,
    struct protocol_attributes *attributes)
{
	if (reader->length < PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_TRAILER_SIZE)
		return reply_reader_violation(reader,
		    "a reply that is too short");
	return read_attributes(reader, attributes);
}

int
reply_reader_read_trailer(struct reply_reader *reader,
    struct protocol_trailer *trailer)
{
	uint8_t bytes[PROTOCOL_TRAILER_SIZE];

	if (reply_reader_read(reader, bytes, sizeof(bytes)) != 0)
		return -1;
	if (protocol_decode_trailer(bytes, trailer) != 0)
		return reply_reader_violation(reader, "an unknown trailer");
	return 0;
}

int
reply_reader_read_digest(struct reply_reader *reader,
    struct protocol_attributes *attributes,
    uint8_t digest[PROTOCOL_DIGEST_SIZE])
{
	if (reader->length != PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_DIGEST_SIZE)
		return reply_reader_violation(reader,
		    "a digest of the wrong length");
	if (read_attributes(reader, attributes) != 0)
		return -1;
	return reply_reader_read(reader, digest, PROTOCOL_DIGEST_SIZE);
}
