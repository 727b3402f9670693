/* Chooses a job's first stage by the files here, and writes the request of each
 * stage. */

#include "client/store/folder.h"
#include "client/store/output.h"
#include "client/store/part.h"
#include "client/store/tree_folder.h"
#include "client/transfer/job_request.h"
#include "client/transfer/pieces.h"
#include "common/protocol.h"

/* Returns whether a file may be fetched in pieces, so that its state has to be
 * known first. folder is the one it goes into. */
static bool
needs_state(const struct transfer_settings *settings,
    const struct folder *folder, const struct job *job)
{
	if (job->final == NULL || job->file.knows_state)
		return false;
	if (!job->is_entry)
		return settings->jobs > 1 || settings->store.reuse ||
		    (settings->store.resume &&
			part_is_there(folder, job->final, true));
	/* An entry's size is in the listing, but not its version. */
	return pieces_suits(settings, folder, job, job->file.size);
}

bool
job_request_suits_pieces(const struct job_target *target, const struct job *job)
{
	const struct transfer_settings *settings = target->settings;
	struct failure failure;
	bool suits;

	if (job->tree == NULL)
		return pieces_suits(settings, target->folder, job,
		    job->file.size);
	if (tree_folder_open(job->tree, &failure) != 0)
		return false;
	suits = pieces_suits(settings, &job->tree->folder, job, job->file.size);
	tree_folder_close(job->tree);
	return suits;
}

/* Makes the output of a job in its folder, which is open. Returns OK; UNKNOWN
 * without an output if the file's state has to be known first; or FAILED. */
static enum outcome
make_output(struct job_target *target, struct folder *folder, struct job *job,
    struct failure *failure)
{
	const struct transfer_settings *settings = target->settings;
	const struct store_settings *store = &settings->store;

	/* The size is in the listing: a file too large is not requested. */
	if (job->tree != NULL &&
	    failure_check_size(failure, job->file.size, store->max_size) != 0)
		return OUTCOME_FAILED;
	if (needs_state(settings, folder, job))
		return OUTCOME_UNKNOWN;
	if (store->no_clobber && job->final != NULL &&
	    folder_check_name(folder, job->final, store, failure) != 0)
		return OUTCOME_FAILED;
	job->file.output = output_new(&target->spares, store, folder,
	    job->final, job->file.has_sum || settings->sums);
	if (job->file.output != NULL)
		return OUTCOME_OK;
	failure_set(failure, EXIT_LOCAL, "out of memory");
	return OUTCOME_FAILED;
}

/* Opens the folder of a job, for as long as the job has an output, and makes
 * the output. */
static enum outcome
open_output(struct job_target *target, struct job *job, struct failure *failure)
{
	enum outcome outcome;

	if (job->tree == NULL)
		return make_output(target, target->folder, job, failure);
	if (tree_folder_open(job->tree, failure) != 0)
		return OUTCOME_FAILED;
	outcome = make_output(target, &job->tree->folder, job, failure);
	if (outcome != OUTCOME_OK)
		tree_folder_close(job->tree);
	return outcome;
}

/* Looks for local bytes of a file. Returns OK for none, UNPROVED for a part,
 * UNKNOWN if its state has to be known first, or FAILED. */
static enum outcome
look_here(struct job_target *target, struct job *job, struct failure *failure)
{
	const struct transfer_settings *settings = target->settings;
	enum outcome outcome = OUTCOME_OK;

	if (!job->is_entry && !job->file.knows_state &&
	    (settings->store.update || settings->settle > 0 ||
		settings->store.is_dry))
		return OUTCOME_UNKNOWN;
	if (job->file.output == NULL)
		outcome = open_output(target, job, failure);
	if (outcome == OUTCOME_OK && output_size(job->file.output) > 0)
		return OUTCOME_UNPROVED;
	return outcome;
}

int
job_request_prepare(struct job_queue *queue, struct job *job,
    struct failure *failure)
{
	enum outcome outcome = OUTCOME_OK;
	const struct job_piece *piece;

	if (job->kind == JOB_KIND_PIECE) {
		piece = &job->piece;
		job->form = piece->pieces->form;
		/* All of it had come when the connection broke. */
		if (job->stage == JOB_PIECE &&
		    piece->here == pieces_length(piece->pieces, piece->number))
			(void)job_stages_advance(job, OUTCOME_UNPROVED);
	} else if (job->stage == JOB_LIST && job->folder.cursor == 0 &&
	    job->folder.names.is_cut) {
		failure_set(failure, EXIT_STALLED,
		    "the connection broke while it was listed, and it has too "
		    "many names to be listed anew");
		return -1;
	} else if (job->stage == JOB_START) {
		outcome = look_here(job_queue_target(queue), job, failure);
		(void)job_stages_advance(job, outcome);
	}
	return outcome == OUTCOME_FAILED ? -1 : 0;
}

struct protocol_token
job_request_part_token(const struct job *job)
{
	struct protocol_token token = output_wanted(job->file.output);

	if (job->form != JOB_FORM_ANY)
		return token;
	/* A part is compared with any file by this name, and continued with
	 * the file that it is the beginning of. */
	token = output_attributes(job->file.output)->token;
	if (job->stage == JOB_PROVE)
		token.id = 0;
	token.version = 0;
	return token;
}

