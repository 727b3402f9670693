#ifndef CLIENT_TRANSFER_PIPELINE_SERVER_H
#define CLIENT_TRANSFER_PIPELINE_SERVER_H

/* The server of a pipeline, of which several may be to one server or to
 * several: when its connection begins and ends, and what follows for the
 * others. The queue's lock is held. */

#include <stdbool.h>

#include "client/transfer/pipeline_state.h"
#include "client/ui/failure.h"

/* Note that the connection was made, or that it has ended and is not made
 * again at once. Each may be called twice. */
void pipeline_server_begin(struct pipeline *pipeline);
void pipeline_server_end(struct pipeline *pipeline);

/* Returns what the connection may ask for. */
struct job_taker pipeline_server_taker(const struct pipeline *pipeline);

/* Keeps this pipeline, which is the last one: it may try all servers. */
void pipeline_server_stay(struct pipeline *pipeline);

/* Acts on a connection that broke: its requests go back to the queue, and it
 * leaves them to the other connections, if there are any. */
void pipeline_server_lose(struct pipeline *pipeline,
    const struct failure *failure);

/* Notes that no connection could be made. If other connections go on, tells
 * once for each server of several. */
void pipeline_server_miss(struct pipeline *pipeline);

/* Acts on a failure that would end the run: if the server breaks the protocol
 * and there are others, leaves it for good and returns true. Otherwise returns
 * false, maybe with another failure. */
bool pipeline_server_leave(struct pipeline *pipeline, struct failure *failure);

/* Shuts the connection down, so that others take its work over. Its own thread
 * notices at its next read, and closes it. For any thread. */
void pipeline_server_cut(struct pipeline *pipeline);

#endif
