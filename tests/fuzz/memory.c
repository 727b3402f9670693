/*
 * The linker sends calls of recv(2) and others to the functions below (ld(1),
 * --wrap), which recognize the socket by its descriptor and pass on all other
 * calls. The descriptor belongs to /dev/null and stays open even when the code
 * under test closes it, so that no other file gets its number.
 */

#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <linux/sockios.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/net.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory.h"

/* The linker's two names of each function: its replacement, and the
 * original. */
#define WRAP(type, name, ...)            \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

WRAP(ssize_t, recv, int fd, void *bytes, size_t n, int flags);
WRAP(ssize_t, send, int fd, const void *bytes, size_t n, int flags);
WRAP(ssize_t, sendfile, int fd, int from, off_t *offset, size_t n);
WRAP(ssize_t, splice, int fd, off64_t *in, int to, off64_t *out, size_t n,
    unsigned flags);
WRAP(int, poll, struct pollfd *fds, nfds_t n, int timeout);
WRAP(int, ioctl, int fd, unsigned long request, void *value);
WRAP(int, shutdown, int fd, int how);
WRAP(int, setsockopt, int fd, int level, int option, const void *value,
    socklen_t len);
WRAP(int, getsockopt, int fd, int level, int option, void *value,
    socklen_t *len);
WRAP(int, close, int fd);
WRAP(int, clock_gettime, clockid_t clock, struct timespec *now);
WRAP(int, net_connect, const char *host, uint16_t port, int64_t limit,
    int wake_fd, char *error);
WRAP(bool, interrupt_pending, void);

/* Time between two inputs, so that limits by time, as those of the log, do not
 * carry over. */
#define MEMORY_BETWEEN (1000 * CLOCK_SEC)

static struct {
	bool on;
	bool open;
	int fd; /* -1: not created yet */
	struct memory other;
	size_t at; /* position in its bytes */
	bool interrupted;
	bool looked;   /* found nothing, since the last piece */
	uint8_t *told; /* MEMORY_TOLD bytes */
	size_t told_len;
	int64_t now;
} memory = {.fd = -1};

int (*memory_connect)(void);

static int
open_socket(void)
{
	if (memory.fd < 0)
		memory.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	FUZZ_REQUIRE(memory.fd >= 0);
	memory.open = true;
	return memory.fd;
}

int
memory_begin(const struct memory *other)
{
	if (memory.told == NULL)
		memory.told = malloc(MEMORY_TOLD);
	FUZZ_REQUIRE(memory.told != NULL && !memory.on);
	memory.on = true;
	memory.other = *other;
	memory.at = 0;
	memory.looked = memory.interrupted = false;
	memory.told_len = 0;
	memory.now += MEMORY_BETWEEN;
	return open_socket();
}

int
memory_again(const uint8_t *says, size_t len)
{
	FUZZ_REQUIRE(memory.on && !memory.open);
	memory.other.says = says;
	memory.other.len = len;
	memory.at = 0;
	memory.looked = false;
	return open_socket();
}

void
memory_end(void)
{
	memory.on = memory.open = false;
}

const uint8_t *
memory_told(size_t *len)
{
	*len = memory.told_len;
	return memory.told;
}

size_t
memory_received(void)
{
	return memory.at;
}

static bool
is_memory(int fd)
{
	return memory.open && fd == memory.fd;
}

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Returns how many of n bytes have arrived: 0 at the end, -1 with errno set. */
static ssize_t
look_for_bytes(size_t n)
{
	size_t left = memory.other.len - memory.at;
	static const int codes[MEMORY_ENDS] = {0, ECONNRESET, EAGAIN,
	    ECANCELED};

	if (left == 0) {
		memory.interrupted |= memory.other.end == MEMORY_INTERRUPT;
		errno = codes[memory.other.end];
		return errno == 0 ? 0 : -1;
	}
	if (memory.other.slow && !memory.looked) {
		memory.looked = true;
		errno = EAGAIN;
		return -1;
	}
	memory.looked = false;
	if (memory.other.piece > 0)
		left = min(left, memory.other.piece);
	return (ssize_t)min(left, n);
}

/* Returns the bytes that look found. */
static const uint8_t *
take_bytes(ssize_t n)
{
	const uint8_t *bytes = memory.other.says + memory.at;

	memory.at += (size_t)n;
	return bytes;
}

ssize_t
__wrap_recv(int fd, void *bytes, size_t n, int flags)
{
	ssize_t got;

	if (!is_memory(fd))
		return __real_recv(fd, bytes, n, flags);
	got = look_for_bytes(n);
	/* A blocking call gets the bytes that a second look finds. */
	if (got < 0 && errno == EAGAIN && (flags & MSG_DONTWAIT) == 0)
		got = look_for_bytes(n);
	if (got > 0)
		memcpy(bytes, take_bytes(got), (size_t)got);
	return got;
}

