/*
 * CPU time comes from the process' CPU clock, in nanoseconds and including
 * ended threads; /proc/PID/stat adds reaped children, in ticks. Children are
 * searched one level deep: a master with workers, or a daemon with a process
 * for each connection.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/process.h"

enum {
	PROCESS_CHILDREN = 64
};

static FILE *
open_file(pid_t pid, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	return fopen(path, "re");
}

static double
live_cpu(pid_t pid)
{
	struct timespec spent;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &spent) != 0)
		return 0;
	return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

/* proc_pid_stat(5): fields 16 and 17, counted after the name in brackets. */
static double
reaped_cpu(pid_t pid)
{
	unsigned long user = 0, system = 0;
	char line[1024], *rest;
	FILE *file;

	file = open_file(pid, "stat");
	if (file == NULL)
		return 0;
	if (fgets(line, sizeof line, file) != NULL &&
	    (rest = strrchr(line, ')')) != NULL)
		(void)sscanf(rest,
		    ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
		    "%lu %lu",
		    &user, &system);
	(void)fclose(file);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void
add_status(pid_t pid, struct process_usage *usage)
{
	unsigned threads;
	char line[256];
	FILE *file;
	long kib;

	file = open_file(pid, "status");
	if (file == NULL)
		return;
	while (fgets(line, sizeof line, file) != NULL) {
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			usage->rss_kib += kib;
		else if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			usage->peak_kib += kib;
		else if (sscanf(line, "VmPTE: %ld", &kib) == 1)
			usage->page_tables += kib;
		else if (sscanf(line, "Threads: %u", &threads) == 1)
			usage->threads += threads;
	}
	(void)fclose(file);
}

static unsigned
find_children(pid_t pid, pid_t children[PROCESS_CHILDREN])
{
	char name[64];
	unsigned n;
	FILE *file;
	int child;

	(void)snprintf(name, sizeof name, "task/%d/children", (int)pid);
	file = open_file(pid, name);
	if (file == NULL)
		return 0;
	for (n = 0; n < PROCESS_CHILDREN && fscanf(file, "%d", &child) == 1;
	     n++)
		children[n] = child;
	(void)fclose(file);
	return n;
}

int
process_usage_read(pid_t pid, struct process_usage *usage)
{
	pid_t children[PROCESS_CHILDREN];
	clockid_t clock;
	unsigned i;
	int error;

	memset(usage, 0, sizeof *usage);
	error = clock_getcpuclockid(pid, &clock);
	if (error != 0) {
		errno = error;
		return -1;
	}
	usage->children = find_children(pid, children);
	usage->cpu = live_cpu(pid) + reaped_cpu(pid);
	add_status(pid, usage);
	for (i = 0; i < usage->children; i++) {
		usage->cpu += live_cpu(children[i]);
		add_status(children[i], usage);
	}
	return 0;
}

/* proc_pid_clear_refs(5): 5 resets the peak to the current size. */
static void
reset_one(pid_t pid)
{
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/%d/clear_refs", (int)pid);
	file = fopen(path, "we");
	if (file == NULL)
		return;
	(void)fputs("5", file);
	(void)fclose(file);
}

void
process_peak_reset(pid_t pid)
{
	pid_t children[PROCESS_CHILDREN];
	unsigned i, n;

	reset_one(pid);
	n = find_children(pid, children);
	for (i = 0; i < n; i++)
		reset_one(children[i]);
}
