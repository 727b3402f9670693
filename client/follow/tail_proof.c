/*
 * Compares printed bytes with the file, by digest. If unproved bytes differ and
 * the file has the version that they were read from, they were damaged on their
 * way; else the file was written to, and its first bytes tell whether it was
 * rewritten as a whole.
 */

#include <inttypes.h>
#include <string.h>

#include "client/follow/rotation_notes.h"
#include "client/follow/tail_proof.h"
#include "client/follow/tail_wire.h"
#include "common/protocol.h"

/* Compares the unproved bytes with the digest of that range in this version. */
static enum tail_event
judge_unproved(struct tail *tail, const uint8_t digest[PROTOCOL_DIGEST_SIZE],
    uint64_t version)
{
	if (printed_matches(&tail->printed, digest)) {
		printed_prove(&tail->printed);
		report_detail(tail->rotation.report,
		    "%s: goes on from byte %" PRIu64, tail->rotation.name,
		    tail->printed.proved);
		return TAIL_PROVED;
	}
	if (version == tail->version) {
		failure_set(&tail->failure, EXIT_MISMATCH,
		    "the received bytes differ from the file (digest "
		    "mismatch)");
		return TAIL_FAILED;
	}
	/* The last printed bytes may be unchanged: TAIL_HEAD keeps them. */
	memcpy(tail->last, tail->printed.last, sizeof(tail->last));
	return TAIL_OTHER_BYTES;
}

/* Compares the first n bytes with the digest of those that the file has. */
static enum tail_event
judge_head(struct tail *tail, const uint8_t digest[PROTOCOL_DIGEST_SIZE],
    size_t n)
{
	uint8_t own[DIGEST_LENGTH];

	digest_of(tail->printed.head, n, own);
	if (memcmp(own, digest, sizeof(own)) != 0)
		return rotation_restart(&tail->rotation, ROTATION_REWRITTEN);
	report_note(tail->rotation.report,
	    "%s: bytes that were printed have changed in the file; the changes "
	    "are not shown",
	    tail->rotation.name);
	printed_alter(&tail->printed, tail->last);
	return TAIL_PROVED;
}

/* Reports once that the file has only the first of the printed bytes. */
static enum tail_event
wait_for_copy(struct tail *tail)
{
	struct same_log *same = &tail->rotation.same;

	if (!same->told)
		rotation_notes_behind(tail->rotation.report,
		    tail->rotation.name, same->size, tail->printed.size);
	same->told = true;
	return TAIL_IDLE;
}

/* Compares the printed bytes with those of the file that the name leads to. */
static enum tail_event
judge_same(struct tail *tail, const struct protocol_attributes *attributes,
    const uint8_t digest[PROTOCOL_DIGEST_SIZE])
{
	switch (same_log_judge(&tail->rotation.same, &tail->printed,
	    attributes->size, digest)) {
	case SAME_LOG_SAME:
		printed_prove(&tail->printed);
		return rotation_go_on(&tail->rotation, attributes);
	case SAME_LOG_BEHIND:
		return wait_for_copy(tail);
	default:
		return rotation_leave_other(&tail->rotation);
	}
}

static enum tail_event
receive_digest(struct tail *tail, struct reply_reader *reader)
{
	struct protocol_attributes attributes;
	uint8_t digest[PROTOCOL_DIGEST_SIZE];

	if (reply_reader_read_digest(reader, &attributes, digest) != 0)
		return tail_wire_end(reader);
	if (tail->stage == TAIL_SAME)
		return judge_same(tail, &attributes, digest);
	if (attributes.size < tail->printed.size)
		return rotation_restart(&tail->rotation, ROTATION_TRUNCATED);
	return judge_unproved(tail, digest, attributes.token.version);
}

/* Receives n bytes and their trailer, for their digest alone. Returns 0, or -1
 * with the reader's end and failure set. */
static int
digest_body(struct reply_reader *reader, uint64_t n,
    uint8_t value[DIGEST_LENGTH])
{
	uint8_t bytes[TAIL_WIRE_PIECE];
	struct digest digest;
	size_t some;

	digest_reset(&digest);
	for (; n > 0; n -= some) {
		some = n > sizeof(bytes) ? sizeof(bytes) : (size_t)n;
		if (reply_reader_read(reader, bytes, some) != 0)
			return -1;
		digest_update(&digest, bytes, some);
	}
	digest_value(&digest, value);
	return reply_reader_read(reader, NULL, PROTOCOL_TRAILER_SIZE);
}

/* Receives the unproved bytes, or the first ones (TAIL_HEAD). */
static enum tail_event
receive_proof_range(struct tail *tail, struct reply_reader *reader,
    struct connection *connection)
{
	struct protocol_attributes attributes = {.size = 0};
	uint8_t value[DIGEST_LENGTH];
	enum tail_event event;
	uint64_t n = 0;

	if (tail_wire_read_attributes(tail, reader, &attributes, &n) != 0)
		return tail_wire_end(reader);
	if (attributes.size < tail->printed.size) {
		event = tail_wire_skip(reader, connection, n);
		return event == TAIL_OK ?
		    rotation_restart(&tail->rotation, ROTATION_TRUNCATED) :
		    event;
	}
	if (digest_body(reader, n, value) != 0)
		return tail_wire_end(reader);
	return tail->stage == TAIL_HEAD ?
	    judge_head(tail, value, (size_t)n) :
	    judge_unproved(tail, value, attributes.token.version);
}

static enum tail_event
receive_proof_refusal(struct tail *tail, struct reply_reader *reader)
{
	enum tail_event event = tail_wire_read_refusal(tail, reader);

	if (event != TAIL_OK)
		return event;
	if (tail->stage == TAIL_SAME) {
		same_log_note_other(&tail->rotation.same);
		return rotation_leave_other(&tail->rotation);
	}
	if (reader->status == PROTOCOL_BAD_RANGE)
		return rotation_restart(&tail->rotation, ROTATION_TRUNCATED);
	/* Older servers refuse to digest a file that is being written to. */
	if (reader->status == PROTOCOL_CHANGED && tail->stage == TAIL_PROVE)
		return TAIL_NO_DIGEST;
	return rotation_find_old(&tail->rotation);
}

enum tail_event
tail_proof_receive(struct tail *tail, struct reply_reader *reader,
    struct connection *connection)
{
	if (reader->status != PROTOCOL_OK)
		return receive_proof_refusal(tail, reader);
	if (tail->stage == TAIL_PROVE || tail->stage == TAIL_SAME)
		return receive_digest(tail, reader);
	return receive_proof_range(tail, reader, connection);
}
