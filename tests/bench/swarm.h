#ifndef BENCH_SWARM_H
#define BENCH_SWARM_H

/*
 * Connections that all ask for one name, or for some in turn, each with so
 * many requests under way. One thread; epoll.
 */

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/dialect.h"
#include "tests/bench/histogram.h"

struct swarm_plan {
	enum dialect dialect;
	struct sockaddr_in address;
	const char *name;
	unsigned files; /* 0: name; else name00 to, at most, name99, in turn */
	unsigned connections;
	unsigned depth; /* requests under way on each */
	bool reconnect; /* a connection for each request; depth is 1 */
	int64_t time;	/* nanoseconds */
	uint64_t count; /* ends when so many are answered; 0: by time */
};

struct swarm_score {
	uint64_t requests; /* answered in full */
	uint64_t bytes;	   /* received */
	double replies;	   /* as many whole ones have as many bytes: who
			      serves all alike ends few of them in a short time */
	uint64_t errors;   /* bad replies and broken connections */
	int64_t time;	   /* nanoseconds */
	struct histogram latency;
};

struct swarm;

/*
 * Connects and has one request answered on each connection, so that all the
 * server needs for them exists. plan is copied. NULL with errno, EPROTO for
 * an answer that is none, EINVAL for no connections. To be closed with
 * swarm_close.
 */
struct swarm *swarm_open(const struct swarm_plan *plan);

/*
 * Asks on all connections until each has been answered, or for a second: what
 * a server, and the generator, do first for a thousand connections at once is
 * no part of what they do from then on. For swarms that run by time.
 */
void swarm_warm_up(struct swarm *swarm, struct swarm_score *score);

/* The load itself. What is under way at its end is not awaited; the swarm is
 * good for nothing but swarm_close then. */
void swarm_run(struct swarm *swarm, struct swarm_score *score);

/* One request on each connection, one after the other. */
void swarm_ask_each(struct swarm *swarm, struct swarm_score *score);

/* May be given NULL. */
void swarm_close(struct swarm *swarm);

#endif
