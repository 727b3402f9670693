#ifndef TESTS_UNIT_FEED_H
#define TESTS_UNIT_FEED_H

/*
 * A stream whose other end the test holds: the test sends as the server, and
 * the code under test receives.
 */

#include "client/store/output.h"
#include "common/stream.h"

struct feed {
	struct stream stream;
	int server; /* the other end; -1: closed */
};

void feed_open(struct feed *feed);
void feed_close(struct feed *feed);

/* Ends the server's side. */
void feed_end(struct feed *feed);

/* Sends n bytes and has the output receive them all. */
void feed_output(struct feed *feed, struct output *output, const void *bytes,
    size_t n);

#endif
