/* Compares what a server says of a file with the request: token, sizes, digest,
 * and the SHA-256 that the user gave. */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "client/store/output.h"
#include "client/transfer/elsewhere.h"
#include "client/transfer/job_request.h"
#include "client/transfer/local_name.h"
#include "client/transfer/recv_file.h"
#include "client/transfer/settle.h"
#include "client/ui/interrupt.h"
#include "common/clock.h"
#include "common/protocol.h"
#include "common/stream.h"

enum {
	/* Bytes that are handled under the lock if they are here: releasing it
	 * and taking it again would cost more. */
	RECV_FILE_QUICK = 64 * 1024,
};

_Static_assert(RECV_FILE_QUICK <= STREAM_IN, "a quick body fits the buffer");

/* Writing has failed, with n bytes of the file yet to come. */
static enum outcome
fail_to_write(struct job_reply *reply, struct output *output, uint64_t n)
{
	if (interrupt_pending())
		return job_reply_interrupted(reply);
	output_fail(output, &reply->failure);
	return job_reply_skip(reply, n + PROTOCOL_TRAILER_SIZE);
}

/* Moves *left bytes from the connection to the output; sets *left to those that
 * have not come. May wait; touches nothing that needs the lock. */
static enum outcome
move_bytes(const struct job_reply *reply, struct job *job,
    struct output *output, struct tally_file *tally, uint64_t *left)
{
	int64_t stall = reply->settings->connection.timeout;
	enum outcome outcome;
	uint64_t taken;

	while (*left > 0) {
		outcome = file_writer_receive(output_writer(output),
		    &reply->connection->stream, *left, stall, &taken);
		*left -= taken;
		if (outcome != OUTCOME_OK)
			return outcome;
		job->received += taken;
		connection_received(reply->connection, taken);
		tally_receive(&reply->progress->tally, tally, taken);
	}
	/* A piece has a descriptor of its own, which is not flushed later. */
	if (job->kind == JOB_KIND_PIECE && output_flush(output) != 0)
		return OUTCOME_FAILED;
	return OUTCOME_OK;
}

enum outcome
recv_file_bytes(struct job_reply *reply, struct job *job, struct output *output,
    struct tally_file *tally, uint64_t n)
{
	bool waits =
	    n > RECV_FILE_QUICK || !reply_reader_has(&reply->reader, n);
	struct job *whole =
	    job->kind == JOB_KIND_PIECE ? job->piece.pieces->whole : job;
	uint64_t all = n;
	enum outcome outcome;

	if (waits)
		job_queue_unlock(reply->queue);
	outcome = move_bytes(reply, job, output, tally, &n);
	if (waits)
		job_queue_lock(reply->queue);
	shares_add(&whole->file.shares, reply->settings->connection.servers,
	    reply->connection->server, all - n);
	if (outcome == OUTCOME_OK)
		return OUTCOME_OK;
	if (outcome == OUTCOME_FAILED)
		return fail_to_write(reply, output, n);
	reply_reader_lost(&reply->reader, outcome == OUTCOME_CLOSED ? 0 : -1);
	return job_reply_end(reply);
}

static void
report_done(struct job_reply *reply, struct job *job)
{
	const struct protocol_attributes *attributes =
	    output_attributes(job->file.output);
	uint8_t digest[DIGEST_LENGTH], sum[SHA256SUM_LENGTH];
	bool tells = report_tells_files(reply->report);
	struct report_share room[SERVER_LIST_MAX];
	char path[PATH_MAX];
	struct report_file file = {
	    .name = job->name,
	    .size = attributes->size,
	    .received = job->received,
	    .mtime_ns = attributes->mtime_ns,
	    .verified = reply->settings->store.verify,
	};

	/* For a small file this is much of the work: only if it is shown. */
	if (tells)
		file.elapsed = clock_now() - job->began;
	if (tells && job->final != NULL) {
		local_name_print(reply->settings, job->tree, job->final, path,
		    sizeof(path));
		file.path = path;
	}
	if (tells && report_tells_digests(reply->report) &&
	    reply->settings->store.verify &&
	    file_writer_digest(output_writer(job->file.output), digest) == 0)
		file.digest = digest;
	if (reply->settings->sums &&
	    file_writer_sha256(output_writer(job->file.output), sum) == 0)
		file.sha256 = sum;
	if (tells)
		shares_tell(&job->file.shares,
		    reply->settings->connection.servers, room, &file);
	report_finished(reply->report, &file);
	connection_delivered(reply->connection);
}

enum outcome
recv_file_mismatch(struct job_reply *reply, struct job *job, const char *what)
{
	output_discard(job->file.output);
	failure_set(&reply->failure, EXIT_MISMATCH, "%s", what);
	return OUTCOME_FAILED;
}

/* Computes the SHA-256, if it is required or printed, before the file gets its
 * name. A file that cannot be read again stays a part. */
static enum outcome
check_sum(struct job_reply *reply, struct job *job)
{
	uint8_t sum[SHA256SUM_LENGTH];

	if (!job->file.has_sum && !reply->settings->sums)
		return OUTCOME_OK;
	if (file_writer_sha256(output_writer(job->file.output), sum) != 0) {
		if (interrupt_pending())
			return job_reply_interrupted(reply);
		failure_set(&reply->failure, EXIT_LOCAL,
		    "cannot be read again: %s", strerror(errno));
		return OUTCOME_FAILED;
	}
	if (job->file.has_sum && memcmp(sum, job->file.sum, sizeof(sum)) != 0)
		return recv_file_mismatch(reply, job,
		    "its SHA-256 is not the one required");
	return OUTCOME_OK;
}

