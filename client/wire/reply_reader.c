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

/* Waits for the first byte, which stays in the stream. */
static int
await_first(struct reply_reader *reader, int64_t limit)
{
	bool released;
	int got;

	if (reply_reader_has(reader, 1))
		return 0;
	released = release_lock(reader, 1);
	got = stream_fill(reader->stream, clock_now() + limit);
	regain_lock(reader, released);
	if (got == 1)
		return 0;
	lose(reader, got, limit, "no reply");
	if (reader->end == OUTCOME_LOST &&
	    (got == 0 || errno == ECONNRESET || errno == EPIPE))
		reader->end = OUTCOME_CLOSED;
	return -1;
}

/* Returns the protocol that a peer seems to speak, by its first bytes. */
static const char *
name_peer(const uint8_t *bytes, size_t len)
{
	static const struct {
		const char *first;
		const char *what;
	} peers[] = {
	    {"HTTP/", "it speaks HTTP, as web servers do"},
	    {"SSH-", "it speaks SSH"},
	    {"220", "it speaks like a mail or FTP server"},
	    {"\025\003", "it wants TLS"},
	};
	size_t i;

	for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
		if (len >= strlen(peers[i].first) &&
		    memcmp(bytes, peers[i].first, strlen(peers[i].first)) == 0)
			return peers[i].what;
	return "an unknown reply";
}

int
reply_reader_begin(struct reply_reader *reader, int64_t limit)
{
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];
	const uint8_t *first;
	size_t len;

	if (await_first(reader, limit) != 0)
		return -1;
	first = stream_peek(reader->stream, &len);
	if (first[0] >= PROTOCOL_STATUSES)
		return reply_reader_violation(reader, name_peer(first, len));
	if (reply_reader_read(reader, header, sizeof(header)) != 0)
		return -1;
	if (protocol_decode_reply(header, &reader->status, &reader->length) !=
	    0)
		return reply_reader_violation(reader, "an unknown reply");
	return 0;
}

int
reply_reader_read_refusal(struct reply_reader *reader)
{
	/* protocol_decode_reply has checked the length. */
	char text[PROTOCOL_MESSAGE_MAX + 1];

	if (reply_reader_read(reader, text, (size_t)reader->length) != 0)
		return -1;
	text[reader->length] = '\0';
	if (reader->status == PROTOCOL_BUSY)
		failure_set(reader->failure, EXIT_BUSY,
		    "the server is busy: %s", text);
	else
		failure_set(reader->failure, failure_exit(reader->status),
		    "the server says: %s (%s)", text[0] == '\0' ? "no" : text,
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