struct protocol_token
job_request_piece_token(const struct job *job)
{
	const struct protocol_attributes *attributes =
	    &job->piece.pieces->attributes;
	struct protocol_token token = attributes->token;

	if (job->form == JOB_FORM_CONTENT)
		return protocol_content_token(attributes);
	if (job->form == JOB_FORM_ANY)
		token.version = 0;
	return token;
}

/* Returns the attributes of the file that a job proves all bytes of. */
static const struct protocol_attributes *
whole_attributes(const struct job *job)
{
	return job->kind == JOB_KIND_PIECE ?
	    &job->piece.pieces->attributes :
	    output_attributes(job->file.output);
}

struct protocol_token
job_request_whole_token(const struct job *job)
{
	return job->kind == JOB_KIND_PIECE ?
	    job_request_piece_token(job) :
	    protocol_content_token(whole_attributes(job));
}

uint64_t
job_request_whole_count(const struct job *job, uint64_t offset)
{
	uint64_t left = whole_attributes(job)->size - offset;

	/* Bytes on standard output have one digest, from the first byte. */
	if (job->kind == JOB_KIND_FILE && job->final == NULL)
		return left;
	return left < JOB_REQUEST_PROOF ? left : JOB_REQUEST_PROOF;
}

uint64_t
job_request_whole_end(const struct job *job)
{
	uint64_t end = job->proof.at;
	unsigned i;

	for (i = 0; i < JOB_REQUEST_AHEAD; i++)
		end += job_request_whole_count(job, end);
	return end;
}

/* Returns the token that asks for the version whose size and time are known. */
static struct protocol_token
token_elsewhere(const struct job *job)
{
	const struct protocol_attributes known = {.size = job->file.size,
	    .mtime_ns = job->file.mtime_ns};

	return protocol_content_token(&known);
}

/* Fills in the bytes of a piece that are not here yet. */
static void
fill_piece(const struct job *job, struct protocol_request *request)
{
	const struct job_piece *piece = &job->piece;

	request->offset =
	    pieces_offset(piece->pieces, piece->number) + piece->here;
	request->count =
	    pieces_length(piece->pieces, piece->number) - piece->here;
	request->token = job_request_piece_token(job);
}

/* Fills in the question that a job asks in its stage. */
static void
fill_request(const struct transfer_settings *settings, const struct job *job,
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
		request->cursor = job->folder.cursor;
		return;
	case JOB_STAT:
	case JOB_LOOK_AGAIN:
	case JOB_PIECE_LOOK:
		request->op = PROTOCOL_OP_STAT;
		return;
	case JOB_SNAPSHOT:
		request->op = PROTOCOL_OP_DIGEST;
		request->count = output_size(job->file.output);
		request->token.id =
		    output_attributes(job->file.output)->token.id;
		return;
	case JOB_WHOLE_PROOF:
	case JOB_PIECE_WHOLE:
		request->op = PROTOCOL_OP_DIGEST;
		request->token = job_request_whole_token(job);
		return;
	case JOB_PROVE:
		request->op = PROTOCOL_OP_DIGEST;
		request->count = output_size(job->file.output);
		request->token = job_request_part_token(job);
		break;
	case JOB_CONTINUE:
		request->offset = output_size(job->file.output);
		request->token = job_request_part_token(job);
		break;
	case JOB_PIECE_PROOF:
	case JOB_PIECE_REUSE:
		request->op = PROTOCOL_OP_DIGEST;
		__attribute__((fallthrough));
	case JOB_PIECE:
		fill_piece(job, request);
		break;
	default:
		/* With --settle: the version that has stood still. Another
		 * server than the first one: the version that it has told. */
		request->token =
		    job->is_elsewhere ? token_elsewhere(job) : job->file.seen;
		break;
	}
	if (request->op == PROTOCOL_OP_FETCH && settings->store.verify)
		request->flags = PROTOCOL_FETCH_DIGEST;
}

/* Puts the next requests of a whole-range proof into the stream. */
static int
put_whole(const struct transfer_settings *settings, const struct job *job,
    struct protocol_request *request, struct stream *stream)
{
	uint64_t end = job_request_whole_end(job);

	for (request->offset = job->proof.at; request->offset < end;
	     request->offset += request->count) {
		request->count = job_request_whole_count(job, request->offset);
		if (request_writer_put(stream, &settings->connection,
			request) != 0)
			return -1;
	}
	return 0;
}

int
job_request_put(const struct transfer_settings *settings, const struct job *job,
    struct stream *stream)
{
	struct protocol_request request, state;

	fill_request(settings, job, &request);
	if (job->stage == JOB_WHOLE_PROOF || job->stage == JOB_PIECE_WHOLE)
		return put_whole(settings, job, &request, stream);
	state = request;
	state.op = PROTOCOL_OP_STAT;
	if (job->stage == JOB_LIST && job->folder.made == NULL &&
	    request_writer_put(stream, &settings->connection, &state) != 0)
		return -1;
	return request_writer_put(stream, &settings->connection, &request);
}
