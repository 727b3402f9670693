#ifndef HARNESS_RELAY_H
#define HARNESS_RELAY_H

/*
 * A long way between client and server, in a thread of the test: what arrives
 * is passed on so much later, in each direction, in order and at any rate; or
 * the connection is cut. It asserts nothing.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct relay {
	uint16_t port;	   /* to connect to */
	uint16_t to;	   /* the server's, on 127.0.0.1 */
	int64_t delay;	   /* nanoseconds, each way */
	int64_t cut;	   /* bytes from the server, then a reset; -1: never;
			      of the first connection alone */
	atomic_uint taken; /* connections */
	int listening;
	int stop_fd;
	pthread_t thread;
};

void relay_start(struct relay *relay, uint16_t to, int64_t delay, int64_t cut);
void relay_stop(struct relay *relay);

#endif
