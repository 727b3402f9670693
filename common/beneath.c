/*
 * glibc has no function for openat2(2). The kernel keeps the look-up inside of
 * the folder by asking, at its end, whether anything was renamed meanwhile, on
 * whatever part of the file system; then it says EAGAIN. On a busy machine
 * that is nothing unusual, and nothing that can be waited for.
 */

#include <sys/syscall.h>

#include <linux/openat2.h>

#include <errno.h>
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
