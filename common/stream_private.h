#ifndef COMMON_STREAM_PRIVATE_H
#define COMMON_STREAM_PRIVATE_H

/* Shared by stream.c and stream_send.c only. */

#include "common/buffers.h"
#include "common/stream.h"

/* Borrows both buffers unless the stream has them; stream_rest returns them.
 * Returns 0, or -1 with errno. */
static inline int
stream_take_buffers(struct stream *stream)
{
	if (stream->in != NULL)
		return 0;
	stream->in = buffers_lend();
	if (stream->in == NULL)
		return -1;
	stream->out = stream->in + STREAM_IN;
	stream->in_start = stream->in_end = 0;
	stream->out_start = stream->out_end = 0;
	return 0;
}

#endif
