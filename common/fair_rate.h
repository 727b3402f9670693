#ifndef COMMON_FAIR_RATE_H
#define COMMON_FAIR_RATE_H

/*
 * Limits in bytes per second, of all connections together and of each address,
 * shared evenly among the connections that want to send. A connection that
 * sends slower than its share leaves the rest to the others. Any thread may
 * call these functions after fair_rate_open.
 */

#include <sys/tree.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The lowest limit, bytes per second: with less a client would take the pauses
 * for a stall. */
#define FAIR_RATE_LEAST 1024

/* A connection in one queue. */
struct fair_claim {
	RB_ENTRY(fair_claim) node; /* in the queue, while it waits */
	pthread_cond_t turn;	   /* initialized while it waits */
	uint64_t start, finish;	   /* bytes, as fair_queue.served counts them */
};

RB_HEAD(fair_claim_tree, fair_claim);

/* One limit: of all connections, or of one address. */
struct fair_queue {
	struct fair_claim_tree claims; /* that wait, least served first */
	unsigned waiting;	       /* their number */
	uint64_t served;	       /* the start of the last claim served */
	int64_t next;		       /* time at which the next may send */
};

struct fair_rate {
	/* Guards everything below, all queues, claims and shares. No lock is
	 * taken under it. */
	pthread_mutex_t lock;
	uint64_t total;	       /* bytes per second; 0: no limit */
	uint64_t address;      /* the same, of each address */
	struct fair_queue all; /* for total */
	unsigned waiting;      /* connections */
};

/* One connection. It sends in one thread at a time. */
struct fair_share {
	struct fair_rate *rate;
	struct fair_queue *address;  /* of its address */
	struct fair_claim claims[2]; /* in that queue, and in fair_rate.all */
	struct fair_claim *claim;    /* that waits, or NULL */
	bool cancelled;
	/* It waits for its turn: its peer is not to blame for the silence. */
	atomic_bool waits;
};

/* Sets the limits, in bytes per second; 0: none. It owns no resource. */
void fair_rate_open(struct fair_rate *rate, uint64_t total, uint64_t address);

/* Returns whether there is a limit. */
bool fair_rate_limits(const struct fair_rate *rate);

/* Starts without claims. It owns no resource. */
void fair_queue_init(struct fair_queue *queue);

/* Initializes a connection of the address that queue belongs to. Both outlive
 * it. */
void fair_share_init(struct fair_share *share, struct fair_rate *rate,
    struct fair_queue *address);

/* Lets a connection that does not wait send as one of another address from now
 * on. One that was cancelled stays so. */
void fair_share_move(struct fair_share *share, struct fair_queue *address);

/*
 * Waits until the connection, whose socket is fd, may send some of n bytes
 * (n > 0). Returns how many, at least 1; or 0 with errno EPIPE if the
 * connection broke, or was shut down, meanwhile.
 */
size_t fair_share_take(struct fair_share *share, size_t n, int fd);

/* Makes this and all later calls of fair_share_take fail. For any thread, for
 * as long as the share exists. */
void fair_share_cancel(struct fair_share *share);

#endif
