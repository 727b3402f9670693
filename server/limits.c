/*
 * A connection needs a thread and a descriptor, and a second descriptor, for a
 * file, while it answers. By default all connections can answer at the same
 * time. If --max-connections asks for more than that, some of them must be
 * idle; the log says how many can answer at one time. Runs once, in main.
 */

#include <sys/resource.h>

#include <stdint.h>

#include "common/buffers.h"
#include "common/log.h"
#include "server/allowance.h"
#include "server/limits.h"
#include "server/stacks.h"

enum {
	LIMITS_DEFAULT = 4096, /* connections */
	/* Descriptors for listening sockets, log, folder, the spare one, and
	 * connections on their way out. */
	LIMITS_RESERVE = 96,
	LIMITS_FILES = 32, /* descriptors, of which one is left for a file */
	/* Bounds of limits.leaving. */
	LIMITS_LEAVING = 64,
	LIMITS_LEAVING_MOST = 1024,
	LIMITS_OTHERS = 8, /* threads left to other processes, at most */
	LIMITS_KEPT = 8,   /* descriptors, of which one may be a kept file */
	LIMITS_KEPT_LEAST = 16, /* kept files that the reserve allows */
};

static unsigned
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	/* No machine has more. */
	return limit.rlim_cur > 4000000 ? 4000000 : (unsigned)limit.rlim_cur;
}

/* Returns how many connections can answer at the same time. */
static unsigned
most_answering(unsigned descriptors)
{
	/* With very few descriptors, the reserve is half of them. */
	return descriptors > 2 * LIMITS_RESERVE ?
	    (descriptors - LIMITS_RESERVE) / 2 :
	    descriptors / 4 + 1;
}

/* Returns how many connections there can be if most of them are idle. */
static unsigned
most_idle(unsigned descriptors)
{
	return descriptors > 2 * LIMITS_RESERVE ?
	    descriptors - LIMITS_RESERVE - descriptors / LIMITS_FILES :
	    most_answering(descriptors);
}

/* Returns how many files may be kept: the descriptors left when all connections
 * answer, so that kept files never take one from a connection. */
static unsigned
most_kept(const struct limits *limits)
{
	unsigned all = limits->descriptors, left = LIMITS_KEPT_LEAST;
	uint64_t needed =
	    LIMITS_RESERVE + 2 * (uint64_t)limits->max_connections;

	if (all <= 2 * LIMITS_RESERVE)
		return 0;
	if (all > needed && all - needed > left)
		left = (unsigned)(all - needed);
	return left < all / LIMITS_KEPT ? left : all / LIMITS_KEPT;
}

static void
log_limits(const struct limits *limits, unsigned wanted,
    const struct allowance *threads)
{
	unsigned working = most_answering(limits->descriptors), n;
	bool cramped = limits->max_connections > working;
	enum log_level level = limits->max_connections < wanted || cramped ?
	    LOG_LEVEL_PROBLEMS :
	    LOG_LEVEL_REQUESTS;

	if (threads != NULL) {
		log_event(level, NULL, 0,
		    "at most %u connections, %u from one address "
		    "(%s leaves %u threads)",
		    limits->max_connections, limits->max_per_address,
		    threads->by, threads->threads);
		return;
	}
	n = cramped ?
	    limits->descriptors - LIMITS_RESERVE - limits->max_connections :
	    working;
	log_event(level, NULL, 0,
	    "at most %u connections, %u from one address "
	    "(%u descriptors allow %u%s)",
	    limits->max_connections, limits->max_per_address,
	    limits->descriptors, n, cramped ? " to fetch at one time" : "");
}

/* Returns how many threads the server may have; it leaves some to others. */
static unsigned
most_threads(const struct allowance *allowance)
{
	unsigned n = allowance->threads;

	return n - (n / 8 < LIMITS_OTHERS ? n / 8 : LIMITS_OTHERS);
}

/* Returns how many connections may be on their way out: half the descriptors
 * that are left when each other connection has one; the other half is for
 * files. */
static unsigned
most_leaving(const struct limits *limits)
{
	uint64_t used = LIMITS_RESERVE + (uint64_t)limits->max_connections;
	uint64_t most = limits->max_connections;

	if (limits->descriptors < used + 2 * most)
		most = limits->descriptors > used ?
		    (limits->descriptors - used) / 2 :
		    0;
	if (most > LIMITS_LEAVING_MOST)
		most = LIMITS_LEAVING_MOST;
	return most < LIMITS_LEAVING ? LIMITS_LEAVING : (unsigned)most;
}

/* Sets leaving, and lowers max_connections to the number of threads. Returns
 * true if max_connections was lowered. */
static bool
share_threads(struct limits *limits, unsigned threads)
{
	limits->leaving = most_leaving(limits);
	if (limits->max_connections + limits->leaving <= threads)
		return false;
	if (limits->leaving > threads / 4)
		limits->leaving = threads / 4 + 1;
	if (limits->max_connections + limits->leaving <= threads)
		return false;
	limits->max_connections =
	    threads > limits->leaving + 1 ? threads - limits->leaving : 1;
	return true;
}

void
limits_set(struct limits *limits, const struct server_options *options)
{
	struct allowance allowance;
	unsigned most, wanted;
	bool scarce;

	limits->descriptors = raise_descriptor_limit();
	if (options->max_connections > LIMITS_DEFAULT) {
		wanted = (unsigned)options->max_connections;
		most = most_idle(limits->descriptors);
	} else {
		wanted = options->max_connections > 0 ?
		    (unsigned)options->max_connections :
		    LIMITS_DEFAULT;
		most = most_answering(limits->descriptors);
	}
	limits->max_connections = wanted < most ? wanted : most;
	/* A thread needs a stack, a block for buffers, one for a digest. */
	allowance_find(&allowance, WORKER_STACK + 2 * BUFFERS_SIZE);
	scarce = share_threads(limits, most_threads(&allowance));
	limits->max_per_address = options->max_per_address > 0 ?
	    (unsigned)options->max_per_address :
	    (limits->max_connections + 3) / 4;
	limits->kept = most_kept(limits);
	log_limits(limits, wanted, scarce ? &allowance : NULL);
}
