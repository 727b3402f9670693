#ifndef SERVER_ALLOWANCE_H
#define SERVER_ALLOWANCE_H

/* How many threads the system will give this process. */
struct allowance {
	unsigned threads; /* more than it has now; ALLOWANCE_ANY: no limit */
	const char *by;	  /* the limit that says so, a static text */
};

#define ALLOWANCE_ANY ((unsigned)-1)

/*
 * Looks at RLIMIT_NPROC, which it raises to the hard limit, and RLIMIT_AS; at
 * pids.max of the own control group and of those above it (versions 1 and 2);
 * at kernel.threads-max, kernel.pid_max and vm.max_map_count: the least counts.
 * memory: bytes of address space for each thread. What cannot be read, as
 * without /proc, is no limit. Before the sandbox, as the user who will serve.
 */
void allowance_find(struct allowance *allowance, unsigned long memory);

#endif
