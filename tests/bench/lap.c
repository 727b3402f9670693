/*
 * lap: runs a command and measures its wall time, CPU time and peak memory, and
 * those of the servers it uses.
 * usage: lap -l LABEL -o FILE [-p PID]... COMMAND...
 * Appends rows to FILE unless the command fails, and exits with the command's
 * code.
 */

#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/bench/process.h"
#include "tests/bench/row.h"

enum {
	LAP_SERVERS = 8,
	LAP_REAP_MS = 500, /* ms for a daemon to reap its child */
};

struct lap {
	const char *label;
	const char *path; /* file for the rows */
	pid_t servers[LAP_SERVERS];
	int n_servers;
};

static void
read_servers(const struct lap *lap, struct process_usage *sum)
{
	struct process_usage one;
	int i;

	memset(sum, 0, sizeof *sum);
	for (i = 0; i < lap->n_servers; i++) {
		if (process_usage_read(lap->servers[i], &one) != 0)
			err(1, "server %d", (int)lap->servers[i]);
		sum->cpu += one.cpu;
		sum->peak_kib += one.peak_kib;
		sum->children += one.children;
	}
}

/* A daemon's child for this connection is counted only once it is reaped, a
 * moment after the command ends. */
static void
await_reaped(const struct lap *lap, unsigned children,
    struct process_usage *usage)
{
	int left = LAP_REAP_MS;

	read_servers(lap, usage);
	while (usage->children > children && left-- > 0) {
		(void)usleep(1000);
		read_servers(lap, usage);
	}
}

static int
run_command(char **command, struct rusage *spent, double *wall)
{
	int64_t begun = clock_now();
	int status;
	pid_t pid;

	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		execvp(command[0], command);
		warn("%s", command[0]);
		_exit(127);
	}
	while (wait4(pid, &status, 0, spent) < 0)
		if (errno != EINTR)
			err(1, "wait4");
	*wall = (double)(clock_now() - begun) / CLOCK_SEC;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static double
seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void
parse(struct lap *lap, int argc, char **argv)
{
	int option;

	memset(lap, 0, sizeof *lap);
	while ((option = getopt(argc, argv, "+l:o:p:")) != -1) {
		if (option == 'l')
			lap->label = optarg;
		else if (option == 'o')
			lap->path = optarg;
		else if (option == 'p' && lap->n_servers < LAP_SERVERS)
			lap->servers[lap->n_servers++] =
			    (pid_t)strtonum(optarg, 1, INT_MAX, NULL);
	}
	if (lap->label == NULL || lap->path == NULL || optind >= argc)
		errx(2, "usage: lap -l LABEL -o FILE [-p PID]... COMMAND...");
}

int
main(int argc, char **argv)
{
	struct process_usage before, after;
	struct rusage spent;
	struct lap lap;
	double wall;
	FILE *file;
	int code, i;

	parse(&lap, argc, argv);
	for (i = 0; i < lap.n_servers; i++)
		process_peak_reset(lap.servers[i]);
	read_servers(&lap, &before);
	code = run_command(argv + optind, &spent, &wall);
	await_reaped(&lap, before.children, &after);
	if (code != 0)
		return code;

	file = fopen(lap.path, "ae");
	if (file == NULL)
		err(1, "%s", lap.path);
	row_print(file, lap.label, "wall", wall);
	row_print(file, lap.label, "client cpu",
	    seconds(spent.ru_utime) + seconds(spent.ru_stime));
	row_print(file, lap.label, "client kib", (double)spent.ru_maxrss);
	if (lap.n_servers > 0) {
		row_print(file, lap.label, "server cpu",
		    after.cpu - before.cpu);
		row_print(file, lap.label, "server kib",
		    (double)after.peak_kib);
	}
	if (fclose(file) != 0)
		err(1, "%s", lap.path);
	return 0;
}
