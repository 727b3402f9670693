#ifndef BENCH_SWARM_H
#define BENCH_SWARM_H

/*
 * Connections that request one name, or several in turn, each with depth
 * requests in flight. One thread; epoll.
 */

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/dialect.h"
#include "tests/bench/histogram.h"

struct swarm_plan {
	enum dialect dialect;
	bool encrypted; /* inside TLS */
	struct sockaddr_in address;
	const char *name;
	unsigned files; /* 0: name; else name00 to, at most, name99, in turn */
	unsigned connections;
	unsigned depth; /* requests in flight on each connection */
	bool reconnect; /* a connection for each request; depth is 1 */
	int64_t time;	/* duration, ns */
	uint64_t count; /* ends after this many replies; 0: after time */
};

struct swarm_score {
	uint64_t requests; /* complete replies */
	uint64_t bytes;	   /* received */
	double replies;	   /* bytes received / bytes of a reply: counts replies
			      that are not complete yet */
	uint64_t errors;   /* malformed replies and broken connections */
	int64_t time;	   /* duration, ns */
	struct histogram latency;
};

struct swarm;

/*
 * Connects and makes one request on each connection, so that the server has
 * allocated all it needs. Copies plan. Returns NULL with errno set: EPROTO for
 * a malformed reply, EINVAL for no connections. Free it with swarm_close.
 */
struct swarm *swarm_open(const struct swarm_plan *plan);

/*
 * Makes requests on all connections until each has a reply, or for a second, so
 * that the first use of many connections is not measured. For swarms that run
 * by time.
 */
void swarm_warm_up(struct swarm *swarm, struct swarm_score *score);

/* Runs the load. Does not wait for requests still in flight; only swarm_close
 * may follow. */
void swarm_run(struct swarm *swarm, struct swarm_score *score);

/* Makes one request on each connection in turn. */
void swarm_ask_each(struct swarm *swarm, struct swarm_score *score);

/* NULL is allowed. */
void swarm_close(struct swarm *swarm);

#endif
