/*
 * The synchronous little sister of fetch.c and reply.c: one question, one
 * reply. What breaks is left to link.c, which knows when enough is enough.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "client/exchange.h"
#include "client/interrupt.h"
#include "client/request.h"
#include "common/clock.h"
#include "common/stream.h"

static enum exchange_outcome
interrupted(struct failure *failure)
{
	failure_set(failure, EXITS_INTERRUPTED, "interrupted");
	return EXCHANGE_FATAL;
}

int
exchange_run(struct link *link,
    enum exchange_outcome (*attempt)(void *argument), void *argument,
    struct failure *failure)
{
	link_begin(link);
	for (;;) {
		if (interrupt_pending()) {
			interrupted(failure);
			return -1;
		}
		if (link_connect(link) != 0) {
			*failure = link->failure;
			return -1;
		}
		switch (attempt(argument)) {
		case EXCHANGE_DONE:
			/* What was lost before it does not count. */
			failure->code = EXITS_OK;
			return 0;
		case EXCHANGE_REFUSED:
			return -1;
		case EXCHANGE_LOST:
			link_lost(link, failure->code, failure->text);
			break;
		case EXCHANGE_FATAL:
			link_close(link);
			return -1;
		}
	}
}

bool
exchange_is_over(const struct failure *failure)
{
	return failure->code == EXITS_CONNECT ||
	    failure->code == EXITS_STALLED || failure->code == EXITS_BUSY ||
	    failure->code == EXITS_INTERRUPTED;
}

enum exchange_outcome
exchange_send(struct link *link, enum protocol_op op, uint64_t cursor,
    const char *name, struct failure *failure)
{
	struct protocol_request request = {
	    .op = (uint8_t)op,
	    .cursor = cursor,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name),
	};
	uint8_t *bytes;

	bytes = stream_reserve(&link->stream, REQUEST_ONE);
	if (bytes == NULL) {
		failure_set(failure, EXITS_LOCAL, "%s", strerror(errno));
		return EXCHANGE_FATAL;
	}
	stream_commit(&link->stream, protocol_encode_request(&request, bytes));
	return EXCHANGE_DONE;
}

enum exchange_outcome
exchange_broken(const struct link *link, int got, struct failure *failure)
{
	if (interrupt_pending())
		return interrupted(failure);
	if (got == 0 || errno == ECONNRESET)
		failure_set(failure, EXITS_STALLED,
		    "the server closed the connection");
	else if (errno == ETIMEDOUT)
		failure_set(failure, EXITS_STALLED,
		    "nothing received for %" PRId64 " s",
		    link->options->timeout / CLOCK_SEC);
	else
		failure_set(failure, EXITS_STALLED, "%s", strerror(errno));
	return EXCHANGE_LOST;
}

enum exchange_outcome
exchange_violated(const char *what, struct failure *failure)
{
	failure_set(failure, EXITS_PROTOCOL,
	    "the server does not speak this protocol: %s", what);
	return EXCHANGE_FATAL;
}

static enum exchange_outcome
read_bytes(struct link *link, void *bytes, size_t n, struct failure *failure)
{
	int got = stream_read(&link->stream, bytes, n, link->options->timeout);

	return got == 1 ? EXCHANGE_DONE : exchange_broken(link, got, failure);
}

static enum exchange_outcome
receive_refusal(struct link *link, enum protocol_status status, size_t len,
    struct failure *failure)
{
	char message[PROTOCOL_MESSAGE_MAX + 1];
	enum exchange_outcome outcome;

	outcome = read_bytes(link, message, len, failure);
	if (outcome != EXCHANGE_DONE)
		return outcome;
	message[len] = '\0';
	if (status == PROTOCOL_BUSY) {
		failure_set(failure, EXITS_BUSY, "the server is busy: %s",
		    message);
		return EXCHANGE_LOST;
	}
	failure_set(failure, failure_exit(status), "%s (%s)", message,
	    protocol_status_name(status));
	return EXCHANGE_REFUSED;
}

/* The first byte is judged before the others are waited for: a peer of
 * another kind may have said all it has to say. */
enum exchange_outcome
exchange_receive(struct link *link, uint64_t *length, struct failure *failure)
{
	uint8_t header[PROTOCOL_REPLY];
	enum exchange_outcome outcome;
	enum protocol_status status;

	/* What cannot be sent is noticed by reading: the server may have said
	 * why before it closed. */
	(void)stream_push(&link->stream);
	outcome = read_bytes(link, header, 1, failure);
	if (outcome != EXCHANGE_DONE)
		return outcome;
	if (header[0] >= PROTOCOL_STATUSES)
		return exchange_violated("an unknown reply", failure);
	outcome = read_bytes(link, header + 1, sizeof(header) - 1, failure);
	if (outcome != EXCHANGE_DONE)
		return outcome;
	if (protocol_decode_reply(header, &status, length) != 0)
		return exchange_violated("an unknown reply", failure);
	link_answered(link);
	if (status != PROTOCOL_OK)
		return receive_refusal(link, status, (size_t)*length, failure);
	return EXCHANGE_DONE;
}

enum exchange_outcome
exchange_receive_attributes(struct link *link,
    struct protocol_attributes *attributes, struct failure *failure)
{
	uint8_t bytes[PROTOCOL_ATTRIBUTES];
	enum exchange_outcome outcome;
	uint64_t length;

	outcome = exchange_receive(link, &length, failure);
	if (outcome != EXCHANGE_DONE)
		return outcome;
	if (length != sizeof(bytes))
		return exchange_violated("attributes of the wrong length",
		    failure);
	outcome = read_bytes(link, bytes, sizeof(bytes), failure);
	if (outcome != EXCHANGE_DONE)
		return outcome;
	if (protocol_decode_attributes(bytes, attributes) != 0)
		return exchange_violated("an impossible file size", failure);
	return EXCHANGE_DONE;
}
