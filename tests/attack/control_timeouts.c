/* Control: the server waits without limit for a peer that does not read. */

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
	if ((level == IPPROTO_TCP && option == TCP_USER_TIMEOUT) ||
	    (level == SOL_SOCKET && option == SO_SNDTIMEO))
		return 0;
	return __real_setsockopt(fd, level, option, value, len);
}
