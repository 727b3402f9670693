/*
 * What every reply has in common, whoever asked. A header is judged by its
 * first byte before the others are waited for: a peer of another kind may
 * have said all it has to say.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "client/answer.h"
#include "client/interrupt.h"
#include "common/clock.h"

int
answer_wrong(struct answer *answer, const char *what)
{
	answer->end = ANSWER_FAILED;
	return failure_set(&answer->failure, EXITS_PROTOCOL,
	    "the server does not speak this protocol: %s", what);
}

int
answer_lost(struct answer *answer, int got, int64_t stall)
{
	answer->end = ANSWER_LOST;
	if (interrupt_pending()) {
		answer->end = ANSWER_FAILED;
		return failure_set(&answer->failure, EXITS_INTERRUPTED,
		    "interrupted");
	}
	if (got == 0)
		return failure_set(&answer->failure, EXITS_STALLED,
		    "the server closed the connection");
	if (errno == ETIMEDOUT)
		return failure_set(&answer->failure, EXITS_STALLED,
		    "nothing received for %" PRId64 " s", stall / CLOCK_SEC);
	return failure_set(&answer->failure, EXITS_STALLED, "%s",
	    strerror(errno));
}

int
answer_bytes(struct answer *answer, void *bytes, size_t n)
{
	int got = stream_read(answer->stream, bytes, n, answer->stall);

	return got == 1 ? 0 : answer_lost(answer, got, answer->stall);
}

/* The first byte, which stays in the stream. */
static int
await_first(struct answer *answer, int64_t patience, uint8_t *first)
{
	size_t len;
	int got = 1;

	(void)stream_peek(answer->stream, &len);
	if (len == 0)
		got = stream_fill(answer->stream, clock_now() + patience);
	if (got == 1) {
		*first = stream_peek(answer->stream, &len)[0];
		return 0;
	}
	answer_lost(answer, got, patience);
	if (answer->end == ANSWER_LOST &&
	    (got == 0 || errno == ECONNRESET || errno == EPIPE))
		answer->end = ANSWER_CLOSED;
	return -1;
}

int
answer_begin(struct answer *answer, int64_t patience)
{
	uint8_t first, header[PROTOCOL_REPLY];

	if (await_first(answer, patience, &first) != 0)
		return -1;
	if (first >= PROTOCOL_STATUSES)
		return answer_wrong(answer, "an unknown reply");
	if (answer_bytes(answer, header, sizeof(header)) != 0)
		return -1;
	if (protocol_decode_reply(header, &answer->status, &answer->length) !=
	    0)
		return answer_wrong(answer, "an unknown reply");
	return 0;
}

int
answer_message(struct answer *answer, char text[PROTOCOL_MESSAGE_MAX + 1])
{
	/* protocol_decode_reply has seen to it that it fits. */
	text[answer->length] = '\0';
	return answer_bytes(answer, text, (size_t)answer->length);
}

static int
read_attributes(struct answer *answer, struct protocol_attributes *attributes)
{
	uint8_t bytes[PROTOCOL_ATTRIBUTES];

	if (answer_bytes(answer, bytes, sizeof(bytes)) != 0)
		return -1;
	if (protocol_decode_attributes(bytes, attributes) != 0)
		return answer_wrong(answer, "an impossible file size");
	return 0;
}

int
answer_attributes(struct answer *answer, struct protocol_attributes *attributes)
{
	if (answer->length < PROTOCOL_ATTRIBUTES + PROTOCOL_TRAILER)
		return answer_wrong(answer, "a reply that is too short");
	return read_attributes(answer, attributes);
}

int
answer_trailer(struct answer *answer, struct protocol_trailer *trailer)
{
	uint8_t bytes[PROTOCOL_TRAILER];

	if (answer_bytes(answer, bytes, sizeof(bytes)) != 0)
		return -1;
	if (protocol_decode_trailer(bytes, trailer) != 0)
		return answer_wrong(answer, "an unknown trailer");
	return 0;
}

int
answer_digest(struct answer *answer, struct protocol_attributes *attributes,
    uint8_t digest[PROTOCOL_DIGEST])
{
	if (answer->length != PROTOCOL_ATTRIBUTES + PROTOCOL_DIGEST)
		return answer_wrong(answer, "a digest of the wrong length");
	if (read_attributes(answer, attributes) != 0)
		return -1;
	return answer_bytes(answer, digest, PROTOCOL_DIGEST);
}
