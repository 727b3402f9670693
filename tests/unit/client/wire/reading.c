/* A connection over TCP, since a reset of one is tested too. */

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "tests/unit/client/wire/reading.h"
#include "tests/unit/unit.h"

void
reading_open(struct reading *reading)
{
	int pair[2];

	memset(reading, 0, sizeof(*reading));
	unit_tcp_pair(pair);
	reading->server = pair[1];
	stream_open(&reading->stream, pair[0], -1);
	reading->reader = (struct reply_reader){.stream = &reading->stream,
	    .stall = READING_LONG,
	    .failure = &reading->failure};
}

void
reading_close(struct reading *reading)
{
	stream_rest(&reading->stream);
	close(reading->stream.transport.fd);
	if (reading->server >= 0)
		close(reading->server);
}

void
reading_end(const struct reading *reading)
{
	ck_assert_int_eq(shutdown(reading->server, SHUT_WR), 0);
}

void
reading_expect_violation(const struct reading *reading, const char *row,
    const char *words)
{
	const char *text = reading->failure.text;

	ck_assert_msg(reading->reader.end == OUTCOME_FATAL, "%s: %d", row,
	    (int)reading->reader.end);
	ck_assert_msg(reading->failure.code == EXIT_PROTOCOL, "%s", row);
	ck_assert_msg(strstr(text,
			  "the server does not speak this protocol: ") ==
		    text &&
		strstr(text, words) != NULL,
	    "%s: %s", row, text);
}

void
reading_expect_lost(const struct reading *reading, enum outcome end,
    const char *text)
{
	ck_assert_int_eq(reading->reader.end, end);
	ck_assert_int_eq(reading->failure.code, EXIT_STALLED);
	ck_assert_str_eq(reading->failure.text, text);
}
