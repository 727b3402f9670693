/*
 * glibc has no function for openat2(2). The kernel keeps the look-up inside of
 * the folder by asking, at its end, whether anything was renamed meanwhile, on
 * whatever part of the file system; then it says EAGAIN. On a busy machine
 * that is nothing unusual, and nothing that can be waited for.
 */

#include <sys/syscall.h>

#include <linux/openat2.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/beneath.h"

#define BENEATH_RACES 1000 /* lost before it is given up */

int
beneath_open(int fd, const char *name, const struct open_how *how)
{
	int opened, races = 0;

	/* A filter compares whole registers, hence the long. */
	do
		opened = (int)syscall(SYS_openat2, (long)fd, name, how,
		    sizeof(*how));
	while (opened < 0 &&
	    (errno == EINTR || (errno == EAGAIN && ++races < BENEATH_RACES)));
	return opened;
}

/*
 * A filter of system calls, as old container runtimes have one, refuses the
 * call with EPERM, EACCES or ENOSYS before the kernel looks at it. The kernel
 * itself answers EINVAL to a size that no version of the struct has.
 */
static bool
is_refused(void)
{
	return syscall(SYS_openat2, -1L, "", NULL, 0L) < 0 &&
	    (errno == EPERM || errno == EACCES || errno == ENOSYS);
}

const char *
beneath_explain(int code, bool *refused)
{
	bool is =
	    (code == EPERM || code == EACCES || code == ENOSYS) && is_refused();

	if (refused != NULL)
		*refused = is;
	return is ? "this system refuses openat2(2): its kernel is older than "
		    "Linux 5.6, or a filter does not let the call through (of "
		    "an old container runtime: update it, or start the "
		    "container with --security-opt seccomp=unconfined; of "
		    "systemd: RestrictSUIDSGID=no)" :
		    strerror(code);
}
