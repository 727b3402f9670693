/*
 * Each request names the file by its id and goes on where the bytes that are
 * here end. What the server says of a file's state is not believed to be
 * final: it is being written. But its bytes are: those of a reply that was
 * cut off, which no trailer has confirmed, and all of them when the name was
 * gone (an inode may be used again), are proved by a digest before anything is
 * put behind them.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "client/answer.h"
#include "client/interrupt.h"
#include "client/request.h"
#include "client/tail.h"
#include "common/protocol.h"

enum {
	TAIL_PIECE = 16 * 1024, /* bytes read again at a time */
};

int
tail_open(struct tail *tail, const struct options *options,
    struct report *report, const char *name)
{
	*tail = (struct tail){
	    .options = options,
	    .report = report,
	    .name = name,
	    .name_len = strlen(name),
	    .output = output_new(options, NULL, NULL, false),
	};
	return tail->output == NULL ? -1 : 0;
}

void
tail_close(struct tail *tail)
{
	output_free(tail->output);
}

/* The range that is asked for. */
static uint64_t
offset(const struct tail *tail)
{
	return tail->stage == TAIL_READ ? output_size(tail->output) :
					  tail->proved;
}

static uint64_t
count(const struct tail *tail)
{
	return tail->stage == TAIL_READ ?
	    PROTOCOL_TO_END :
	    output_size(tail->output) - tail->proved;
}

int
tail_ask(const struct tail *tail, struct stream *stream)
{
	struct protocol_request request = {
	    .op =
		tail->stage == TAIL_PROVE ? PROTOCOL_DIGEST_OF : PROTOCOL_FETCH,
	    .token = {.id = tail->id},
	    .offset = offset(tail),
	    .count = count(tail),
	    .name = (const uint8_t *)tail->name,
	    .name_len = tail->name_len,
	};

	if (tail->stage == TAIL_READ && tail->options->verify)
		request.flags = PROTOCOL_FETCH_DIGEST;
	if (request_write(stream, &request) != 0)
		return -1;
	/* What cannot be sent is noticed by reading. */
	(void)stream_push(stream);
	return 0;
}

static enum tail_outcome
fail(struct tail *tail, enum exits code, const char *why)
{
	failure_set(&tail->failure, code, "%s", why);
	return TAIL_FAILED;
}

/* What is left of a reply does not come, or is not to be believed. */
static enum tail_outcome
end(struct tail *tail, const struct answer *answer)
{
	if (answer->end == ANSWER_FAILED)
		return TAIL_FAILED;
	tail->stage =
	    output_size(tail->output) > tail->proved ? TAIL_PROVE : TAIL_READ;
	return answer->end == ANSWER_CLOSED ? TAIL_CLOSED : TAIL_LOST;
}

/* The next bytes to be written are the first of the file again. */
static enum tail_outcome
begin_anew(struct tail *tail)
{
	if (tail->id != 0)
		tail->old_id = tail->id;
	tail->anew = true;
	tail->id = 0;
	tail->proved = 0;
	tail->stage = TAIL_READ;
	/* What was written cannot be taken back, nor shall it. */
	(void)output_discard(tail->output);
	return TAIL_AGAIN;
}

static enum tail_outcome
find_gone(struct tail *tail)
{
	if (tail->begun && !tail->gone)
		report_note(tail->report,
		    "%s: there is no such file any more; waiting for it",
		    tail->name);
	tail->gone = tail->begun;
	tail->proved = 0;
	tail->stage = output_size(tail->output) > 0 ? TAIL_PROVE : TAIL_READ;
	return TAIL_ABSENT;
}

static enum tail_outcome
receive_refusal(struct tail *tail, struct answer *answer)
{
	if (answer_read_refusal(answer) != 0)
		return end(tail, answer);
	switch (answer->status) {
	case PROTOCOL_BUSY:
		return TAIL_LOST;
	case PROTOCOL_NOT_FOUND:
		return find_gone(tail);
	case PROTOCOL_CHANGED:
		/* A digest cannot be had of a file that is written to while
		 * it is digested, which says nothing of these bytes. */
		if (tail->stage == TAIL_PROVE) {
			tail->stage = TAIL_REREAD;
			return TAIL_AGAIN;
		}
		return tail->id == 0 ? TAIL_DONE : begin_anew(tail);
	case PROTOCOL_BAD_RANGE:
		if (output_size(tail->output) > 0)
			return begin_anew(tail);
		answer_violation(answer, "no file is too short for no bytes");
		return end(tail, answer);
	default:
		return TAIL_FAILED;
	}
}

/* The unproved bytes are, or are not, those of the file. */
static enum tail_outcome
judge(struct tail *tail, const uint8_t digest[PROTOCOL_DIGEST])
{
	uint8_t whole[DIGEST_LENGTH];
	bool same;

	if (tail->proved > 0)
		same = output_matches(tail->output, digest);
	else
		same = output_digest(tail->output, whole) == 0 &&
		    memcmp(whole, digest, sizeof(whole)) == 0;
	if (same) {
		tail->proved = output_size(tail->output);
		tail->stage = TAIL_READ;
		report_detail(tail->report, "%s: goes on from byte %" PRIu64,
		    tail->name, tail->proved);
		return TAIL_AGAIN;
	}
	if (tail->gone) {
		begin_anew(tail);
		/* Another file, whatever its id. */
		tail->old_id = 0;
		return TAIL_AGAIN;
	}
	return fail(tail, EXITS_MISMATCH,
	    "what arrived is not what the file has now (digest mismatch)");
}

