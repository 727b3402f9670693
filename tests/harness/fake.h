#ifndef HARNESS_FAKE_H
#define HARNESS_FAKE_H

/*
 * A fake server in a thread of the test's process. It accepts one connection
 * after the other on a port of 127.0.0.1, calls the test's play function for
 * each, and records the requests. The thread asserts nothing: a failure in it
 * is saved and fails the test in fake_stop.
 *
 * Play functions call the functions below fake_join. Those return false once
 * the client has closed the connection or fake_stop was called.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

enum {
	FAKE_ASKED = 64, /* recorded requests */
	FAKE_NAME = 256, /* recorded bytes of a name */
};

/* A recorded request. */
struct fake_asked {
	unsigned connection; /* number, from 0 */
	uint8_t op;
	uint8_t flags;
	struct protocol_token token;
	uint64_t offset;
	uint64_t count;
	uint64_t cursor;
	char name[FAKE_NAME];
};

/* A file with the attributes to send for it. */
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
	unsigned connection; /* number of the current one, from 0 */
	int fd;		     /* its socket; -1 after its end */
	atomic_uint taken;   /* connections so far */
	atomic_uint asks;    /* requests so far */
	bool keeps_first;    /* record the first FAKE_ASKED requests instead of
				the last; set by the play function */
	bool is_old;	     /* content versions are unknown, so a request for
				one is CHANGED; set by the play function */

	/* Valid after fake_stop. */
	unsigned n_asked;
	struct fake_asked asked[FAKE_ASKED];
	uint64_t sent; /* bytes on all connections */

	/* Only fake.c uses these. */
	void (*play)(struct fake *);
	unsigned most;
	int listening;
	int stop_fd;
	pthread_t thread;
	size_t n_in;
	uint8_t in[PROTOCOL_REQUEST_MAX];
	char error[128];
};

/* Listens and calls play for each of at most this many connections; then closes
 * the listening socket. */
void fake_start(struct fake *fake, unsigned most, void (*play)(struct fake *),
    const void *argument);

/* Stops the server; fails the test if the server failed. */
void fake_stop(struct fake *fake);

/* Stops the server. Returns "" or a text that describes its failure. */
const char *fake_join(struct fake *fake);

/* Receives and records the next request. */
bool fake_ask(struct fake *fake, struct fake_asked *asked);

bool fake_send(struct fake *fake, const void *bytes, size_t len);

/* Sends bytes, each in a packet of its own. */
bool fake_drip(struct fake *fake, const void *bytes, size_t len);

/* Waits for ns nanoseconds. */
bool fake_pause(struct fake *fake, int64_t ns);

/* Sends a reply with this status and message. */
bool fake_refuse(struct fake *fake, enum protocol_status status,
    const char *message);

/* Sends a correct reply to a FETCH, STAT or DIGEST of this file. */
bool fake_answer(struct fake *fake, const struct fake_file *file,
    const struct fake_asked *asked);

/* Sends correct replies until the client closes the connection. */
void fake_serve(struct fake *fake, const struct fake_file *file);

/* Returns a correct reply to a FETCH from offset; the caller frees it. */
uint8_t *fake_build_reply(const struct fake_file *file, uint64_t offset,
    size_t *len);

/* Waits until the client closes the connection. */
void fake_stall(struct fake *fake);

/* Ends the connection with a reset, or orderly. It also ends orderly when the
 * play function returns. */
void fake_reset(struct fake *fake);
void fake_end(struct fake *fake);

#endif
