#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

/*
 * What a server uses, its children with it: read from outside while it
 * runs. One thread.
 */

#include <sys/types.h>

struct process_usage {
	double cpu;	   /* seconds, of live and of reaped processes */
	long rss_kib;	   /* resident now */
	long peak_kib;	   /* resident at most, of processes that live */
	long page_tables;  /* KiB */
	unsigned threads;  /* of all */
	unsigned children; /* processes */
};

/* 0, or -1 with errno if there is no such process. */
int process_usage_read(pid_t pid, struct process_usage *usage);

/* Begins a new peak; where the kernel refuses, the old one stands. */
void process_peak_reset(pid_t pid);

#endif