static enum tail_outcome
receive_digest(struct tail *tail, struct answer *answer)
{
	struct protocol_attributes attributes;
	uint8_t digest[PROTOCOL_DIGEST];

	if (answer_read_digest(answer, &attributes, digest) != 0)
		return end(tail, answer);
	if (attributes.size < output_size(tail->output))
		return begin_anew(tail);
	return judge(tail, digest);
}

/* What stands before a range's bytes, held against what was asked; *n is how
 * many they are. 0, or -1 as those of answer.h. */
static int
receive_attributes(const struct tail *tail, struct answer *answer,
    struct protocol_attributes *attributes, uint64_t *n)
{
	if (answer_read_attributes(answer, attributes) != 0)
		return -1;
	if (tail->id != 0 && attributes->token.id != tail->id)
		return answer_violation(answer,
		    "another file than the one asked for");
	*n = count(tail);
	if (attributes->size >= offset(tail) &&
	    *n > attributes->size - offset(tail))
		*n = attributes->size - offset(tail);
	if (attributes->size < offset(tail) ||
	    answer->length - PROTOCOL_ATTRIBUTES - PROTOCOL_TRAILER != *n)
		return answer_violation(answer,
		    "a length that does not fit the file's size");
	return 0;
}

/* The unproved bytes once more, for their digest alone. */
static enum tail_outcome
reread(struct tail *tail, struct answer *answer, struct link *link)
{
	uint8_t bytes[TAIL_PIECE], value[DIGEST_LENGTH];
	struct protocol_attributes attributes = {.size = 0};
	struct protocol_trailer trailer;
	struct digest digest;
	uint64_t n = 0;
	size_t some;

	if (receive_attributes(tail, answer, &attributes, &n) != 0)
		return end(tail, answer);
	if (attributes.size < output_size(tail->output)) {
		link_close(link);
		return begin_anew(tail);
	}
	digest_reset(&digest);
	for (; n > 0; n -= some) {
		some = n > sizeof(bytes) ? sizeof(bytes) : (size_t)n;
		if (answer_read(answer, bytes, some) != 0)
			return end(tail, answer);
		digest_update(&digest, bytes, some);
	}
	if (answer_read_trailer(answer, &trailer) != 0)
		return end(tail, answer);
	digest_value(&digest, value);
	return judge(tail, value);
}

/* The n new bytes: TAIL_DONE, or what is to be returned instead. */
static enum tail_outcome
receive_bytes(struct tail *tail, struct answer *answer, struct link *link,
    uint64_t n)
{
	enum sink_step step;
	uint64_t taken;

	while (n > 0) {
		step = output_receive(tail->output, answer->stream, n,
		    answer->stall, &taken);
		n -= taken;
		if (step == SINK_LOCAL && !interrupt_pending()) {
			failure_set(&tail->failure, EXITS_LOCAL,
			    "cannot write: %s", strerror(errno));
			return TAIL_FAILED;
		}
		if (step != SINK_TAKEN) {
			answer_lost(answer, step == SINK_ENDED ? 0 : -1);
			return end(tail, answer);
		}
		link_received(link, taken);
	}
	return TAIL_DONE;
}

/* This is the file that is followed from now on. */
static void
take(struct tail *tail, const struct protocol_attributes *attributes)
{
	if (tail->anew)
		report_note(tail->report,
		    attributes->token.id == tail->old_id ?
			"%s: it has become shorter; on from its start" :
			"%s: it was replaced; on from the start of the new one",
		    tail->name);
	tail->id = attributes->token.id;
	tail->begun = true;
	tail->gone = tail->anew = false;
}

static enum tail_outcome
receive_range(struct tail *tail, struct answer *answer, struct link *link)
{
	struct protocol_attributes attributes = {.size = 0};
	struct protocol_trailer trailer;
	enum tail_outcome outcome;
	uint64_t n = 0;

	if (receive_attributes(tail, answer, &attributes, &n) != 0)
		return end(tail, answer);
	take(tail, &attributes);
	if (output_begin(tail->output, &attributes, false, &tail->failure) != 0)
		return TAIL_FAILED;
	outcome = receive_bytes(tail, answer, link, n);
	if (outcome != TAIL_DONE)
		return outcome;
	if (answer_read_trailer(answer, &trailer) != 0)
		return end(tail, answer);
	/* Its status is no news: it says that the file is being written. */
	if (tail->options->verify &&
	    !output_matches(tail->output, trailer.digest))
		return fail(tail, EXITS_MISMATCH,
		    "what arrived is not what was sent (digest mismatch)");
	tail->proved = output_size(tail->output);
	return n > 0 && trailer.size > tail->proved ? TAIL_MORE : TAIL_DONE;
}

enum tail_outcome
tail_receive(struct tail *tail, struct link *link)
{
	struct answer answer = {
	    .stream = &link->stream,
	    .stall = tail->options->timeout,
	    .failure = &tail->failure,
	};
	int64_t limit = answer.stall;

	if (tail->stage == TAIL_PROVE)
		limit += request_digest_time(count(tail));
	if (answer_begin(&answer, limit) != 0)
		return end(tail, &answer);
	if (answer.status != PROTOCOL_OK)
		return receive_refusal(tail, &answer);
	if (tail->stage == TAIL_PROVE)
		return receive_digest(tail, &answer);
	if (tail->stage == TAIL_REREAD)
		return reread(tail, &answer, link);
	return receive_range(tail, &answer, link);
}
