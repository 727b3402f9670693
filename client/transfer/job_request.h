#ifndef CLIENT_TRANSFER_JOB_REQUEST_H
#define CLIENT_TRANSFER_JOB_REQUEST_H

/* Decides what a job asks the server, and asks it. */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/transfer/job_queue.h"
#include "client/transfer/settings.h"
#include "client/wire/request_writer.h"
#include "common/stream.h"

enum {
	/* Bytes that one job puts into the stream at most: a STAT goes before
	 * the first LIST of a folder. */
	REQUEST_MAX = 2 * REQUEST_WRITER_MAX,
};

/*
 * Before the first request for a file, or after it was taken back: looks what
 * of it is here, and decides what is to be asked. 0, or -1 with the failure
 * set.
 */
int request_prepare(const struct transfer_settings *settings, struct jobs *jobs,
    struct job *job, struct failure *failure);

/* Whether a file of this size is to be fetched in pieces. */
bool request_splits(const struct transfer_settings *settings, struct jobs *jobs,
    const struct job *job, uint64_t size);

/* Puts what a job asks into the stream, which has room for REQUEST_MAX bytes.
 * 0, or -1 with errno. */
int request_put(const struct transfer_settings *settings, const struct job *job,
    struct stream *stream);

#endif
