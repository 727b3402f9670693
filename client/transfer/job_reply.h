#ifndef CLIENT_TRANSFER_JOB_REPLY_H
#define CLIENT_TRANSFER_JOB_REPLY_H

/*
 * What the reply to a job's request means for the job, and for the
 * connection, whatever it was that was asked. transfer/recv_file.h,
 * transfer/recv_proof.h, transfer/recv_piece.h and transfer/recv_folder.h
 * receive what is in one, by the functions of wire/reply_reader.h. The jobs'
 * lock is held, but for the time that is spent waiting.
 */

#include <stdint.h>

#include "client/wire/reply_reader.h"
#include "client/ui/failure.h"
#include "client/ui/outcome.h"
#include "client/transfer/job_queue.h"
#include "client/wire/connection.h"
#include "client/transfer/settings.h"
#include "client/ui/progress.h"
#include "client/ui/report.h"
#include "common/protocol.h"

enum {
	/* CHANGED in reply to a DIGEST by a file's id alone is believed after
	 * so many in a row: an older server says it for as long as the file is
	 * written to. */
	REPLY_REFUSALS = 3,
};

/* What it takes to receive one. */
struct job_reply {
	const struct transfer_settings *settings;
	struct jobs *jobs;
	struct connection *connection;
	struct report *report;
	struct progress *progress;
	struct job *after;	    /* OUTCOME_NEXT: behind this one, or NULL */
	struct reply_reader reader; /* set up by job_reply_begin */
	struct failure failure;	    /* set from OUTCOME_ABSENT on */
};

/*
 * Receives the header of the reply to a job's request: OUTCOME_OK when it is
 * OK, with the body to be taken out of reply->answer. A refusal is received as
 * a whole, and what follows from it is returned.
 */
enum outcome job_reply_begin(struct job_reply *reply, struct job *job);

/* What follows when a function of wire/reply_reader.h has returned -1. */
enum outcome job_reply_end(const struct job_reply *reply);

/* Passes over the rest of a body that is not wanted: its job has failed, and
 * why stays as it was set. */
enum outcome job_reply_skip(struct job_reply *reply, uint64_t n);

/* The server has said what no server of this protocol would say. */
enum outcome job_reply_violation(struct job_reply *reply, const char *what);

enum outcome job_reply_interrupted(struct job_reply *reply);

/* The file was not the same throughout: from the beginning, if it may. */
enum outcome job_reply_changed(struct job_reply *reply, struct job *job);

/* The part file is useless, as why says: discards it and starts over. If this
 * run received some of it, the file is changing, and that counts as a try. */
enum outcome job_reply_begin_anew(struct job_reply *reply, struct job *job,
    const char *why);

/* The whole reply to a STAT: OUTCOME_OK, or what is to be returned instead. */
enum outcome job_reply_receive_state(struct job_reply *reply, struct job *job,
    struct protocol_attributes *attributes);

#endif
