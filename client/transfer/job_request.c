/*
 * What a job asks depends on how far it has come, and on what of it is here.
 */

#include "client/store/tree_folder.h"
#include "client/store/folder.h"
#include "client/store/output.h"
#include "client/store/part.h"
#include "client/transfer/job_request.h"
#include "client/transfer/pieces.h"
#include "common/protocol.h"

/* Whether it has to be known how large a file is before it is asked for. */
static bool
needs_state(const struct transfer_settings *settings,
    const struct folder *folder, const struct job *job)
{
	if (job->stage != JOB_FETCH || job->final == NULL || job->knows_size)
		return false;
	if (!job->is_listed)
		return settings->jobs > 1 ||
		    (settings->store.resume &&
			part_is_there(folder, job->final, true));
	/* An entry's size is in the listing, but not its version. */
	return pieces_suits(settings, folder, job, job->size);
}

bool
request_splits(const struct transfer_settings *settings, struct jobs *jobs,
    const struct job *job, uint64_t size)
{
	struct failure failure;
	bool splits;

	if (job->tree == NULL)
		return pieces_suits(settings, jobs->folder, job, size);
	if (tree_folder_open(job->tree, &failure) != 0)
		return false;
	splits = pieces_suits(settings, &job->tree->folder, job, size);
	tree_folder_close(job->tree);
	return splits;
}

/* The output of a job, in its folder, which is open for it. */
static int
make_output(const struct transfer_settings *settings, struct jobs *jobs,
    struct folder *folder, struct job *job, struct failure *failure)
{
	/* What the listing says already need not be asked for. */
	if (job->tree != NULL &&
	    failure_check_size(failure, job->size, settings->store.max_size) !=
		0)
		return -1;
	if (needs_state(settings, folder, job)) {
		job->stage = JOB_STAT;
		return 0;
	}
	/* What is here and stays need not be sent. */
	if (settings->store.no_clobber && job->final != NULL &&
	    folder_check_name(folder, job->final, &settings->store, failure) !=
		0)
		return -1;
	job->output = output_new(&jobs->spares, &settings->store, folder,
	    job->final, job->has_sum || settings->sums);
	return job->output != NULL ?
	    0 :
	    failure_set(failure, EXIT_LOCAL, "out of memory");
}

int
request_prepare(const struct transfer_settings *settings, struct jobs *jobs,
    struct job *job, struct failure *failure)
{
	struct folder *folder = jobs->folder;
	int result;

	if (job->pieces != NULL)
		job->by_id = job->pieces->by_id || job->is_mismatch;
	if (job->pieces != NULL || job->stage == JOB_LIST ||
	    job->stage == JOB_STAT)
		return 0;
	if (job->output == NULL) {
		if (job->tree != NULL) {
			if (tree_folder_open(job->tree, failure) != 0)
				return -1;
			folder = &job->tree->folder;
		}
		result = make_output(settings, jobs, folder, job, failure);
		/* It stays open for as long as there is an output. */
		if (job->output == NULL && job->tree != NULL)
			tree_folder_close(job->tree);
		if (job->output == NULL)
			return result;
	}
	if (job->stage == JOB_FETCH && output_size(job->output) > 0)
		job->stage = JOB_PROVE;
	return 0;
}

/* Fills in what a job asks for in its stage. */
static void
fill(const struct transfer_settings *settings, const struct job *job,
    struct protocol_request *request)
{
	*request = (struct protocol_request){
	    .op = PROTOCOL_OP_FETCH,
	    .count = PROTOCOL_TO_END,
	    .name = (const uint8_t *)job->name,
	    .name_len = job->name_len,
	};
	switch (job->stage) {
	case JOB_LIST:
		request->op = PROTOCOL_OP_LIST;
		request->cursor = job->cursor;
		return;
	case JOB_STAT:
		request->op = PROTOCOL_OP_STAT;
		return;
	case JOB_PROVE:
		request->op = PROTOCOL_OP_DIGEST;
		request->count = output_size(job->output);
		break;
	case JOB_LOOK_AGAIN:
	case JOB_PIECE_LOOK:
		request->op = PROTOCOL_OP_STAT;
		return;
	case JOB_SNAPSHOT:
		request->op = PROTOCOL_OP_DIGEST;
		request->count = output_size(job->output);
		request->token.id = output_token(job->output).id;
		return;
	case JOB_CONTINUE:
		request->offset = output_size(job->output);
		break;
	case JOB_PIECE_PROOF:
		request->op = PROTOCOL_OP_DIGEST;
		__attribute__((fallthrough));
	case JOB_PIECE:
		request->offset = pieces_offset(job->piece) + job->here;
		request->count =
		    pieces_length(job->pieces, job->piece) - job->here;
		request->token = job->pieces->attributes.token;
		break;
	case JOB_FETCH:
		/* With --settle: what has stood still. */
		request->token = job->seen;
		break;
	}
	if (job->stage == JOB_PROVE || job->stage == JOB_CONTINUE)
		request->token = output_token(job->output);
	if (job->by_id)
		request->token.version = 0;
	if (request->op == PROTOCOL_OP_FETCH && settings->store.verify)
		request->flags = PROTOCOL_FETCH_DIGEST;
}

int
request_put(const struct transfer_settings *settings, const struct job *job,
    struct stream *stream)
{
	struct protocol_request request, state;

	fill(settings, job, &request);
	state = request;
	state.op = PROTOCOL_OP_STAT;
	if (job->stage == JOB_LIST && job->listed == NULL &&
	    request_writer_put(stream, &state) != 0)
		return -1;
	return request_writer_put(stream, &request);
}
