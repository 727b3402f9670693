/*
 * Loaded by LD_PRELOAD between a program and the C library. One counter for the
 * whole process. The call that fails is not made, except where the kernel acts
 * even on failure: close(2) closes, accept4(2) of an aborted connection takes
 * it off the queue. openat2, renameat2 and getdents64 are made through
 * syscall(2).
 *
 * Calls inside the C library (getline, printf) do not pass here, except for
 * memory.
 */

#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <linux/magic.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/faults/page.h"

static struct faults_page *page;

/* Looks up the next function of this name (RTLD_NEXT). */
static void
find_function(const char *name, void *function)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function, &found, sizeof(found));
}

/* Counts a call. Returns whether it must fail, with errno set. */
static bool
strikes(enum faults_call call)
{
	unsigned n;
	bool hit;

	if (page == NULL || atomic_load(&page->call) != (int)call)
		return false;
	n = atomic_fetch_add(&page->calls, 1) + 1;
	switch (page->mode) {
	case FAULTS_ONCE:
		hit = n == page->nth;
		break;
	case FAULTS_ON:
		hit = n >= page->nth;
		break;
	default:
		hit = n >= page->nth && (n - page->nth) % 2 == 0;
		break;
	}
	if (hit) {
		atomic_fetch_add(&page->struck, 1);
		errno = page->error;
	}
	return hit;
}

/* The same for a call of n bytes. Returns false if it only must be
 * shortened. */
static bool
strikes_bytes(enum faults_call call, size_t *n)
{
	if (!strikes(call))
		return false;
	if (page->error != FAULTS_SHORT)
		return true;
	if (*n > 1)
		*n /= 2;
	return false;
}

/* ---- calls that fail as a whole ------------------------------------------ */

