/*
 * Asks one question and reads the reply, for all but fetching, which keeps
 * many requests ahead (transfer/pipeline.c). wire/connection.c decides how
 * often a broken connection is made again. Any thread that owns the connection.
 */

#include <errno.h>
#include <string.h>

#include "client/ui/interrupt.h"
#include "client/wire/query.h"
#include "client/wire/request_writer.h"
#include "common/stream.h"

int
query_run(struct connection *connection,
    enum outcome (*attempt)(void *argument), void *argument,
    struct failure *failure)
{
	connection_begin(connection);
	for (;;) {
		if (interrupt_pending())
			return failure_set(failure, EXIT_INTERRUPTED,
			    "interrupted");
		if (connection_connect(connection) != 0) {
			*failure = connection->failure;
			return -1;
		}
		switch (attempt(argument)) {
		case OUTCOME_OK:
			failure->code = EXIT_OK;
			return 0;
		case OUTCOME_LOST:
			connection_lost(connection, failure->code,
			    failure->text);
			break;
		case OUTCOME_FATAL:
			if (connection_leave(connection, failure))
				break;
			connection_close(connection);
			return -1;
		default:
			return -1;
		}
	}
}

bool
query_is_over(const struct failure *failure)
{
	return failure->code == EXIT_CONNECT || failure->code == EXIT_STALLED ||
	    failure->code == EXIT_BUSY || failure->code == EXIT_UNTRUSTED ||
	    failure->code == EXIT_INTERRUPTED;
}

enum outcome
query_ask(struct connection *connection, enum protocol_op op, uint64_t cursor,
    const char *name, struct failure *failure)
{
	struct protocol_request request = {
	    .op = (uint8_t)op,
	    .cursor = cursor,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name),
	};

	if (request_writer_put(&connection->stream, connection->settings,
		&request) == 0)
		return OUTCOME_OK;
	failure_set(failure, EXIT_LOCAL, "cannot ask the server: %s",
	    strerror(errno));
	return OUTCOME_FATAL;
}

enum outcome
query_end(const struct reply_reader *reader)
{
	return reader->end == OUTCOME_FATAL ? OUTCOME_FATAL : OUTCOME_LOST;
}

enum outcome
query_violation(struct failure *failure, const char *what)
{
	failure_set_violation(failure, what);
	return OUTCOME_FATAL;
}

enum outcome
query_receive(struct connection *connection, struct reply_reader *reader,
    struct failure *failure)
{
	*reader = (struct reply_reader){
	    .stream = &connection->stream,
	    .stall = connection->timeout,
	    .failure = failure,
	    .unanswered = connection_unanswered(connection),
	    .tls_client = &connection->tls_client,
	    .which = connection_which(connection),
	};
	/* A failure to send shows when reading: the server may have sent the
	 * reason before it closed. */
	(void)stream_push(&connection->stream);
	if (reply_reader_begin(reader, reader->stall) != 0)
		return query_end(reader);
	connection_answered(connection);
	if (reader->status == PROTOCOL_OK)
		return OUTCOME_OK;
	if (reply_reader_read_refusal(reader) != 0)
		return query_end(reader);
	return reader->status == PROTOCOL_BUSY ? OUTCOME_LOST : OUTCOME_FAILED;
}

enum outcome
query_receive_state(struct connection *connection,
    struct protocol_attributes *attributes, struct failure *failure)
{
	enum outcome outcome;
	struct reply_reader reader;

	outcome = query_receive(connection, &reader, failure);
	if (outcome == OUTCOME_OK &&
	    reply_reader_read_state(&reader, attributes) != 0)
		outcome = query_end(&reader);
	return outcome;
}

/* The argument of attempt_stat. */
struct stat_query {
	struct connection *connection;
	const char *name;
	struct protocol_attributes *attributes;
	struct failure *failure;
};

static enum outcome
attempt_stat(void *argument)
{
	struct stat_query *query = argument;
	enum outcome outcome;

	outcome = query_ask(query->connection, PROTOCOL_OP_STAT, 0, query->name,
	    query->failure);
	if (outcome == OUTCOME_OK)
		outcome = query_receive_state(query->connection,
		    query->attributes, query->failure);
	return outcome;
}

int
query_stat(struct connection *connection, const char *name,
    struct protocol_attributes *attributes, struct failure *failure)
{
	struct stat_query query = {connection, name, attributes, failure};

	return query_run(connection, attempt_stat, &query, failure);
}
