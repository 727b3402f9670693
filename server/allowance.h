#ifndef SERVER_ALLOWANCE_H
#define SERVER_ALLOWANCE_H

/* The number of threads that the system allows this process. */
struct allowance {
	unsigned threads; /* additional ones; ALLOWANCE_ANY: no limit */
	const char *by;	  /* the limit that decides, a constant string */
};

#define ALLOWANCE_ANY ((unsigned)-1)

/*
 * Finds the lowest of these limits: RLIMIT_NPROC, whose soft limit it raises to
 * the hard one; RLIMIT_AS, with memory bytes of address space for each thread;
 * pids.max of the process's control group and the groups above it (versions 1
 * and 2); kernel.threads-max, kernel.pid_max and vm.max_map_count. A limit that
 * cannot be read counts as none. Called before the sandbox, as the user who
 * will serve.
 */
void allowance_find(struct allowance *allowance, unsigned long memory);

#endif
