#ifndef CLIENT_TRANSFER_JOB_REPLY_H
#define CLIENT_TRANSFER_JOB_REPLY_H

/* Reads what all replies to jobs have in common; the receivers (recv_*.h) read
 * the rest. Each function returns an outcome for transfer/job_stages.h. The
 * queue's lock is held, and released while a function waits for the network. */

#include <stdint.h>

#include "client/transfer/job_queue.h"
#include "client/transfer/settings.h"
#include "client/ui/failure.h"
#include "client/ui/outcome.h"
#include "client/ui/progress.h"
#include "client/ui/report.h"
#include "client/wire/connection.h"
#include "client/wire/reply_reader.h"
#include "common/protocol.h"

enum {
	/* CHANGED replies in a row to a DIGEST by id alone until it is
	 * believed: an older server sends it while the file is written to. */
	JOB_REPLY_REFUSALS = 3,
};

/* A failure (EXIT_CHANGED), and an addition where bytes cannot be discarded. */
#define JOB_REPLY_DISAGREE                                                   \
	"the servers disagree: their files of this name have the same size " \
	"and time, but different bytes"
#define JOB_REPLY_OUT "; its bytes are already on standard output"

struct job_reply {
	const struct transfer_settings *settings;
	struct job_queue *queue;
	struct connection *connection;
	struct report *report;
	struct progress *progress;
	/* Folders found by a LIST: their turn comes before its next page. */
	struct job_list folders;
	struct reply_reader reader; /* set up by job_reply_begin */
	struct failure failure;	    /* set where ui/outcome.h says so */
};

/* Receives the header of the reply to a job's request. Returns OK if the status
 * is; the body is then to be read from reply->reader. A refusal is received as
 * a whole: returns what follows from it. */
enum outcome job_reply_begin(struct job_reply *reply, struct job *job);

/* Returns LOST or FATAL after a function of wire/reply_reader.h returned -1. */
enum outcome job_reply_end(const struct job_reply *reply);

/* Drops the remaining n bytes of a body whose job has failed, or closes the
 * connection if they are too many. Keeps the failure; returns FAILED. */
enum outcome job_reply_skip(struct job_reply *reply, uint64_t n);

/* Sets the failure for a reply that breaks the protocol; returns FATAL. */
enum outcome job_reply_violation(struct job_reply *reply, const char *what);

/* Sets the failure for an interrupt; returns FATAL. */
enum outcome job_reply_interrupted(struct job_reply *reply);

/* Discards the bytes of a file that changed while it was received, and counts a
 * try. Returns CHANGED, or FAILED after the last try. */
enum outcome job_reply_changed(struct job_reply *reply, struct job *job);

/* Discards the bytes of a file, or leaves those of pieces to the caller, since
 * servers have different files of one content version. Returns FAILED. */
enum outcome job_reply_disagreement(struct job_reply *reply, struct job *job);

/* Discards a part that is useless, as why says, and returns DIFFERENT; if this
 * run received some of it, the file is changing: does as job_reply_changed. */
enum outcome job_reply_different(struct job_reply *reply, struct job *job,
    const char *why);

/* Receives the whole reply to a STAT. Returns OK with the attributes set, or
 * what follows from a refusal or a loss. */
enum outcome job_reply_receive_state(struct job_reply *reply, struct job *job,
    struct protocol_attributes *attributes);

#endif
