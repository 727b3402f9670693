/*
 * The synchronous little sister of fetch.c and reply.c: one question, one
 * reply, read as answer.c reads them. What breaks is left to link.c, which
 * knows when enough is enough.
 */

#include <errno.h>
#include <string.h>

#include "client/wire/query.h"
#include "client/ui/interrupt.h"
#include "client/transfer/job_request.h"
#include "common/stream.h"

int
exchange_run(struct link *link,
    enum exchange_outcome (*attempt)(void *argument), void *argument,
    struct failure *failure)
{
	link_begin(link);
	for (;;) {
		if (interrupt_pending()) {
			failure_set(failure, EXITS_INTERRUPTED, "interrupted");
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
exchange_ask(struct link *link, enum protocol_op op, uint64_t cursor,
    const char *name, struct failure *failure)
{
	struct protocol_request request = {
	    .op = (uint8_t)op,
	    .cursor = cursor,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name),
	};

	if (request_write(&link->stream, &request) == 0)
		return EXCHANGE_DONE;
	failure_set(failure, EXITS_LOCAL, "cannot ask the server: %s",
	    strerror(errno));
	return EXCHANGE_FATAL;
}

enum exchange_outcome
exchange_end(const struct answer *answer)
{
	return answer->end == ANSWER_FAILED ? EXCHANGE_FATAL : EXCHANGE_LOST;
}

enum exchange_outcome
exchange_violation(struct failure *failure, const char *what)
{
	failure_set_violation(failure, what);
	return EXCHANGE_FATAL;
}

enum exchange_outcome
exchange_receive(struct link *link, struct answer *answer,
    struct failure *failure)
{
	*answer = (struct answer){
	    .stream = &link->stream,
	    .stall = link->options->timeout,
	    .failure = failure,
	};
	/* What cannot be sent is noticed by reading: the server may have said
	 * why before it closed. */
	(void)stream_push(&link->stream);
	if (answer_begin(answer, answer->stall) != 0)
		return exchange_end(answer);
	link_answered(link);
	if (answer->status == PROTOCOL_OK)
		return EXCHANGE_DONE;
	if (answer_read_refusal(answer) != 0)
		return exchange_end(answer);
	return answer->status == PROTOCOL_BUSY ? EXCHANGE_LOST :
						 EXCHANGE_REFUSED;
}

enum exchange_outcome
exchange_receive_state(struct link *link,
    struct protocol_attributes *attributes, struct failure *failure)
{
	enum exchange_outcome outcome;
	struct answer answer;

	outcome = exchange_receive(link, &answer, failure);
	if (outcome == EXCHANGE_DONE &&
	    answer_read_state(&answer, attributes) != 0)
		outcome = exchange_end(&answer);
	return outcome;
}
