/*
 * openat2(2), for which glibc has no function. On a busy machine EAGAIN is
 * usual (any rename or mount in the system during a look-up of ".." causes it),
 * and no event tells when to try again, so the call is repeated at once.
 */

#include <sys/syscall.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/beneath.h"
#include "common/syscalls.h"

#define BENEATH_RACES 1000 /* attempts that may fail with EAGAIN */

int
beneath_open(int fd, const char *name, const struct open_how *how)
{
	int opened, races = 0;

	/* A seccomp filter compares whole registers: pass fd as a long. */
	do
		opened = (int)syscall(SYS_openat2, (long)fd, name, how,
		    sizeof(*how));
	while (opened < 0 &&
	    (errno == EINTR || (errno == EAGAIN && ++races < BENEATH_RACES)));
	return opened;
}

/*
 * Returns whether the system refuses every openat2(2). The seccomp filter of an
 * old container runtime fails the call with EPERM, EACCES or ENOSYS; the kernel
 * itself fails it with EINVAL, because no version of the struct has size 0.
 */
static bool
refuses_openat2(void)
{
	return syscall(SYS_openat2, -1L, "", NULL, 0L) < 0 &&
	    (errno == EPERM || errno == EACCES || errno == ENOSYS);
}

const char *
beneath_explain(int code, bool *refused)
{
	bool is = (code == EPERM || code == EACCES || code == ENOSYS) &&
	    refuses_openat2();

	if (refused != NULL)
		*refused = is;
	return is ? "this system refuses openat2(2): its kernel is older than "
		    "Linux 5.6, or a filter does not let the call through (of "
		    "an old container runtime: update it, or start the "
		    "container with --security-opt seccomp=unconfined; of "
		    "systemd: RestrictSUIDSGID=no)" :
		    strerror(code);
}
