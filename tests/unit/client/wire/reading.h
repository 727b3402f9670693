#ifndef TESTS_UNIT_READING_H
#define TESTS_UNIT_READING_H

/* A reader of replies on one end of a TCP connection; the test sends as the
 * server on the other. */

#include "client/wire/reply_reader.h"
#include "common/clock.h"
#include "common/stream.h"

#define READING_LONG ((int64_t)UNIT_TIMEOUT * CLOCK_SEC)

struct reading {
	struct stream stream;
	struct failure failure;
	struct reply_reader reader;
	int server; /* the other end; -1: closed */
};

/* Fills in all of reading, with a long time limit. */
void reading_open(struct reading *reading);
void reading_close(struct reading *reading);

/* Ends the server's side. */
void reading_end(const struct reading *reading);

/* Fails the test unless the reader has found a reply that breaks the protocol
 * as these words say. */
void reading_expect_violation(const struct reading *reading, const char *row,
    const char *words);

/* Fails the test unless the reader has ended so because the connection ended,
 * with this text. */
void reading_expect_lost(const struct reading *reading, enum outcome end,
    const char *text);

#endif
