/*
 * A connection at work needs two descriptors, its socket and a file. What is
 * promised to clients is what the system will really give.
 */

#include <sys/resource.h>

#include "common/log.h"
#include "server/limits.h"

enum {
	LIMITS_DEFAULT = 4096, /* connections */
	/* Descriptors for all else: listening sockets, log, folder, a spare,
	 * and connections that are on their way out. */
	LIMITS_RESERVE = 96,
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

void
limits_set(struct limits *limits, const struct options *options)
{
	unsigned most, wanted;

	limits->descriptors = raise_descriptors();
	/* With hardly any descriptors, half of them still serve someone. */
	most = limits->descriptors > 2 * LIMITS_RESERVE ?
	    (limits->descriptors - LIMITS_RESERVE) / 2 :
	    limits->descriptors / 4 + 1;
	wanted = options->max_connections > 0 ?
	    (unsigned)options->max_connections :
	    LIMITS_DEFAULT;
	limits->max_connections = wanted < most ? wanted : most;
	limits->max_per_address = options->max_per_address > 0 ?
	    (unsigned)options->max_per_address :
	    (limits->max_connections + 3) / 4;
	log_event(wanted > most ? LOG_LEVEL_PROBLEMS : LOG_LEVEL_REQUESTS, NULL,
	    0,
	    "at most %u connections, %u from one address "
	    "(%u descriptors allow %u)",
	    limits->max_connections, limits->max_per_address,
	    limits->descriptors, most);
}
