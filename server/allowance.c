/*
 * Each limit is read once, at the start, together with its use by then. Other
 * processes may use up more of it later; then pthread_create fails, and
 * workers.c handles that. So the result holds on a machine, or in a container,
 * whose limits are not shared. Runs once, in main.
 */

#include <sys/resource.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/allowance.h"

#define ALLOWANCE_CGROUPS "/sys/fs/cgroup"

enum {
	ALLOWANCE_TEXT = 16 * 1024, /* bytes read of a file, at most */
	ALLOWANCE_PATH = 4096,
	/* For everything but threads. */
	ALLOWANCE_MAPS = 512,		     /* mappings */
	ALLOWANCE_MEMORY = 16 * 1024 * 1024, /* bytes of address space */
};

/* Lowers the allowance to the unused part of a limit, if that is less. */
static void
lower_to(struct allowance *allowance, uint64_t limit, uint64_t used,
    const char *by)
{
	uint64_t left = limit > used ? limit - used : 0;

	if (left >= allowance->threads)
		return;
	allowance->threads = (unsigned)left;
	allowance->by = by;
}

/* Reads a small file as text; returns false if it is unreadable or empty. */
static bool
read_text(const char *path, char text[ALLOWANCE_TEXT])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, ALLOWANCE_TEXT - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

/* Reads a number from a file; returns false if there is none, as in "max". */
static bool
read_number(const char *path, uint64_t *value)
{
	char text[ALLOWANCE_TEXT], *end;

	if (!read_text(path, text))
		return false;
	*value = strtoull(text, &end, 10);
	return end != text;
}

/* Returns the number behind a word of a text; otherwise, if there is none. */
static uint64_t
number_after(const char *text, const char *word, uint64_t otherwise)
{
	const char *at = strstr(text, word);

	return at == NULL ? otherwise : strtoull(at + strlen(word), NULL, 10);
}

/* Returns true if RLIMIT_NPROC applies: in the initial user namespace root is
 * exempt, and a process with one of two capabilities (fork(2)). */
static bool
is_bound(void)
{
	const uint64_t exempt = 1U << 21 | 1U << 24; /* SYS_ADMIN, _RESOURCE */
	char text[ALLOWANCE_TEXT];
	const char *at;
	unsigned first, outside, n;

	if (!read_text("/proc/self/uid_map", text) ||
	    sscanf(text, "%u %u %u", &first, &outside, &n) != 3 || first != 0 ||
	    outside != 0 || n != UINT32_MAX)
		return true;
	if (getuid() == 0)
		return false;
	if (!read_text("/proc/self/status", text) ||
	    (at = strstr(text, "\nCapEff:")) == NULL)
		return true;
	return (strtoull(at + strlen("\nCapEff:"), NULL, 16) & exempt) == 0;
}

/* Returns the number of threads in all processes of this user. */
static uint64_t
count_own_threads(void)
{
	char path[ALLOWANCE_PATH], text[ALLOWANCE_TEXT];
	DIR *processes = opendir("/proc");
	struct dirent *process;
	uint64_t n = 0;

	if (processes == NULL)
		return 1;
	while ((process = readdir(processes)) != NULL) {
		if (process->d_name[0] < '0' || process->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/status",
		    process->d_name);
		if (read_text(path, text) &&
		    number_after(text, "\nUid:\t", UINT64_MAX) == getuid())
			n += number_after(text, "\nThreads:\t", 0);
	}
	closedir(processes);
	return n;
}

static void
look_at_user(struct allowance *allowance)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NPROC, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NPROC, &limit);
	if (limit.rlim_max != RLIM_INFINITY && is_bound())
		lower_to(allowance, limit.rlim_max, count_own_threads(),
		    "RLIMIT_NPROC");
}

static void
look_at_group(struct allowance *allowance, const char *base, const char *group)
{
	char path[ALLOWANCE_PATH];
	uint64_t limit, used = 1;

	snprintf(path, sizeof(path), "%s%s/pids.max", base, group);
	if (!read_number(path, &limit))
		return;
	snprintf(path, sizeof(path), "%s%s/pids.current", base, group);
	(void)read_number(path, &used);
	lower_to(allowance, limit, used, "pids.max of its control group");
}

/* Looks at a group, given as /A/B, and the groups above it. In a container the
 * path may be that of the host: then only the topmost group is found. */
static void
look_at_groups(struct allowance *allowance, const char *base, char *group)
{
	char *slash;

	group[strcspn(group, "\n")] = '\0';
	for (;;) {
		look_at_group(allowance, base, group);
		slash = strrchr(group, '/');
		if (slash == NULL)
			return;
		*slash = '\0';
	}
}

/* A line of the file is NUMBER:CONTROLLERS:/GROUP (cgroups(7)). */
static void
look_at_control_groups(struct allowance *allowance)
{
	char text[ALLOWANCE_TEXT], group[ALLOWANCE_TEXT], *line, *next;

	if (!read_text("/proc/self/cgroup", text))
		return;
	for (line = text; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (strncmp(line, "0::", 3) == 0) {
			strlcpy(group, line + 3, sizeof(group));
			look_at_groups(allowance, ALLOWANCE_CGROUPS, group);
		} else if ((line = strstr(line, ":pids:")) != NULL) {
			strlcpy(group, line + 6, sizeof(group));
			look_at_groups(allowance, ALLOWANCE_CGROUPS "/pids",
			    group);
		}
	}
}

static void
look_at_system(struct allowance *allowance)
{
	char text[ALLOWANCE_TEXT];
	uint64_t limit, all = 0;
	const char *slash;

	/* "0.20 0.18 0.12 1/80 11206": 80 threads in all (proc(5)). */
	if (read_text("/proc/loadavg", text) &&
	    (slash = strchr(text, '/')) != NULL)
		all = strtoull(slash + 1, NULL, 10);
	if (read_number("/proc/sys/kernel/threads-max", &limit))
		lower_to(allowance, limit, all, "kernel.threads-max");
	if (read_number("/proc/sys/kernel/pid_max", &limit))
		lower_to(allowance, limit, all, "kernel.pid_max");
	/* A stack and its guard page are two mappings. */
	if (read_number("/proc/sys/vm/max_map_count", &limit))
		lower_to(allowance, limit / 2, ALLOWANCE_MAPS / 2,
		    "vm.max_map_count");
}

static void
look_at_memory(struct allowance *allowance, unsigned long memory)
{
	char text[ALLOWANCE_TEXT];
	struct rlimit limit;
	uint64_t used = ALLOWANCE_MEMORY;

	if (getrlimit(RLIMIT_AS, &limit) != 0 ||
	    limit.rlim_cur == RLIM_INFINITY)
		return;
	if (read_text("/proc/self/status", text))
		used += 1024 * number_after(text, "\nVmSize:", 0);
	lower_to(allowance, limit.rlim_cur / memory, used / memory,
	    "RLIMIT_AS");
}

void
allowance_find(struct allowance *allowance, unsigned long memory)
{
	*allowance = (struct allowance){.threads = ALLOWANCE_ANY, .by = ""};
	look_at_user(allowance);
	look_at_control_groups(allowance);
	look_at_system(allowance);
	look_at_memory(allowance, memory);
}
