/* Control: the client removes no part file that is of no use. */

#include <unistd.h>

int __wrap_unlinkat(int fd, const char *name, int flags);

int
__wrap_unlinkat(int fd, const char *name, int flags)
{
	(void)fd;
	(void)name;
	(void)flags;
	return 0;
}
