#ifndef HARNESS_FAKE_H
#define HARNESS_FAKE_H

/*
 * A server that does as a test tells it, in a thread of the test's process:
 * it takes one connection after the other on a port of 127.0.0.1 and plays
 * each one's part. The thread asserts nothing: what goes wrong there is kept,
 * and fails the test in fake_stop. What it was asked is recorded.
 *
 * The functions below fake_stop are for the part that is played; they return
 * false once the client has left, or the fake is to stop.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

enum {
	FAKE_ASKED = 64, /* requests kept */
	FAKE_NAME = 256, /* bytes of a name kept */
};

/* A request that has arrived. */
struct fake_asked {
	unsigned connection; /* from 0 */
	uint8_t op;
	uint8_t flags;
	struct protocol_token token;
	uint64_t offset;
	uint64_t count;
	uint64_t cursor;
	char name[FAKE_NAME];
};

/* A file that could be served. */
struct fake_file {
	const uint8_t *bytes;
	uint64_t size;
	struct protocol_token token;
	uint32_t mode;
	int64_t mtime_ns;
};

struct fake {
	uint16_t port;
	const void *argument;
	unsigned connection; /* the one that is played, from 0 */
	int fd;		     /* of it; -1: it has been ended */
	atomic_uint taken;   /* connections so far */
	atomic_uint asks;    /* requests so far */
	bool keeps_first;    /* of more requests than are kept; for the part
				that is played to set */

	/* After fake_stop. */
	unsigned n_asked;
	struct fake_asked asked[FAKE_ASKED];
	uint64_t sent; /* bytes, all connections together */

	/* fake.c's own. */
	void (*play)(struct fake *);
	unsigned most;
	int listening;
	int stop_fd;
	pthread_t thread;
	size_t n_in;
	uint8_t in[PROTOCOL_REQUEST_MAX];
	char error[128];
};

/* Plays so for each of at most so many connections; then nobody listens. */
void fake_start(struct fake *fake, unsigned most, void (*play)(struct fake *),
    const void *argument);

/* Ends it, whatever it is doing; the test fails if something went wrong. */
void fake_stop(struct fake *fake);

/* The same, for a test to judge: "" or what went wrong. */
const char *fake_join(struct fake *fake);

/* The next request, which is recorded. */
bool fake_ask(struct fake *fake, struct fake_asked *asked);

bool fake_send(struct fake *fake, const void *bytes, size_t len);

/* The same, one byte a packet. */
bool fake_drip(struct fake *fake, const void *bytes, size_t len);

/* Waits so many ns, unless the client leaves. */
bool fake_pause(struct fake *fake, int64_t ns);

/* A refusal with this message. */
bool fake_refuse(struct fake *fake, enum protocol_status status,
    const char *message);

/* An honest answer to a FETCH, STAT or DIGEST of this file. */
bool fake_answer(struct fake *fake, const struct fake_file *file,
    const struct fake_asked *asked);

/* Answers honestly until the client leaves. */
void fake_serve(struct fake *fake, const struct fake_file *file);

/* An honest reply to a FETCH from offset; the caller frees. */
uint8_t *fake_build_reply(const struct fake_file *file, uint64_t offset,
    size_t *len);

/* Waits until the client leaves. */
void fake_stall(struct fake *fake);

/* Ends with a reset; or in good order, which is also what happens when the
 * part is over. */
void fake_reset(struct fake *fake);
void fake_end(struct fake *fake);

#endif
