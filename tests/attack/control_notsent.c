/* Control: the kernel may buffer any amount of unsent bytes for a
 * connection. */

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

int __real_setsockopt(int fd, int level, int option, const void *value,
    socklen_t len);
int __wrap_setsockopt(int fd, int level, int option, const void *value,
    socklen_t len);

int
__wrap_setsockopt(int fd, int level, int option, const void *value,
    socklen_t len)
{
	if (level == IPPROTO_TCP && option == TCP_NOTSENT_LOWAT)
		return 0;
	return __real_setsockopt(fd, level, option, value, len);
}
