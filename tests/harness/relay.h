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
	uint16_t other;	   /* that of each second connection, as behind a
			      balancer; 0: all go to the same server */
	int64_t delay;	   /* nanoseconds in each direction */
	int64_t cut;	   /* bytes from the server before the first connection
			      is reset; -1: never */
	atomic_uint taken; /* connections */
	int listening;
	int stop_fd;
	pthread_t thread;
};

void relay_start(struct relay *relay, uint16_t to, int64_t delay, int64_t cut);

/* Starts a balancer: connections go to the two servers in turn. cut is as
 * above. */
void relay_start_between(struct relay *relay, uint16_t to, uint16_t other,
    int64_t cut);
void relay_stop(struct relay *relay);

#endif
