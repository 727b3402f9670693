#ifndef CLIENT_REPLY_H
#define CLIENT_REPLY_H

/*
 * The reply to one request, as it comes out of the stream: what all of them
 * have in common. body.h, proof.h, piece.h and walk.h receive what is in one.
 * The jobs' lock is held, but for the time that is spent waiting.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "client/jobs.h"
#include "client/link.h"
#include "client/options.h"
#include "client/progress.h"
#include "client/report.h"
#include "common/protocol.h"

/* What it takes to receive one. */
struct reply {
	const struct options *options;
	struct jobs *jobs;
	struct link *link;
	struct report *report;
	struct progress *progress;
	struct job *after;	/* REPLY_NEXT: behind this one, or NULL */
	struct failure failure; /* set from REPLY_WAIT on */
};

/* What a reply means for its job, and for the connection. */
enum reply_outcome {
	REPLY_DONE,		/* the job is done, and reported */
	REPLY_NEXT,		/* the job has another request to make */
	REPLY_LATER,		/* the same, after all others */
	REPLY_SPLIT,		/* it goes on in pieces, see split.h */
	REPLY_WAIT,		/* its name does not exist yet (--wait) */
	REPLY_FAILED,		/* for this job; the connection is in frame */
	REPLY_FAILED_RECONNECT, /* and a body too long to skip follows */
	REPLY_LOST,		/* the connection is of no use; try again */
	REPLY_FATAL,		/* it makes no sense to try again */
};

/*
 * Receives the header of the reply to a job's request: REPLY_DONE when it is
 * OK, with *length bytes to come. A refusal is received as a whole, and what
 * follows from it is returned.
 */
enum reply_outcome reply_begin(struct reply *reply, struct job *job,
    uint64_t *length);

/* Whether so many bytes are here already: to take them will not wait. */
bool reply_has(const struct reply *reply, uint64_t n);

/* Exactly n bytes: REPLY_DONE, or what is to be returned instead. */
enum reply_outcome reply_read(struct reply *reply, void *bytes, size_t n);

/* Passes over the rest of a body that is not wanted: its job has failed. */
enum reply_outcome reply_skip(struct reply *reply, uint64_t n);

/* A read that would wait stall (ns) for a byte has returned 0, or -1 with
 * errno. */
enum reply_outcome reply_lost(struct reply *reply, int got, int64_t stall);

/* The server has said what no server of this protocol would say. */
enum reply_outcome reply_violation(struct reply *reply, const char *what);

enum reply_outcome reply_interrupted(struct reply *reply);

/* The file was not the same throughout: from the beginning, if it may. */
enum reply_outcome reply_changed(struct reply *reply, struct job *job);

/* The part that is here is of no use: away with it. Where this run has made
 * it, the file has changed under it, and that is not for ever. */
enum reply_outcome reply_begin_anew(struct reply *reply, struct job *job,
    const char *why);

/* The whole reply to a STAT: REPLY_DONE, or what is to be returned instead. */
enum reply_outcome reply_receive_state(struct reply *reply, struct job *job,
    struct protocol_attributes *attributes);

#endif
