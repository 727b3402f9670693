/* The comparison of a block with the older copy (--reuse). The reply itself is
 * received by transfer/recv_piece.c, which marks the piece. */

#include "client/store/old_copy.h"
#include "client/store/write_failure.h"
#include "client/transfer/pieces.h"
#include "client/transfer/recv_reuse.h"
#include "client/transfer/reuse.h"
#include "client/ui/interrupt.h"

enum outcome
recv_reuse_take(struct job_reply *reply, const struct job *job,
    const uint8_t digest[DIGEST_LENGTH])
{
	const struct store_settings *store = &reply->settings->store;
	struct pieces *pieces = job->piece.pieces;
	uint64_t offset = pieces_offset(pieces, job->piece.number);
	uint64_t n = pieces_length(pieces, job->piece.number);
	unsigned how = reuse_expect(&pieces->reuse);
	int result;

	/* A program behind a file system (FUSE) may refuse to make holes. */
	if (store->sparse && !pieces->folder->volume->is_remote)
		how |= OLD_COPY_HOLES;
	job_queue_unlock(reply->queue);
	result = reuse_take(&pieces->reuse, pieces->fd, offset, n, how, digest);
	job_queue_lock(reply->queue);
	if (interrupt_pending())
		return job_reply_interrupted(reply);
	if (result < 0) {
		write_failure_set(pieces->folder, -1, false, &reply->failure);
		return OUTCOME_FAILED;
	}
	reuse_note(&pieces->reuse, result == 1);
	if (result == 0)
		return OUTCOME_DIFFERENT;
	pieces->whole->reused += n;
	tally_reuse(&reply->progress->tally, &pieces->whole->file.tally, n);
	return OUTCOME_OK;
}
