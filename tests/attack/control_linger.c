/* Control: a session that ends by our choice is closed at once. */

#include "common/stream.h"

void __wrap_stream_end(struct stream *stream, bool read_shut);

void
__wrap_stream_end(struct stream *stream, bool read_shut)
{
	(void)read_shut;
	stream_rest(stream);
}
