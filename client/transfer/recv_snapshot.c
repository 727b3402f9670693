/* The last question about a file whose bytes are all here. Replies to other
 * requests come in between; until the proof has come the file has no name. */

#include "client/store/output.h"
#include "client/transfer/recv_file.h"
#include "client/transfer/recv_proof.h"
#include "client/transfer/recv_snapshot.h"
#include "client/transfer/settle.h"
#include "common/amount.h"
#include "common/protocol.h"

enum outcome
recv_snapshot_receive_state(struct job_reply *reply, struct job *job)
{
	const struct protocol_attributes *announced =
	    output_attributes(job->file.output);
	struct protocol_attributes attributes;
	enum outcome outcome;

	outcome = job_reply_receive_state(reply, job, &attributes);
	if (outcome != OUTCOME_OK)
		return outcome;
	origin_add(&job->file.origin, &reply->connection->address,
	    attributes.token);
	if (origin_is_one(&job->file.origin))
		return recv_file_finish(reply, job);
	return origin_has_several(&job->file.origin) &&
		protocol_token_matches(protocol_content_token(announced),
		    &attributes) ?
	    OUTCOME_MIXED :
	    OUTCOME_MOVED;
}

/* Reports that the file has changed since its bytes were announced. */
static void
tell_moved(const struct job_reply *reply, const struct job *job,
    const struct protocol_attributes *announced,
    const struct protocol_attributes *attributes)
{
	char now[AMOUNT_COUNT], then[AMOUNT_COUNT];

	if (attributes->size > announced->size) {
		amount_print_both(attributes->size, announced->size, now, then);
		report_detail(reply->report,
		    "%s: it has grown since, to %s; the first %s are as they "
		    "were",
		    job->name, now, then);
	} else {
		report_detail(reply->report,
		    "%s: it was touched, renamed, linked or replaced "
		    "meanwhile; its bytes are as they were",
		    job->name);
	}
}

enum outcome
recv_snapshot_receive_digest(struct job_reply *reply, struct job *job)
{
	const struct protocol_attributes *announced =
	    output_attributes(job->file.output);
	struct protocol_attributes attributes;
	enum outcome outcome;
	bool is_same;

	outcome = recv_proof_compare(reply, job, &attributes, &is_same);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (job->is_mismatch &&
	    protocol_token_equal(attributes.token, announced->token))
		return recv_file_mismatch(reply, job,
		    "what arrived is not what was sent (digest mismatch)");
	if (!is_same || !settle_holds(reply->settings, job, &attributes))
		return job_reply_changed(reply, job);
	tell_moved(reply, job, announced, &attributes);
	return recv_file_finish(reply, job);
}
