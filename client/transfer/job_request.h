#ifndef CLIENT_TRANSFER_JOB_REQUEST_H
#define CLIENT_TRANSFER_JOB_REQUEST_H

/*
 * How a request goes into the stream, and what a job asks the server next.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/transfer/job_queue.h"
#include "client/client_options.h"
#include "common/names.h"
#include "common/protocol.h"
#include "common/stream.h"

enum {
	/* The longest one, in bytes. */
	REQUEST_ONE = PROTOCOL_PREFIX_SIZE + PROTOCOL_FIXED_MAX + NAMES_MAX,
	/* What a job puts: a folder is asked what it is before it is listed.
	 * In bytes. */
	REQUEST_MAX = 2 * REQUEST_ONE,
};

/* Puts a request with a valid name into the stream; stream_push sends it. 0,
 * or -1 with errno. */
int request_write(struct stream *stream,
    const struct protocol_request *request);

/*
 * Before the first request for a file, or after it was taken back: looks what
 * of it is here, and decides what is to be asked. 0, or -1 with the failure
 * set.
 */
int request_prepare(const struct client_options *options, struct jobs *jobs,
    struct job *job, struct failure *failure);

/* Whether a file of this size is to be fetched in pieces. */
bool request_splits(const struct client_options *options, struct jobs *jobs,
    const struct job *job, uint64_t size);

/* Puts what a job asks into the stream, which has room for REQUEST_MAX bytes.
 * 0, or -1 with errno. */
int request_put(const struct client_options *options, const struct job *job,
    struct stream *stream);

/* How much longer than others the reply to a DIGEST of so many bytes may keep
 * us waiting before it counts as stalled, in nanoseconds. */
int64_t request_digest_time(uint64_t bytes);

#endif
