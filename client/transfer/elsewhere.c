/* After a refusal a small file is asked for at the first source, and a piece at
 * any server that has not refused a piece of the file. In a tree very many
 * files may be refused: the first SOURCES_TOLD of each server have a line each,
 * and all are counted. */

#include <inttypes.h>

#include "client/transfer/elsewhere.h"

/* Returns the servers with a connection that may be asked for a piece. By its
 * id a file is asked for at the first source alone. */
static uint64_t
able_servers(const struct sources *sources, const struct pieces *pieces)
{
	uint64_t able = sources_live(sources) & ~pieces->refused;

	if (pieces->form != JOB_FORM_CONTENT && sources->first != NULL)
		able &= server_list_bit(sources->list, sources->first);
	return able;
}

bool
elsewhere_is_possible(struct job_queue *queue, const struct job *job,
    const struct server *server)
{
	struct sources *sources = job_queue_sources(queue);

	if (!sources_are_several(sources))
		return false;
	if (job->kind != JOB_KIND_PIECE)
		return job->is_elsewhere;
	return (able_servers(sources, job->piece.pieces) &
		   ~server_list_bit(sources->list, server)) != 0;
}

/* Marks the job's file, or the job. Returns whether it was marked already. */
static bool
mark(struct job *job, uint64_t server)
{
	bool was_marked = job->is_first_only;

	if (job->kind == JOB_KIND_PIECE) {
		was_marked = (job->piece.pieces->refused & server) != 0;
		job->piece.pieces->refused |= server;
	} else {
		job->is_first_only = true;
	}
	return was_marked;
}

void
elsewhere_pass_by(struct job_queue *queue, struct job *job,
    const struct server *server, struct report *report, const char *why)
{
	struct sources *sources = job_queue_sources(queue);
	void (*tell)(struct report *, const char *, ...) = report_detail;

	if (mark(job, server_list_bit(sources->list, server)))
		return;
	if (sources_pass_by(sources, server))
		tell = report_note;
	if (why == NULL)
		tell(report, "%s: %s has another version and takes no part",
		    job->name, server->name);
	else
		tell(report, "%s: %s; it takes no part", job->name, why);
}

void
elsewhere_give_up(struct job_queue *queue, struct pieces *pieces)
{
	const struct sources *sources = job_queue_sources(queue);
	struct failure failure;

	if (pieces->is_over || pieces->refused == 0 ||
	    sources_live(sources) == 0 || able_servers(sources, pieces) != 0)
		return;
	failure_set(&failure, EXIT_CHANGED,
	    "no server that is left has the version that was begun");
	pieces_give_up(pieces, &failure);
}

void
elsewhere_tell(struct job_queue *queue, struct report *report)
{
	const struct sources *sources = job_queue_sources(queue);
	size_t i;

	for (i = 0; i < sources->list->n; i++)
		if (sources->of[i].passed_by > SOURCES_TOLD)
			report_note(report,
			    "%s took no part in %" PRIu64
			    " files that it does not have in this version",
			    sources->list->members[i].name,
			    sources->of[i].passed_by);
}
