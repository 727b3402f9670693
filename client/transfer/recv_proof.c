/* A part file is continued only if its bytes are the server's. A file that is
 * the same already, or has the required SHA-256, stays as it is. */

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "client/store/file_digests.h"
#include "client/store/output.h"
#include "client/store/same_file.h"
#include "client/store/tree_folder.h"
#include "client/transfer/dry_run.h"
#include "client/transfer/job_request.h"
#include "client/transfer/local_name.h"
#include "client/transfer/pieces.h"
#include "client/transfer/recv_proof.h"
#include "client/transfer/settle.h"
#include "client/ui/interrupt.h"
#include "common/amount.h"
#include "common/clock.h"
#include "common/protocol.h"

enum outcome
recv_proof_compare(struct job_reply *reply, struct job *job,
    struct protocol_attributes *attributes, bool *is_same)
{
	uint8_t digest[PROTOCOL_DIGEST_SIZE], own[DIGEST_LENGTH];
	enum outcome outcome;
	int result;

	outcome = job_reply_begin(reply, job);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (reply_reader_read_digest(&reply->reader, attributes, digest) != 0)
		return job_reply_end(reply);
	job_queue_unlock(reply->queue);
	result = file_writer_digest(output_writer(job->file.output), own);
	job_queue_lock(reply->queue);
	if (result != 0) {
		if (interrupt_pending())
			return job_reply_interrupted(reply);
		failure_set(&reply->failure, EXIT_LOCAL,
		    "the part that is here cannot be read: %s; --no-resume "
		    "fetches it from the start",
		    strerror(errno));
		return OUTCOME_FAILED;
	}
	*is_same = memcmp(own, digest, sizeof(own)) == 0;
	return OUTCOME_OK;
}

/* The part that is here is not the beginning of this file. If this run received
 * it from another server, or another file, of the same content version, there
 * is no right file to go on with. */
static enum outcome
judge_part(struct job_reply *reply, struct job *job,
    const struct protocol_attributes *attributes)
{
	struct origin both = job->file.origin;

	if (both.is_set &&
	    protocol_token_matches(output_wanted(job->file.output),
		attributes)) {
		origin_add(&both, &reply->connection->address,
		    attributes->token);
		if (origin_has_several(&both))
			return job_reply_disagreement(reply, job);
	}
	return job_reply_different(reply, job, "the part here is not of it");
}

enum outcome
recv_proof_receive_digest(struct job_reply *reply, struct job *job)
{
	struct protocol_attributes attributes;
	enum outcome outcome;
	bool is_same = false;

	outcome = recv_proof_compare(reply, job, &attributes, &is_same);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (!is_same)
		return judge_part(reply, job, &attributes);
	report_detail(reply->report, "%s: goes on from byte %" PRIu64,
	    job->name, output_size(job->file.output));
	/* The digest has shown that they are of this version as well. */
	output_set_proved(job->file.output, &attributes);
	origin_clear(&job->file.origin);
	origin_add(&job->file.origin, &reply->connection->address,
	    attributes.token);
	return OUTCOME_OK;
}

/* Begins to fetch a large file in pieces. Returns LARGE, OK if it is to be
 * fetched as a whole, or why not. */
static enum outcome
split_file(struct job_reply *reply, struct job *job,
    const struct protocol_attributes *attributes)
{
	char has[AMOUNT_COUNT], all[AMOUNT_COUNT];
	struct pieces *pieces;
	uint64_t here;
	int result;

	if (!job_request_suits_pieces(job_queue_target(reply->queue), job))
		return OUTCOME_OK;
	if (!job_queue_has_room_for_pieces(reply->queue)) {
		job->again = clock_now();
		return OUTCOME_NOT_YET;
	}
	result = pieces_begin(reply->settings,
	    job_queue_target(reply->queue)->folder, job, attributes, &pieces,
	    &reply->failure);
	if (result <= 0)
		return result == 0 ? OUTCOME_OK : OUTCOME_FAILED;
	job_queue_add_pieces(reply->queue, pieces);
	here = pieces_here(pieces);
	if (here > 0) {
		amount_print_both(here, attributes->size, has, all);
		report_detail(reply->report, "%s: goes on, %s of %s are here",
		    job->name, has, all);
	}
	tally_begin_file(&reply->progress->tally, &job->file.tally, job->name,
	    attributes->size, here);
	return OUTCOME_LARGE;
}

enum outcome
recv_proof_receive_state(struct job_reply *reply, struct job *job)
{
	struct protocol_attributes attributes;
	char path[PATH_MAX];
	enum outcome outcome;

	outcome = job_reply_receive_state(reply, job, &attributes);
	if (outcome != OUTCOME_OK)
		return outcome;
	outcome = settle_judge(reply, job, &attributes);
	if (outcome != OUTCOME_OK)
		return outcome;
	job->file.knows_state = true;
	job->file.size = attributes.size;
	job->file.mtime_ns = attributes.mtime_ns;
	tally_set_size(&reply->progress->tally, &job->file.tally,
	    attributes.size);
	if (reply->settings->store.update && job->tree == NULL &&
	    same_file_keep(job_queue_target(reply->queue)->folder, job->final,
		attributes.size, attributes.mtime_ns)) {
		local_name_print(reply->settings, job->tree, job->final, path,
		    sizeof(path));
		report_skipped(reply->report, job->name, path);
		return OUTCOME_SAME;
	}
	if (reply->settings->store.is_dry)
		return dry_run_name(reply, job, &attributes);
	return S_ISREG(attributes.mode) ? split_file(reply, job, &attributes) :
					  OUTCOME_OK;
}

int
recv_proof_sum(int fd, uint64_t size, uint8_t sum[SHA256SUM_LENGTH])
{
	struct file_digests digests;

	file_digests_reset(&digests, true);
	if (file_digests_read(&digests, fd, 0, size) != 0)
		return -1;
	file_digests_sha256(&digests, sum);
	return 0;
}

/* Returns whether the file here has the required sum; sets *stat. */
static bool
has_sum(const struct folder *folder, const struct job *job, struct stat *stat)
{
	uint8_t sum[SHA256SUM_LENGTH];
	char path[PATH_MAX];
	bool same;
	int fd;

	if (tree_folder_print_path(job->tree, job->final, path, sizeof(path)) !=
	    0)
		return false;
	fd = folder_open_file(folder, path);
	if (fd < 0)
		return false;
	same = fstat(fd, stat) == 0 && S_ISREG(stat->st_mode) &&
	    recv_proof_sum(fd, (uint64_t)stat->st_size, sum) == 0 &&
	    memcmp(sum, job->file.sum, sizeof(sum)) == 0;
	close(fd);
	return same;
}

void
recv_proof_pass_over(struct job_queue *queue, struct report *report)
{
	const struct job_target *target = job_queue_target(queue);
	const struct folder *folder = target->folder;
	struct job_list kept = STAILQ_HEAD_INITIALIZER(kept);
	char path[PATH_MAX];
	struct stat stat;
	struct job *job;

	while ((job = job_queue_take_file(queue)) != NULL) {
		/* No other name of this run may overwrite a file that stays. */
		if (!has_sum(folder, job, &stat) ||
		    written_files_add(job->tree == NULL ? folder->written :
							  &job->tree->written,
			folder->volume, job->final, &stat) != 0) {
			STAILQ_INSERT_TAIL(&kept, job, next);
			continue;
		}
		local_name_print(target->settings, job->tree, job->final, path,
		    sizeof(path));
		report_skipped(report, job->name, path);
		job_queue_remove(queue, job);
	}
	job_queue_put_all_next(queue, &kept);
}
