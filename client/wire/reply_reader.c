/*
 * What every reply has in common, whoever asked. A header is judged by its
 * first byte before the others are waited for: a peer of another kind may
 * have said all it has to say. The lock is worth nothing while bytes are
 * waited for, and giving it up is worth nothing while they are here.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "client/wire/reply_reader.h"
#include "client/ui/interrupt.h"
#include "client/transfer/jobs.h"
#include "common/clock.h"

int
answer_violation(struct answer *answer, const char *what)
{
	answer->end = ANSWER_FAILED;
	return failure_set_violation(answer->failure, what);
}

/* stall is how long was waited in vain, if it was, and missed what for. */
static int
lose(struct answer *answer, int got, int64_t stall, const char *missed)
{
	answer->end = ANSWER_LOST;
	if (interrupt_pending()) {
		answer->end = ANSWER_FAILED;
		return failure_set(answer->failure, EXITS_INTERRUPTED,
		    "interrupted");
	}
	if (got == 0 || errno == ENODATA)
		return failure_set(answer->failure, EXITS_STALLED,
		    "the server closed the connection");
	if (errno == ETIMEDOUT)
		return failure_set(answer->failure, EXITS_STALLED,
		    "%s for %" PRId64 " s (--timeout)", missed,
		    stall / CLOCK_SEC);
	return failure_set(answer->failure, EXITS_STALLED,
	    "the connection broke: %s", strerror(errno));
}

int
answer_lost(struct answer *answer, int got)
{
	return lose(answer, got, answer->stall, "nothing received");
}

bool
answer_has(const struct answer *answer, uint64_t n)
{
	size_t len;

	(void)stream_peek(answer->stream, &len);
	return len >= n;
}

/* Begins and ends a read of n bytes, which may wait without the lock. Both keep
 * errno. */
static bool
begin_to_wait(const struct answer *answer, uint64_t n)
{
	if (answer->jobs == NULL || answer_has(answer, n))
		return false;
	jobs_unlock(answer->jobs);
	return true;
}

static void
end_wait(const struct answer *answer, bool waits)
{
	if (waits)
		jobs_lock(answer->jobs);
}

int
answer_read(struct answer *answer, void *bytes, size_t n)
{
	bool waits = begin_to_wait(answer, n);
	int got = stream_read(answer->stream, bytes, n, answer->stall);

	end_wait(answer, waits);
	return got == 1 ? 0 : answer_lost(answer, got);
}

int
answer_skip(struct answer *answer, uint64_t n)
{
	bool waits = begin_to_wait(answer, n);
	int got = stream_skip(answer->stream, n, answer->stall);

	end_wait(answer, waits);
	return got == 1 ? 0 : answer_lost(answer, got);
}

/* The first byte, which stays in the stream. */
static int
await_first(struct answer *answer, int64_t limit)
{
	bool waits;
	int got;

	if (answer_has(answer, 1))
		return 0;
	waits = begin_to_wait(answer, 1);
	got = stream_fill(answer->stream, clock_now() + limit);
	end_wait(answer, waits);
	if (got == 1)
		return 0;
	lose(answer, got, limit, "no reply");
	if (answer->end == ANSWER_LOST &&
	    (got == 0 || errno == ECONNRESET || errno == EPIPE))
		answer->end = ANSWER_CLOSED;
	return -1;
}

/* Names the protocol that a peer speaks instead, by those of its first bytes
 * that have come. */
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
answer_begin(struct answer *answer, int64_t limit)
{
	uint8_t header[PROTOCOL_REPLY];
	const uint8_t *first;
	size_t len;

	if (await_first(answer, limit) != 0)
		return -1;
	first = stream_peek(answer->stream, &len);
	if (first[0] >= PROTOCOL_STATUSES)
		return answer_violation(answer, name_peer(first, len));
	if (answer_read(answer, header, sizeof(header)) != 0)
		return -1;
	if (protocol_decode_reply(header, &answer->status, &answer->length) !=
	    0)
		return answer_violation(answer, "an unknown reply");
	return 0;
}

int
answer_read_refusal(struct answer *answer)
{
	/* protocol_decode_reply has seen to it that it fits. */
	char text[PROTOCOL_MESSAGE_MAX + 1];

	if (answer_read(answer, text, (size_t)answer->length) != 0)
		return -1;
	text[answer->length] = '\0';
	if (answer->status == PROTOCOL_BUSY)
		failure_set(answer->failure, EXITS_BUSY,
		    "the server is busy: %s", text);
	else
		failure_set(answer->failure, failure_exit(answer->status),
		    "the server says: %s (%s)", text[0] == '\0' ? "no" : text,
		    protocol_status_name(answer->status));
	return 0;
}

/* Attributes, in a body whose length is right. */
static int
read_attributes(struct answer *answer, struct protocol_attributes *attributes)
{
	uint8_t bytes[PROTOCOL_ATTRIBUTES];

	if (answer_read(answer, bytes, sizeof(bytes)) != 0)
		return -1;
	if (protocol_decode_attributes(bytes, attributes) != 0)
		return answer_violation(answer, "an impossible file size");
	return 0;
}

int
answer_read_state(struct answer *answer, struct protocol_attributes *attributes)
{
	if (answer->length != PROTOCOL_ATTRIBUTES)
		return answer_violation(answer, "a state of the wrong length");
	return read_attributes(answer, attributes);
}

int
answer_read_attributes(struct answer *answer,
    struct protocol_attributes *attributes)
{
	if (answer->length < PROTOCOL_ATTRIBUTES + PROTOCOL_TRAILER)
		return answer_violation(answer, "a reply that is too short");
	return read_attributes(answer, attributes);
}

int
answer_read_trailer(struct answer *answer, struct protocol_trailer *trailer)
{
	uint8_t bytes[PROTOCOL_TRAILER];

	if (answer_read(answer, bytes, sizeof(bytes)) != 0)
		return -1;
	if (protocol_decode_trailer(bytes, trailer) != 0)
		return answer_violation(answer, "an unknown trailer");
	return 0;
}

int
answer_read_digest(struct answer *answer,
    struct protocol_attributes *attributes, uint8_t digest[PROTOCOL_DIGEST])
{
	if (answer->length != PROTOCOL_ATTRIBUTES + PROTOCOL_DIGEST)
		return answer_violation(answer, "a digest of the wrong length");
	if (read_attributes(answer, attributes) != 0)
		return -1;
	return answer_read(answer, digest, PROTOCOL_DIGEST);
}
