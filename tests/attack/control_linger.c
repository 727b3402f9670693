/* Control: the server closes a session without reading the requests on their
 * way. */

#include "common/stream.h"

void __wrap_stream_end(struct stream *stream, bool read_shut);

void
__wrap_stream_end(struct stream *stream, bool read_shut)
{
	(void)read_shut;
	stream_rest(stream);
}
