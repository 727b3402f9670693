/*
 * fileserv whose sessions perform the probes that their client requests. Calls
 * without a C library function, or that it would emulate, are made by
 * syscall(2).
 */

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/syscalls.h"
#include "server/session.h"
#include "tests/sandbox/probes.h"

void __wrap_session_run(struct session_shared *shared,
    struct connection *connection);

enum {
	PAGE = 4096, /* bytes; the kernel rounds sizes up to it */
};

/* openat2(2) without any RESOLVE flag. */
static int
open_anything(int folder, const char *path, uint64_t flags)
{
	struct open_how how = {.flags = flags};

	if ((flags & O_CREAT) != 0)
		how.mode = 0600;
	return (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
}

static void *
nothing(void *argument)
{
	return argument;
}

static int
start_thread(void)
{
	pthread_t thread;
	int code = pthread_create(&thread, NULL, nothing, NULL);

	if (code == 0)
		return pthread_join(thread, NULL);
	errno = code;
	return -1;
}

/* A child that exists despite the sandbox exits at once. */
static int
start_child(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	return (int)pid;
}

static int
make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ?
	    -1 :
	    0;
}

/* Maps a writable page at this address if it is free, or elsewhere. */
static void *
make_page(void *at, int flags)
{
	return mmap(at, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

/* An address whose lower half equals the allowed page's: a filter that compares
 * only half of it would accept it. */
static void *
make_far_page(const struct root *root)
{
	uintptr_t far = (uintptr_t)root->ways ^ (uintptr_t)1 << 36;
	void *page = make_page((void *)far, MAP_FIXED_NOREPLACE);

	if (page != MAP_FAILED)
		memcpy(page, root->ways, sizeof(struct open_how));
	return page;
}

static int
open_beneath(long folder, const char *name, const void *way, size_t size)
{
	return (int)syscall(SYS_openat2, folder, name, way, size);
}

/* The server's own openat2(2), with at most one change. */
static int
open_as_server(enum probe probe, const struct root *root)
{
	const struct open_how *file = &root->ways[ROOT_FILE];
	const struct open_how *folder = &root->ways[ROOT_FOLDER];
	const struct open_how copy = *file;
	long other;

	switch (probe) {
	case PROBE_OWN_WAY:
		return open_beneath(root->fd, "served", &copy, sizeof(copy));
	case PROBE_FAR_WAY:
		return open_beneath(root->fd, "served", make_far_page(root),
		    sizeof(copy));
	case PROBE_BETWEEN:
		return open_beneath(root->fd, "served", &file->mode,
		    sizeof(copy));
	case PROBE_LONGER:
		return open_beneath(root->fd, "served", file,
		    ROOT_WAYS * sizeof(copy));
	case PROBE_HERE:
		return open_beneath(AT_FDCWD, ".", folder, sizeof(copy));
	case PROBE_OTHER:
		other = open_beneath(root->fd, ".", folder, sizeof(copy));
		return open_beneath(other, "served", file, sizeof(copy));
	case PROBE_WIDE_FOLDER:
		return open_beneath(root->fd | 1L << 32, "served", file,
		    sizeof(copy));
	default:
		return open_beneath(root->fd, "served", file, sizeof(copy));
	}
}

static int
change_ways(enum probe probe, const struct root *root)
{
	void *page = (void *)(uintptr_t)root->ways;
	void *other = make_page(NULL, 0), *got = NULL;

	switch (probe) {
	case PROBE_WAYS_WRITE:
		return mprotect(page, PAGE, PROT_READ | PROT_WRITE);
	case PROBE_WAYS_OVER:
		got = make_page(page, MAP_FIXED);
		break;
	case PROBE_WAYS_MOVE_OVER:
		got = mremap(other, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		    page);
		break;
	case PROBE_WAYS_MOVE:
		got = mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		    other);
		break;
	case PROBE_WAYS_UNMAP:
		return munmap(page, PAGE);
	default:
		return madvise(page, PAGE, MADV_DONTNEED);
	}
	return got == MAP_FAILED ? -1 : 0;
}

/* By an absolute name. */
static int
shorten_name(int folder)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/served", folder);
	return truncate(path, 0);
}

static int
open_something(enum probe probe, int folder)
{
	switch (probe) {
	case PROBE_PASSWD:
		return open("/etc/passwd", O_RDONLY);
	case PROBE_PASSWD_BENEATH:
		return open_anything(AT_FDCWD, "/etc/passwd", O_RDONLY);
	case PROBE_BESIDE:
		return open_anything(folder, "../outside/secret", O_RDONLY);
	case PROBE_CREATE:
		return openat(folder, "made", O_WRONLY | O_CREAT, 0600);
	case PROBE_CREATE_OPENAT2:
		return open_anything(folder, "made", O_WRONLY | O_CREAT);
	case PROBE_SHORTEN:
		return open_anything(folder, "served", O_RDONLY | O_TRUNC);
	default:
		return open_anything(folder, "served", O_WRONLY);
	}
}

/* Actions that only a missing sandbox permits. Returns -1 with errno set, or
 * more. */
static int
reach_out(enum probe probe, int folder, int fd)
{
	const struct sockaddr_in address = {.sin_family = AF_INET};
	const struct sockaddr *any = (const struct sockaddr *)&address;
	char *const none[] = {NULL};

	switch (probe) {
	case PROBE_REMOVE:
		return unlinkat(folder, "gone", 0);
	case PROBE_EXECUTE:
		return execve("/nowhere", none, none);
	case PROBE_FORK:
		return start_child(0);
	case PROBE_VFORK:
		return start_child(CLONE_VFORK);
	case PROBE_SOCKET:
		return socket(AF_INET, SOCK_STREAM, 0);
	case PROBE_CONNECT:
		return connect(fd, any, sizeof(address));
	case PROBE_SEND_TO:
		return (
		    int)sendto(fd, "", 0, MSG_NOSIGNAL, any, sizeof(address));
	case PROBE_BIND:
		return bind(fd, any, sizeof(address));
	case PROBE_LISTEN:
		return listen(fd, 1);
	case PROBE_PTRACE:
		return (int)ptrace(PTRACE_ATTACH, 0, NULL, NULL);
	case PROBE_KILL:
		return kill(getppid(), 0);
	case PROBE_CODE:
		return make_code();
	case PROBE_THREAD:
		return start_thread();
	case PROBE_SHORTEN_NAME:
		return shorten_name(folder);
	case PROBE_SHORTEN_FD:
		return ftruncate(folder, 0);
	default:
		return open_something(probe, folder);
	}
}

static int
obey(enum probe probe, const struct root *root, int fd)
{
	if (probe >= PROBE_WAYS_WRITE)
		return change_ways(probe, root);
	if (probe >= PROBE_OWN_WAY || probe == PROBE_READ_SERVED)
		return open_as_server(probe, root);
	return reach_out(probe, root->fd, fd);
}

void
__wrap_session_run(struct session_shared *shared, struct connection *connection)
{
	uint8_t probe;
	int code = 0;

	if (recv(connection->fd, &probe, 1, MSG_WAITALL) != 1)
		return;
	if (obey(probe, &shared->verbs.root, connection->fd) < 0)
		code = errno;
	(void)!send(connection->fd, &code, sizeof(code), MSG_NOSIGNAL);
}
