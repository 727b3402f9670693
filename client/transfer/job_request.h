#ifndef CLIENT_TRANSFER_JOB_REQUEST_H
#define CLIENT_TRANSFER_JOB_REQUEST_H

/* Decides what a job asks the server, and writes the request. The queue's lock
 * is held. */

#include <stdbool.h>

#include "client/transfer/job_queue.h"
#include "client/transfer/settings.h"
#include "client/ui/failure.h"
#include "client/wire/request_writer.h"
#include "common/stream.h"

enum {
	/* Most bytes of a job's requests: a first LIST follows a STAT. */
	JOB_REQUEST_MAX = 2 * REQUEST_WRITER_MAX,
};

/* Prepares a job for its request: chooses the stage of a file in JOB_START by
 * its local bytes. Returns 0, or -1 with the failure set. */
int job_request_prepare(struct job_queue *queue, struct job *job,
    struct failure *failure);

/* Returns whether a file, whose size is known, is to be fetched in pieces. */
bool job_request_suits_pieces(const struct job_target *target,
    const struct job *job);

/* Puts what a job asks into the stream, which has room for JOB_REQUEST_MAX
 * bytes. Returns 0, or -1 with errno. */
int job_request_put(const struct transfer_settings *settings,
    const struct job *job, struct stream *stream);

#endif