/* A macro's type parameters cannot be parenthesized. */
/* NOLINTBEGIN(bugprone-macro-parentheses) */
#define WRAP(RESULT, FAILURE, CALL, NAME, PARAMETERS, ARGUMENTS) \
	RESULT NAME PARAMETERS                                   \
	{                                                        \
		static RESULT(*next) PARAMETERS;                 \
                                                                 \
		if (next == NULL)                                \
			find_function(#NAME, (void *)&next);     \
		if (strikes(FAULTS_##CALL))                      \
			return FAILURE;                          \
		return next ARGUMENTS;                           \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

WRAP(void *, NULL, MALLOC, malloc, (size_t n), (n))
WRAP(void *, NULL, CALLOC, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, NULL, REALLOC, realloc, (void *old, size_t n), (old, n))
WRAP(void *, NULL, ALIGNED_ALLOC, aligned_alloc, (size_t alignment, size_t n),
    (alignment, n))
WRAP(void *, MAP_FAILED, MMAP, mmap,
    (void *at, size_t n, int protection, int flags, int fd, off_t offset),
    (at, n, protection, flags, fd, offset))

WRAP(int, -1, BIND, bind,
    (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len))
WRAP(int, -1, CONNECT, connect,
    (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len))
WRAP(int, -1, GETSOCKNAME, getsockname,
    (int fd, struct sockaddr *address, socklen_t *len), (fd, address, len))
WRAP(int, -1, GETSOCKOPT, getsockopt,
    (int fd, int level, int option, void *value, socklen_t *len),
    (fd, level, option, value, len))
WRAP(int, -1, LISTEN, listen, (int fd, int n), (fd, n))
WRAP(int, -1, SETSOCKOPT, setsockopt,
    (int fd, int level, int option, const void *value, socklen_t len),
    (fd, level, option, value, len))
WRAP(int, -1, SHUTDOWN, shutdown, (int fd, int how), (fd, how))
WRAP(int, -1, SOCKET, socket, (int family, int type, int protocol),
    (family, type, protocol))

WRAP(int, -1, DUP, dup, (int fd), (fd))
WRAP(int, -1, EVENTFD, eventfd, (unsigned n, int flags), (n, flags))
WRAP(int, -1, PIPE2, pipe2, (int fds[2], int flags), (fds, flags))
WRAP(int, -1, POLL, poll, (struct pollfd * fds, nfds_t n, int timeout),
    (fds, n, timeout))
WRAP(int, -1, SIGNALFD, signalfd, (int fd, const sigset_t *mask, int flags),
    (fd, mask, flags))

WRAP(int, -1, FCHMOD, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(DIR *, NULL, FDOPENDIR, fdopendir, (int fd), (fd))
WRAP(ssize_t, -1, FGETXATTR, fgetxattr,
    (int fd, const char *name, void *value, size_t n), (fd, name, value, n))
WRAP(int, -1, FLOCK, flock, (int fd, int how), (fd, how))
WRAP(FILE *, NULL, FOPEN, fopen, (const char *path, const char *mode),
    (path, mode))
WRAP(int, -1, FSTAT, fstat, (int fd, struct stat *stat), (fd, stat))
WRAP(int, -1, FSTATAT, fstatat,
    (int fd, const char *name, struct stat *stat, int flags),
    (fd, name, stat, flags))
WRAP(int, -1, FSTATVFS, fstatvfs, (int fd, struct statvfs *stat), (fd, stat))
WRAP(int, -1, STATX, statx,
    (int fd, const char *name, int flags, unsigned mask, struct statx *stat),
    (fd, name, flags, mask, stat))
WRAP(int, -1, FSYNC, fsync, (int fd), (fd))
WRAP(int, -1, FTRUNCATE, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, -1, FUTIMENS, futimens, (int fd, const struct timespec times[2]),
    (fd, times))
WRAP(int, -1, LINKAT, linkat,
    (int from, const char *old, int to, const char *new, int flags),
    (from, old, to, new, flags))
WRAP(off_t, -1, LSEEK, lseek, (int fd, off_t offset, int whence),
    (fd, offset, whence))
WRAP(int, -1, MKDIRAT, mkdirat, (int fd, const char *name, mode_t mode),
    (fd, name, mode))
WRAP(struct dirent *, NULL, READDIR, readdir, (DIR * dir), (dir))
WRAP(int, -1, RENAMEAT, renameat,
    (int from, const char *old, int to, const char *new), (from, old, to, new))
WRAP(int, -1, UNLINKAT, unlinkat, (int fd, const char *name, int flags),
    (fd, name, flags))

/* pthread_create returns its error. */
WRAP(int, errno, PTHREAD_CREATE, pthread_create,
    (pthread_t * thread, const pthread_attr_t *attributes,
	void *(*main)(void *), void *argument),
    (thread, attributes, main, argument))

/* ---- calls that may transfer a part -------------------------------------- */

/* NOLINTBEGIN(bugprone-macro-parentheses) */
#define WRAP_BYTES(CALL, NAME, PARAMETERS, ARGUMENTS)        \
	ssize_t NAME PARAMETERS                              \
	{                                                    \
		static ssize_t(*next) PARAMETERS;            \
                                                             \
		if (next == NULL)                            \
			find_function(#NAME, (void *)&next); \
		if (strikes_bytes(FAULTS_##CALL, &n))        \
			return -1;                           \
		return next ARGUMENTS;                       \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

WRAP_BYTES(READ, read, (int fd, void *bytes, size_t n), (fd, bytes, n))
WRAP_BYTES(PREAD, pread, (int fd, void *bytes, size_t n, off_t offset),
    (fd, bytes, n, offset))
WRAP_BYTES(WRITE, write, (int fd, const void *bytes, size_t n), (fd, bytes, n))
WRAP_BYTES(PWRITE, pwrite, (int fd, const void *bytes, size_t n, off_t offset),
    (fd, bytes, n, offset))
WRAP_BYTES(RECV, recv, (int fd, void *bytes, size_t n, int flags),
    (fd, bytes, n, flags))
WRAP_BYTES(SEND, send, (int fd, const void *bytes, size_t n, int flags),
    (fd, bytes, n, flags))
WRAP_BYTES(SENDFILE, sendfile, (int to, int from, off_t *offset, size_t n),
    (to, from, offset, n))
WRAP_BYTES(COPY_FILE_RANGE, copy_file_range,
    (int from, off64_t *from_offset, int to, off64_t *to_offset, size_t n,
	unsigned flags),
    (from, from_offset, to, to_offset, n, flags))
WRAP_BYTES(SPLICE, splice,
    (int from, off64_t *from_offset, int to, off64_t *to_offset, size_t n,
	unsigned flags),
    (from, from_offset, to, to_offset, n, flags))

/* ---- calls with other signatures ----------------------------------------- */

int
close(int fd)
{
	static int (*next)(int fd);
	int error;

	if (next == NULL)
		find_function("close", (void *)&next);
	if (!strikes(FAULTS_CLOSE))
		return next(fd);
	error = errno;
	next(fd);
	errno = error;
	return -1;
}

/* Reports every folder as NFS to a fileget: publish.c then closes a duplicate
 * of the descriptor, and that close can fail. */
int
fstatfs(int fd, struct statfs *kind)
{
	static int (*next)(int fd, struct statfs *kind);
	int result;

	if (next == NULL)
		find_function("fstatfs", (void *)&next);
	if (strikes(FAULTS_FSTATFS))
		return -1;
	result = next(fd, kind);
	if (strcmp(program_invocation_short_name, "fileget") == 0)
		kind->f_type = NFS_SUPER_MAGIC;
	return result;
}

int
accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	static int (
	    *next)(int fd, struct sockaddr *address, socklen_t *len, int flags);
	int error, accepted;

	if (next == NULL)
		find_function("accept4", (void *)&next);
	if (!strikes(FAULTS_ACCEPT4))
		return next(fd, address, len, flags);
	error = errno;
	if (error == ECONNABORTED) {
		accepted = next(fd, address, len, flags);
		if (accepted < 0)
			return -1;
		close(accepted);
	}
	errno = error;
	return -1;
}

/* The variant with a size, which _FORTIFY_SOURCE calls. */
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size);

int
__poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size)
{
	(void)size;
	return poll(fds, n, timeout);
}

/* The optional last argument: a mode, a number or an address, none larger than
 * a long. */
#define LAST(BEFORE, VALUE)                 \
	do {                                \
		va_list ap;                 \
                                            \
		va_start(ap, BEFORE);       \
		(VALUE) = va_arg(ap, long); \
		va_end(ap);                 \
	} while (0)

int
open(const char *path, int flags, ...)
{
	static int (*next)(const char *path, int flags, ...);
	long mode;

	if (next == NULL)
		find_function("open", (void *)&next);
	LAST(flags, mode);
	return strikes(FAULTS_OPEN) ? -1 : next(path, flags, (mode_t)mode);
}

int
openat(int fd, const char *name, int flags, ...)
{
	static int (*next)(int fd, const char *name, int flags, ...);
	long mode;

	if (next == NULL)
		find_function("openat", (void *)&next);
	LAST(flags, mode);
	return strikes(FAULTS_OPENAT) ? -1 :
					next(fd, name, flags, (mode_t)mode);
}

int
fcntl(int fd, int command, ...)
{
	static int (*next)(int fd, int command, ...);
	long argument;

	if (next == NULL)
		find_function("fcntl", (void *)&next);
	LAST(command, argument);
	return strikes(FAULTS_FCNTL) ? -1 : next(fd, command, argument);
}

int
ioctl(int fd, unsigned long request, ...)
{
	static int (*next)(int fd, unsigned long request, ...);
	long argument;

	if (next == NULL)
		find_function("ioctl", (void *)&next);
	LAST(request, argument);
	return strikes(FAULTS_IOCTL) ? -1 : next(fd, request, argument);
}

long
syscall(long number, ...)
{
	static long (*next)(long number, ...);
	long arguments[6];
	va_list ap;
	int i;

	if (next == NULL)
		find_function("syscall", (void *)&next);
	va_start(ap, number);
	for (i = 0; i < 6; i++)
		arguments[i] = va_arg(ap, long);
	va_end(ap);
	if ((number == SYS_openat2 && strikes(FAULTS_OPENAT2)) ||
	    (number == SYS_renameat2 && strikes(FAULTS_RENAMEAT2)) ||
	    (number == SYS_getdents64 && strikes(FAULTS_GETDENTS64)))
		return -1;
	return next(number, arguments[0], arguments[1], arguments[2],
	    arguments[3], arguments[4], arguments[5]);
}

/* ---- the page ----------------------------------------------------------- */

static __attribute__((constructor)) void
map_page(void)
{
	const char *path = getenv(FAULTS_PAGE);
	void *mapped;
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		abort();
	mapped = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	close(fd);
	if (mapped == MAP_FAILED)
		abort();
	page = mapped;
}