ssize_t
__wrap_splice(int fd, off64_t *in, int to, off64_t *out, size_t n,
    unsigned flags)
{
	ssize_t got;

	if (!is_memory(fd))
		return __real_splice(fd, in, to, out, n, flags);
	got = look_for_bytes(n);
	return got > 0 ? write(to, take_bytes(got), (size_t)got) : got;
}

/* Returns room for *n more bytes sent to the other side, and lowers *n; NULL if
 * no more are accepted. */
static uint8_t *
tell(size_t *n)
{
	uint8_t *to = memory.told + memory.told_len;

	*n = memory.other.deaf ? 0 : min(*n, MEMORY_TOLD - memory.told_len);
	memory.told_len += *n;
	errno = EPIPE;
	return *n == 0 ? NULL : to;
}

ssize_t
__wrap_send(int fd, const void *bytes, size_t n, int flags)
{
	uint8_t *to;

	if (!is_memory(fd))
		return __real_send(fd, bytes, n, flags);
	FUZZ_REQUIRE((flags & MSG_NOSIGNAL) != 0 && n > 0);
	to = tell(&n);
	if (to == NULL)
		return -1;
	memcpy(to, bytes, n);
	return (ssize_t)n;
}

ssize_t
__wrap_sendfile(int fd, int from, off_t *offset, size_t n)
{
	uint8_t *to;
	ssize_t got;

	if (!is_memory(fd))
		return __real_sendfile(fd, from, offset, n);
	to = tell(&n);
	if (to == NULL)
		return -1;
	got = pread(from, to, n, *offset);
	FUZZ_REQUIRE(got == (ssize_t)n);
	*offset += got;
	return got;
}

/* Returns which of these events are true now. */
static short
events_of(int fd, short events)
{
	bool readable =
	    memory.at < memory.other.len || memory.other.end != MEMORY_SILENCE;

	/* Other descriptors are always writable. */
	if (!is_memory(fd))
		return (short)(fd < 0 ? 0 : events & POLLOUT);
	return (short)(events &
	    ((readable ? POLLIN : 0) |
		(memory.told_len < MEMORY_TOLD ? POLLOUT : 0)));
}

int
__wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	int ready = 0;
	nfds_t i;

	if (!memory.on)
		return __real_poll(fds, n, timeout);
	for (i = 0; i < n; i++) {
		fds[i].revents = events_of(fds[i].fd, fds[i].events);
		ready += fds[i].revents != 0;
	}
	if (ready > 0)
		return ready;
	/* No wait is unlimited. */
	FUZZ_REQUIRE(timeout >= 0);
	memory.now += timeout * CLOCK_MS;
	return 0;
}

int
__wrap_ioctl(int fd, unsigned long request, void *value)
{
	if (!is_memory(fd))
		return __real_ioctl(fd, request, value);
	FUZZ_REQUIRE(request == SIOCOUTQ || request == FIONREAD);
	*(int *)value =
	    request == SIOCOUTQ ? 0 : (int)(memory.other.len - memory.at);
	return 0;
}

int
__wrap_shutdown(int fd, int how)
{
	return is_memory(fd) ? 0 : __real_shutdown(fd, how);
}

int
__wrap_setsockopt(int fd, int level, int option, const void *value,
    socklen_t len)
{
	return is_memory(fd) ? 0 :
			       __real_setsockopt(fd, level, option, value, len);
}

/* Socket options are ignored. */
int
__wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
	if (!is_memory(fd))
		return __real_getsockopt(fd, level, option, value, len);
	memset(value, 0, *len);
	return 0;
}

int
__wrap_close(int fd)
{
	if (!is_memory(fd))
		return __real_close(fd);
	memory.open = false;
	return 0;
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!memory.on || clock != CLOCK_MONOTONIC)
		return __real_clock_gettime(clock, now);
	now->tv_sec = memory.now / CLOCK_SEC;
	now->tv_nsec = memory.now % CLOCK_SEC;
	return 0;
}

bool
__wrap_interrupt_pending(void)
{
	return memory.on ? memory.interrupted : __real_interrupt_pending();
}

int
__wrap_net_connect(const char *host, uint16_t port, int64_t limit, int wake_fd,
    char *error)
{
	int fd = -1;

	if (!memory.on)
		return __real_net_connect(host, port, limit, wake_fd, error);
	if (memory_connect != NULL)
		fd = memory_connect();
	errno = ECONNREFUSED;
	strlcpy(error, "it", NET_ERROR);
	return fd;
}
