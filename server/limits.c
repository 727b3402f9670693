/*
 * A connection needs a thread, and at work two descriptors, its socket and a
 * file; one that waits needs one. The default is the number of connections that
 * can all be at work at once. An administrator who asks for more is taken to
 * know that most clients wait, and is told how many can be at work.
 */

#include <sys/resource.h>

#include <stdint.h>

#include "common/buffers.h"
#include "common/log.h"
#include "server/allowance.h"
#include "server/limits.h"
#include "server/workers.h"

enum {
	LIMITS_DEFAULT = 4096, /* connections */
	/* Descriptors for all else: listening sockets, log, folder, a spare,
	 * and connections that are on their way out. */
	LIMITS_RESERVE = 96,
	LIMITS_FILES = 32, /* one descriptor of so many is left for files */
	/* More that are on their way out: as many, within these bounds. */
	LIMITS_LEAVING = 64,
	LIMITS_LEAVING_MOST = 1024,
	LIMITS_OTHERS = 8, /* threads left to others that share the limit, at
			      most */
	LIMITS_KEPT = 8,   /* at most one of so many holds a kept file */
	/* So many of the reserve hold one even where connections may need all
	 * the others. */
	LIMITS_KEPT_LEAST = 16,
};

static unsigned
raise_descriptors(void)
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

/* How many connections there can be that all are at work. */
static unsigned
all_at_work(unsigned descriptors)
{
	/* With hardly any descriptors, half of them still serve someone. */
	return descriptors > 2 * LIMITS_RESERVE ?
	    (descriptors - LIMITS_RESERVE) / 2 :
	    descriptors / 4 + 1;
}

/* How many there can be if most of them wait. */
static unsigned
most_waiting(unsigned descriptors)
{
	return descriptors > 2 * LIMITS_RESERVE ?
	    descriptors - LIMITS_RESERVE - descriptors / LIMITS_FILES :
	    all_at_work(descriptors);
}

/* How many files may be kept: out of what is left when all connections are at
 * work, so that none of them and no newcomer lacks a descriptor for it. */
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
tell(const struct limits *limits, unsigned wanted,
    const struct allowance *threads)
{
	unsigned working = all_at_work(limits->descriptors), n;
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

/* How many threads there may be: some are left to others. */
static unsigned
most_threads(const struct allowance *allowance)
{
	unsigned n = allowance->threads;

	return n - (n / 8 < LIMITS_OTHERS ? n / 8 : LIMITS_OTHERS);
}

/* How many connections may be on their way out: a descriptor each, of what is
 * left when all others have one, and as much again for files. */
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

/* Sets max_connections and leaving to what there are threads for; returns
 * whether that is less than was wanted. */
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

	limits->descriptors = raise_descriptors();
	if (options->max_connections > LIMITS_DEFAULT) {
		wanted = (unsigned)options->max_connections;
		most = most_waiting(limits->descriptors);
	} else {
		wanted = options->max_connections > 0 ?
		    (unsigned)options->max_connections :
		    LIMITS_DEFAULT;
		most = all_at_work(limits->descriptors);
	}
	limits->max_connections = wanted < most ? wanted : most;
	/* A stack, and a block for the request and one for a digest. */
	allowance_find(&allowance, WORKER_STACK + 2 * BUFFERS_SIZE);
	scarce = share_threads(limits, most_threads(&allowance));
	limits->max_per_address = options->max_per_address > 0 ?
	    (unsigned)options->max_per_address :
	    (limits->max_connections + 3) / 4;
	limits->kept = most_kept(limits);
	tell(limits, wanted, scarce ? &allowance : NULL);
}