/* Flushes a file to the disk (--fsync), without the lock. */
static int
sync_bytes(struct job_reply *reply, struct job *job)
{
	int result;

	if (!reply->settings->store.fsync)
		return 0;
	job_queue_unlock(reply->queue);
	result = output_sync(job->file.output);
	job_queue_lock(reply->queue);
	if (result == 0)
		return 0;
	output_fail(job->file.output, &reply->failure);
	return -1;
}

enum outcome
recv_file_finish(struct job_reply *reply, struct job *job)
{
	enum outcome outcome;

	if (!settle_holds(reply->settings, job,
		output_attributes(job->file.output)))
		return job_reply_changed(reply, job);
	outcome = check_sum(reply, job);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (sync_bytes(reply, job) != 0 ||
	    output_finish(job->file.output, output_attributes(job->file.output),
		&reply->failure) != 0)
		return OUTCOME_FAILED;
	report_done(reply, job);
	return OUTCOME_OK;
}

/* Receives the trailer, and judges the file's bytes by it; n of them came with
 * this reply. */
static enum outcome
receive_trailer(struct job_reply *reply, struct job *job, uint64_t n)
{
	struct protocol_trailer trailer;

	if (reply_reader_read_trailer(&reply->reader, &trailer) != 0) {
		/* Bytes before an invalid trailer are not to be trusted. */
		if (reply->failure.code == EXIT_PROTOCOL)
			output_discard(job->file.output);
		return job_reply_end(reply);
	}
	if (trailer.status == PROTOCOL_CHANGED)
		return OUTCOME_MOVED;
	if (!origin_is_one(&job->file.origin))
		return job->form == JOB_FORM_ANY ? OUTCOME_MOVED :
						   OUTCOME_MIXED;
	if (reply->settings->store.verify &&
	    !file_writer_matches(output_writer(job->file.output),
		trailer.digest)) {
		job->is_mismatch = true;
		return OUTCOME_MOVED;
	}
	/* Bytes that the server did not copy may have changed on their way. */
	if (!reply->settings->store.verify && n > PROTOCOL_COPIED)
		return OUTCOME_UNPROVED;
	return recv_file_finish(reply, job);
}

/* Returns what is wrong with the reply's file or range, or NULL. */
static const char *
find_body_fault(const struct job *job,
    const struct protocol_attributes *attributes, uint64_t length)
{
	uint64_t here = output_size(job->file.output);

	if (job->stage == JOB_CONTINUE &&
	    !protocol_token_matches(job_request_part_token(job), attributes))
		return "another version than the one asked for";
	if (here > attributes->size ||
	    length - PROTOCOL_ATTRIBUTES_SIZE - PROTOCOL_TRAILER_SIZE !=
		attributes->size - here)
		return "a length that does not fit the file's size";
	return NULL;
}

/* Returns whether the next n bytes are here; reads a short body, unless --rate
 * would make that wait. Errors are left to the next read. */
static bool
is_body_here(const struct job_reply *reply, uint64_t n)
{
	bool looks =
	    n <= RECV_FILE_QUICK && reply->settings->connection.rate == 0;
	int got = 1;

	while (looks && got == 1 && !reply_reader_has(&reply->reader, n))
		got = stream_fill(&reply->connection->stream, 0);
	return reply_reader_has(&reply->reader, n);
}

enum outcome
recv_file_receive(struct job_reply *reply, struct job *job)
{
	struct protocol_attributes attributes;
	enum outcome outcome;
	const char *fault;
	uint64_t left;
	bool is_here;

	outcome = job_reply_begin(reply, job);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (reply_reader_read_attributes(&reply->reader, &attributes) != 0)
		return job_reply_end(reply);
	if (job->is_elsewhere &&
	    (attributes.size != job->file.size ||
		attributes.mtime_ns != job->file.mtime_ns)) {
		(void)job_reply_skip(reply,
		    reply->reader.length - PROTOCOL_ATTRIBUTES_SIZE);
		elsewhere_pass_by(reply->queue, job, reply->connection->server,
		    reply->report, NULL);
		return OUTCOME_ELSEWHERE;
	}
	fault = find_body_fault(job, &attributes, reply->reader.length);
	if (fault != NULL)
		return job_reply_violation(reply, fault);

	if (job->stage == JOB_FETCH)
		origin_clear(&job->file.origin);
	origin_add(&job->file.origin, &reply->connection->address,
	    attributes.token);
	left = reply->reader.length - PROTOCOL_ATTRIBUTES_SIZE;
	is_here = is_body_here(reply, left);
	if (output_begin(job->file.output, &attributes, is_here,
		&reply->failure) != 0)
		return job_reply_skip(reply, left);
	/* One that was listed, and is here at once, is not worth showing. */
	if (!is_here || attributes.size != job->file.tally.size ||
	    output_size(job->file.output) != job->file.tally.here ||
	    !job->is_entry)
		tally_begin_file(&reply->progress->tally, &job->file.tally,
		    job->name, attributes.size, output_size(job->file.output));
	left -= PROTOCOL_TRAILER_SIZE;
	outcome = recv_file_bytes(reply, job, job->file.output,
	    &job->file.tally, left);
	if (outcome == OUTCOME_OK)
		outcome = receive_trailer(reply, job, left);
	if (outcome != OUTCOME_OK)
		tally_rest_file(&reply->progress->tally, &job->file.tally);
	return outcome;
}
