/*
 * Two independent layers: Landlock decides which files may be opened for what,
 * seccomp (syscall_filter.c) which system calls are made. Reading any file
 * stays allowed: look-ups of hosts and part files need it. The main thread,
 * before any other is started.
 */

#include <sys/resource.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/confine.h"
#include "client/syscall_filter.h"
#include "common/landlock.h"

enum {
	CONFINE_MOST = 65536, /* descriptors that are tried without /proc */
};

/* This program opens its own descriptors with O_CLOEXEC; inherited ones cannot
 * have that flag. */
static void
close_inherited(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (fd > STDERR_FILENO && flags >= 0 && (flags & FD_CLOEXEC) == 0)
		close(fd);
}

static void
close_all_inherited(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int fd;

	if (dir == NULL) {
		for (fd = STDERR_FILENO + 1; fd < CONFINE_MOST; fd++)
			close_inherited(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			close_inherited(atoi(entry->d_name));
	closedir(dir);
}

/* Landlock does not restrict where the kernel writes a core file. */
static void
forbid_cores(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
}

void
confine_process(struct report *report, int folder_fd, bool has_editor)
{
	close_all_inherited();
	forbid_cores();
	if (landlock_give_up(LANDLOCK_WRITE | LANDLOCK_TRUNCATE |
		    LANDLOCK_EXECUTE | LANDLOCK_REACH,
		folder_fd, LANDLOCK_WRITE | LANDLOCK_TRUNCATE) < 0)
		report_detail(report,
		    "not confined to the target folder: Landlock: %s",
		    strerror(errno));
	if (syscall_filter_load(has_editor) != 0)
		report_detail(report,
		    "not confined to the system calls that it needs: seccomp: "
		    "%s",
		    strerror(errno));
}
