#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

/*
 * Resources that a server and its children use, read from /proc while it runs.
 * One thread.
 */

#include <sys/types.h>

struct process_usage {
	double cpu;	   /* seconds, of live and reaped processes */
	long rss_kib;	   /* resident now */
	long peak_kib;	   /* peak of live processes */
	long page_tables;  /* KiB */
	unsigned threads;  /* of all processes */
	unsigned children; /* processes */
};

/* Returns 0, or -1 with errno set if there is no such process. */
int process_usage_read(pid_t pid, struct process_usage *usage);

/* Restarts the peak; it stays if the kernel refuses. */
void process_peak_reset(pid_t pid);

#endif
