#ifndef HARNESS_RELAY_H
#define HARNESS_RELAY_H

/*
 * A relay between client and server in a thread of the test: it passes bytes on
 * after a delay in each direction, in order and without a limit of the rate, or
 * cuts the first connection. It asserts nothing.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct relay {
	uint16_t port;	   /* to connect to */
	uint16_t to;	   /* the server's port on 127.0.0.1 */
	int64_t delay;	   /* nanoseconds in each direction */
	int64_t cut;	   /* bytes from the server before the first connection
			      is reset; -1: never */
	atomic_uint taken; /* connections */
	int listening;
	int stop_fd;
	pthread_t thread;
};

void relay_start(struct relay *relay, uint16_t to, int64_t delay, int64_t cut);
void relay_stop(struct relay *relay);

#endif
