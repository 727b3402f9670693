/*
 * Bytes that were written and that no trailer has confirmed: the server is
 * asked for the digest of what the file has in their place. If it is another
 * one, the file was written to, which its version shows, or they were damaged
 * on their way.
 */

#include <inttypes.h>
#include <string.h>

#include "client/follow/rotation.h"
#include "client/follow/tail_wire.h"
#include "common/protocol.h"

/* The unproved bytes are, or are not, those of the file, which has this
 * version now. */
static enum tail_outcome
judge(struct tail *tail, const uint8_t digest[PROTOCOL_DIGEST_SIZE],
    uint64_t version)
{
	if (printed_matches(&tail->printed, digest)) {
		printed_prove(&tail->printed);
		report_detail(tail->report, "%s: goes on from byte %" PRIu64,
		    tail->name, tail->printed.proved);
		return tail_go_on(tail);
	}
	if (version == tail->version)
		return tail_fail(tail, EXIT_MISMATCH,
		    "what arrived is not what the file has (digest "
		    "mismatch)");
	/* It was written to meanwhile, and not only behind these bytes. */
	memcpy(tail->last, tail->printed.last, sizeof(tail->last));
	tail->stage = TAIL_HEAD;
	return TAIL_AGAIN;
}

static enum tail_outcome
receive_digest(struct tail *tail, struct reply_reader *reader)
{
	struct protocol_attributes attributes;
	uint8_t digest[PROTOCOL_DIGEST_SIZE];

	if (reply_reader_read_digest(reader, &attributes, digest) != 0)
		return tail_end(tail, reader);
	if (attributes.size < tail->printed.size)
		return rotation_shortened(tail, TAIL_SHORTER);
	return judge(tail, digest, attributes.token.version);
}

/* The digest of n bytes and their trailer: TAIL_DONE, or as tail_end. */
static enum tail_outcome
digest_body(struct tail *tail, struct reply_reader *reader, uint64_t n,
    uint8_t value[DIGEST_LENGTH])
{
	uint8_t bytes[TAIL_PIECE];
	struct digest digest;
	size_t some;

	digest_reset(&digest);
	for (; n > 0; n -= some) {
		some = n > sizeof(bytes) ? sizeof(bytes) : (size_t)n;
		if (reply_reader_read(reader, bytes, some) != 0)
			return tail_end(tail, reader);
		digest_update(&digest, bytes, some);
	}
	if (reply_reader_skip(reader, PROTOCOL_TRAILER_SIZE) != 0)
		return tail_end(tail, reader);
	digest_value(&digest, value);
	return TAIL_DONE;
}

/* Receives what stands before the n bytes of a range: TAIL_DONE if the file is
 * as long as before, or what is to be returned instead. */
static enum tail_outcome
begin_range(struct tail *tail, struct reply_reader *reader,
    struct connection *connection, struct protocol_attributes *attributes,
    uint64_t *n)
{
	enum tail_outcome outcome;

	if (tail_receive_attributes(tail, reader, attributes, n) != 0)
		return tail_end(tail, reader);
	if (attributes->size >= tail->printed.size)
		return TAIL_DONE;
	outcome = tail_pass_over(tail, reader, connection, *n);
	return outcome == TAIL_DONE ? rotation_shortened(tail, TAIL_SHORTER) :
				      outcome;
}

/* The unproved bytes once more, for their digest alone. */
static enum tail_outcome
receive_again(struct tail *tail, struct reply_reader *reader,
    struct connection *connection)
{
	struct protocol_attributes attributes = {.size = 0};
	uint8_t value[DIGEST_LENGTH];
	enum tail_outcome outcome;
	uint64_t n = 0;

	outcome = begin_range(tail, reader, connection, &attributes, &n);
	if (outcome != TAIL_DONE)
		return outcome;
	outcome = digest_body(tail, reader, n, value);
	return outcome == TAIL_DONE ?
	    judge(tail, value, attributes.token.version) :
	    outcome;
}

/* The first bytes: if they too are others, the file was written anew. */
static enum tail_outcome
receive_head(struct tail *tail, struct reply_reader *reader,
    struct connection *connection)
{
	struct protocol_attributes attributes = {.size = 0};
	uint8_t head[PRINTED_HEAD];
	enum tail_outcome outcome;
	uint64_t n = 0;

	outcome = begin_range(tail, reader, connection, &attributes, &n);
	if (outcome != TAIL_DONE)
		return outcome;
	if (reply_reader_read(reader, head, (size_t)n) != 0 ||
	    reply_reader_skip(reader, PROTOCOL_TRAILER_SIZE) != 0)
		return tail_end(tail, reader);
	if (memcmp(head, tail->printed.head, (size_t)n) != 0)
		return rotation_shortened(tail, TAIL_REWRITTEN);
	report_note(tail->report,
	    "%s: it was changed where it had been read already, which is not "
	    "shown",
	    tail->name);
	memcpy(tail->printed.last, tail->last, sizeof(tail->last));
	printed_prove(&tail->printed);
	return tail_go_on(tail);
}

/* A refusal where the file was to be proved. */
static enum tail_outcome
receive_no_proof(struct tail *tail, struct reply_reader *reader)
{
	enum tail_outcome outcome = tail_receive_refusal(tail, reader);

	if (outcome != TAIL_DONE)
		return outcome;
	if (reader->status == PROTOCOL_BAD_RANGE)
		return rotation_shortened(tail, TAIL_SHORTER);
	/* An older server has no digest of a file that is written to while it
	 * is digested, which says nothing of these bytes. */
	if (reader->status == PROTOCOL_CHANGED && tail->stage == TAIL_PROVE) {
		tail->stage = TAIL_REREAD;
		return TAIL_AGAIN;
	}
	return rotation_elsewhere(tail);
}

enum tail_outcome
tail_receive_proof(struct tail *tail, struct reply_reader *reader,
    struct connection *connection)
{
	if (reader->status != PROTOCOL_OK)
		return receive_no_proof(tail, reader);
	if (tail->stage == TAIL_PROVE)
		return receive_digest(tail, reader);
	if (tail->stage == TAIL_REREAD)
		return receive_again(tail, reader, connection);
	return receive_head(tail, reader, connection);
}
