#ifndef HARNESS_MIDDLE_H
#define HARNESS_MIDDLE_H

/*
 * Someone in the middle, in a thread of the test: passes the bytes of a client
 * and a server on, one connection after the other, and records them. As told,
 * it changes a byte, ends the connection early, or answers in place of the
 * server. The thread asserts nothing.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum middle_way {
	MIDDLE_UP,   /* bytes of the client */
	MIDDLE_DOWN, /* bytes of the server */
	MIDDLE_WAYS,
};

/* The recorded bytes of one way, as they came, of all connections. */
struct middle_record {
	uint8_t *bytes;
	size_t len;
};

struct middle {
	uint16_t port;	   /* to connect to */
	atomic_uint taken; /* connections */

	/* Set between middle_prepare and middle_start; they hold for each
	 * connection. */
	uint16_t to; /* the server's port on 127.0.0.1 */
	enum middle_way way;
	int64_t
	    flip; /* offset of the byte of this way that is changed; -1: none */
	uint8_t mask; /* the bits that change */
	int64_t cut;  /* bytes of this way after which both sides see an orderly
			 end; -1: never */
	const void *answer; /* sent after the client's first bytes, in place of
			       the server, which is not asked; or NULL */
	size_t answer_len;

	/* Valid after middle_stop. */
	struct middle_record records[MIDDLE_WAYS];

	/* Only middle.c uses these. */
	int listening;
	int stop_fd;
	pthread_t thread;
};

/* Sets a middle that changes nothing. */
void middle_prepare(struct middle *middle, uint16_t to);

void middle_start(struct middle *middle);

/* Resets the current connection and stops the thread. */
void middle_stop(struct middle *middle);

/* Frees the records. */
void middle_free(struct middle *middle);

#endif
