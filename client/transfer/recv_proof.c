/*
 * A part file is gone on with only when its bytes are the server's; a file
 * that is the same already, or has the sum it must have, is left alone.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "client/store/tree_folder.h"
#include "client/transfer/local_name.h"
#include "client/ui/interrupt.h"
#include "client/store/output.h"
#include "client/transfer/recv_proof.h"
#include "client/transfer/job_request.h"
#include "client/transfer/settle.h"
#include "client/transfer/pieces.h"
#include "client/store/tally.h"
#include "common/protocol.h"

enum reply_outcome
proof_compare(struct reply *reply, struct job *job,
    struct protocol_attributes *attributes, bool *is_same)
{
	uint8_t digest[PROTOCOL_DIGEST], own[DIGEST_LENGTH];
	enum reply_outcome outcome;
	int result;

	outcome = reply_begin(reply, job);
	if (outcome != REPLY_OK)
		return outcome;
	if (answer_read_digest(&reply->answer, attributes, digest) != 0)
		return reply_end(reply);
	jobs_unlock(reply->jobs);
	result = output_digest(job->output, own);
	jobs_lock(reply->jobs);
	if (result != 0) {
		if (interrupt_pending())
			return reply_interrupted(reply);
		failure_set(&reply->failure, EXITS_LOCAL,
		    "the part that is here cannot be read: %s; --no-resume "
		    "fetches it from the start",
		    strerror(errno));
		return REPLY_FAILED;
	}
	*is_same = memcmp(own, digest, sizeof(own)) == 0;
	return REPLY_OK;
}

/* The server's digest of as many bytes as are here. */
enum reply_outcome
proof_receive_digest(struct reply *reply, struct job *job)
{
	struct protocol_attributes attributes;
	enum reply_outcome outcome;
	bool is_same = false;

	outcome = proof_compare(reply, job, &attributes, &is_same);
	if (outcome != REPLY_OK)
		return outcome;
	if (!is_same)
		return reply_begin_anew(reply, job,
		    "the part here is not of it");
	report_detail(reply->report, "%s: goes on from byte %" PRIu64,
	    job->name, output_size(job->output));
	/* The digest has shown that they are of this version as well. */
	output_set_token(job->output, attributes.token);
	job->is_mixed = false;
	job->stage = JOB_CONTINUE;
	return REPLY_NEXT;
}

/* The same as what the server has: nothing is to be fetched. */
static enum reply_outcome
skip_file(struct reply *reply, const struct job *job)
{
	char path[PATH_MAX];

	destination_print_job(reply->options, job, path, sizeof(path));
	report_skipped(reply->report, job->name, path);
	return REPLY_DONE;
}

/* A large file may go on in pieces: REPLY_OK if it does not. */
static enum reply_outcome
split_file(struct reply *reply, struct job *job,
    const struct protocol_attributes *attributes)
{
	struct split *split;
	uint64_t here;
	int result;

	if (!request_splits(reply->options, reply->jobs, job, attributes->size))
		return REPLY_OK;
	if (reply->jobs->n_splits >= SPLIT_MOST)
		return REPLY_LATER;
	result =
	    split_begin(reply->jobs, job, attributes, &split, &reply->failure);
	if (result <= 0)
		return result == 0 ? REPLY_OK : REPLY_FAILED;
	here = split_here(split);
	if (here > 0)
		report_detail(reply->report,
		    "%s: goes on, %" PRIu64 " of its %" PRIu64
		    " bytes are here",
		    job->name, here, attributes->size);
	progress_begin_file(reply->progress, jobs_files_left(reply->jobs),
	    job->name, attributes->size, here);
	return REPLY_SPLIT;
}

enum reply_outcome
proof_receive_state(struct reply *reply, struct job *job)
{
	struct protocol_attributes attributes;
	enum reply_outcome outcome;

	outcome = reply_receive_state(reply, job, &attributes);
	if (outcome != REPLY_OK)
		return outcome;
	outcome = settle_judge(reply, job, &attributes);
	if (outcome != REPLY_OK)
		return outcome;
	job->knows_size = true;
	job->size = attributes.size;
	if (reply->options->update && job->branch == NULL &&
	    folder_keep_same(reply->jobs->folder, job->final, attributes.size,
		attributes.mtime_ns))
		return skip_file(reply, job);
	if (S_ISREG(attributes.mode))
		outcome = split_file(reply, job, &attributes);
	if (outcome != REPLY_OK)
		return outcome;
	job->stage = JOB_FETCH;
	return REPLY_NEXT;
}

int
proof_sum(int fd, uint64_t size, uint8_t sum[SUMS_LENGTH])
{
	struct tally tally;

	tally_reset(&tally, true);
	if (tally_read(&tally, fd, 0, size) != 0)
		return -1;
	tally_sha256(&tally, sum);
	return 0;
}

/* Returns whether the file that is here has the sum that it must have; stat is
 * its state. */
static bool
has_sum(const struct folder *folder, const struct job *job, struct stat *stat)
{
	uint8_t sum[SUMS_LENGTH];
	char path[PATH_MAX];
	bool same;
	int fd;

	if (branch_print_path(job->branch, job->final, path, sizeof(path)) != 0)
		return false;
	fd = folder_open_file(folder, path);
	if (fd < 0)
		return false;
	same = fstat(fd, stat) == 0 && S_ISREG(stat->st_mode) &&
	    proof_sum(fd, (uint64_t)stat->st_size, sum) == 0 &&
	    memcmp(sum, job->sum, sizeof(sum)) == 0;
	close(fd);
	return same;
}

/* Notes that the file stays as it is, so that no other name of this run is
 * written to it. 0, or -1 without memory. */
static int
note_kept(const struct folder *folder, struct job *job, const struct stat *stat)
{
	struct written *written =
	    job->branch == NULL ? folder->written : &job->branch->written;

	return written_add(written, folder, job->final, stat);
}

void
proof_pass_over(struct jobs *jobs, struct report *report)
{
	struct job *job, *after;
	char path[PATH_MAX];
	struct stat stat;

	for (job = STAILQ_FIRST(&jobs->files); job != NULL; job = after) {
		after = STAILQ_NEXT(job, next);
		if (!has_sum(jobs->folder, job, &stat) ||
		    note_kept(jobs->folder, job, &stat) != 0)
			continue;
		destination_print_job(jobs->options, job, path, sizeof(path));
		report_skipped(report, job->name, path);
		jobs_take_out(jobs, job);
		jobs_remove(jobs, job);
	}
}
