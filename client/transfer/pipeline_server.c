/* The last pipeline of a run follows the rules for tries (wire/connection.h);
 * one of several leaves at the first failure, without a try, since the others
 * go on. Only the thread of a connection closes it. */

#include <sys/socket.h>

#include <stdatomic.h>

#include "client/transfer/pipeline_end.h"
#include "client/transfer/pipeline_server.h"

void
pipeline_server_begin(struct pipeline *pipeline)
{
	struct server *server = pipeline->connection.server;

	if (pipeline->server == server)
		return;
	pipeline_server_end(pipeline);
	pipeline->server = server;
	sources_begin(job_queue_sources(pipeline->queue), server);
}

void
pipeline_server_end(struct pipeline *pipeline)
{
	if (pipeline->server != NULL)
		sources_end(job_queue_sources(pipeline->queue),
		    pipeline->server);
	pipeline->server = NULL;
}

struct job_taker
pipeline_server_taker(const struct pipeline *pipeline)
{
	const struct sources *sources = job_queue_sources(pipeline->queue);

	return (struct job_taker){
	    .may_list = window_may_list(&pipeline->window),
	    .is_first = pipeline->server == sources->first,
	    .connection = pipeline->connection.number,
	    .server = server_list_bit(sources->list, pipeline->server),
	};
}

void
pipeline_server_stay(struct pipeline *pipeline)
{
	pipeline->leaves = pipeline->is_cut = false;
	pipeline->connection.is_pinned = false;
}

/* Tells once that a server of several is left. */
static void
tell_lost(const struct pipeline *pipeline, struct server *server)
{
	if (!sources_are_several(job_queue_sources(pipeline->queue)))
		return;
	if (pipeline->is_cut)
		report_detail(pipeline->report,
		    "%s is slow; the other connections go on with its work",
		    server->name);
	else if (!atomic_exchange(&server->is_told, true))
		report_note(pipeline->report,
		    "%s; going on with the other connections",
		    pipeline->connection.failure.text);
}

void
pipeline_server_lose(struct pipeline *pipeline, const struct failure *failure)
{
	struct server *server = pipeline->connection.server;

	/* The last of several connections tries again; the others leave the
	 * rest to it. */
	pipeline->leaves = job_queue_workers(pipeline->queue) > 1;
	if (!pipeline->leaves)
		pipeline_server_stay(pipeline);
	connection_lost(&pipeline->connection, failure->code, failure->text);
	if (pipeline->leaves)
		tell_lost(pipeline, server);
	pipeline_server_end(pipeline);
	pipeline_end_requests(pipeline);
}

void
pipeline_server_miss(struct pipeline *pipeline)
{
	if (job_queue_workers(pipeline->queue) > 1 &&
	    pipeline->connection.failure.code != EXIT_INTERRUPTED)
		tell_lost(pipeline, pipeline->connection.server);
	pipeline_server_end(pipeline);
}

bool
pipeline_server_leave(struct pipeline *pipeline, struct failure *failure)
{
	struct connection *connection = &pipeline->connection;

	if (failure_is_of_server(failure) &&
	    job_queue_workers(pipeline->queue) > 1 &&
	    sources_are_several(job_queue_sources(pipeline->queue))) {
		atomic_store(&connection->server->is_foreign, true);
		pipeline_server_lose(pipeline, failure);
		return true;
	}
	if (!connection_leave(connection, failure))
		return false;
	pipeline->has_begun = pipeline->report->has_answer;
	pipeline_server_end(pipeline);
	pipeline_end_requests(pipeline);
	return true;
}

void
pipeline_server_cut(struct pipeline *pipeline)
{
	struct linger reset = {.l_onoff = 1};

	/* While requests are open the descriptor stays the same. */
	if (window_is_empty(&pipeline->window) || pipeline->connection.fd < 0)
		return;
	pipeline->is_cut = true;
	pipeline->leaves = true;
	/* A window that is closed stays closed after SHUT_RD: only a reset,
	 * when the connection is closed, keeps the server from waiting. */
	setsockopt(pipeline->connection.fd, SOL_SOCKET, SO_LINGER, &reset,
	    sizeof(reset));
	shutdown(pipeline->connection.fd, SHUT_RDWR);
}
