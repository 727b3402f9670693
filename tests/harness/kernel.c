/*
 * Loads a seccomp filter in the child. exec keeps it, and filters that the
 * program loads later are added to it.
 */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include <seccomp.h>

#include "tests/harness/kernel.h"

enum {
	CALL_MSEAL = 462, /* perhaps missing in the headers */
	CALL_LANDLOCK = 444,
};

/* Makes these calls (-1 at the end) fail. With filters, loading a filter by
 * prctl(2) fails too. */
static void
refuse(int error, const int *calls, bool filters)
{
	const struct scmp_arg_cmp by_prctl = {0, SCMP_CMP_EQ, PR_SET_SECCOMP,
	    0};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	for (; filter != NULL && *calls >= 0; calls++)
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(error), *calls,
			0) != 0)
			_exit(126);
	if (filters &&
	    seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINVAL),
		SCMP_SYS(prctl), 1, &by_prctl) != 0)
		_exit(126);
	if (filter == NULL || seccomp_load(filter) != 0)
		_exit(126);
}

void
kernel_without_landlock(void)
{
	refuse(ENOSYS, (const int[]){CALL_LANDLOCK, -1}, false);
}

void
kernel_without_mseal(void)
{
	refuse(ENOSYS, (const int[]){CALL_MSEAL, -1}, false);
}

void
kernel_without_seccomp(void)
{
	refuse(ENOSYS, (const int[]){SCMP_SYS(seccomp), -1}, true);
}

void
kernel_without_sendfile(void)
{
	refuse(EINVAL, (const int[]){SCMP_SYS(sendfile), -1}, false);
}

void
kernel_without_splice(void)
{
	refuse(EPERM, (const int[]){SCMP_SYS(splice), -1}, false);
}

void
kernel_without_noreplace(void)
{
	refuse(EINVAL, (const int[]){SCMP_SYS(renameat2), -1}, false);
}

void
kernel_forbids_renameat2(void)
{
	refuse(EPERM, (const int[]){SCMP_SYS(renameat2), -1}, false);
}

void
kernel_without_renameat2(void)
{
	refuse(ENOSYS, (const int[]){SCMP_SYS(renameat2), -1}, false);
}

bool
kernel_seals(void)
{
	return syscall(CALL_MSEAL, 0L, 0L, 0L) == 0 || errno != ENOSYS;
}

int
kernel_landlock(void)
{
	return (int)syscall(CALL_LANDLOCK, NULL, 0L, 1L);
}
