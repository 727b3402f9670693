/* Server and client share one thread: no more is sent at once than the socket
 * takes without anyone reading. */

#include <sys/socket.h>

#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/feed.h"
#include "tests/unit/unit.h"

enum {
	FEED_ONCE = 50000, /* bytes that the socket takes at once */
};

void
feed_open(struct feed *feed)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	stream_open(&feed->stream, pair[0], -1);
	feed->server = pair[1];
}

void
feed_end(struct feed *feed)
{
	if (feed->server >= 0)
		close(feed->server);
	feed->server = -1;
}

void
feed_close(struct feed *feed)
{
	stream_rest(&feed->stream);
	close(feed->stream.transport.fd);
	feed_end(feed);
}

void
feed_output(struct feed *feed, struct output *output, const void *bytes,
    size_t n)
{
	const uint8_t *at = bytes, *sent = bytes, *end = at + n;
	uint64_t size = output_size(output), taken;

	while (at < end) {
		if (at == sent) {
			sent += end - at < FEED_ONCE ? end - at : FEED_ONCE;
			unit_send(feed->server, at, (size_t)(sent - at));
		}
		ck_assert_int_eq(file_writer_receive(output_writer(output),
				     &feed->stream, (uint64_t)(end - at),
				     UNIT_TIMEOUT * CLOCK_SEC, &taken),
		    OUTCOME_OK);
		ck_assert_uint_ge(taken, 1);
		ck_assert_uint_le(taken, (uint64_t)(sent - at));
		at += taken;
		size += taken;
		ck_assert_uint_eq(output_size(output), size);
	}
}
