/*
 * fileserv whose sessions obey their client. A call that the C library has no
 * function for, or would go round, is made directly.
 */

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "server/session.h"
#include "tests/sandbox/probes.h"

void __wrap_session_run(struct session_shared *shared,
    struct connection *connection);

/* Opens by openat2(2) without any rule of its own. */
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

/* A child that is there all the same goes at once. */
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

static int
open_something(enum probe probe, int folder)
{
	switch (probe) {
	case PROBE_READ_SERVED:
		return open_anything(folder, "served", O_RDONLY);
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
	default:
		return open_anything(folder, "served", O_WRONLY);
	}
}

/* What only works where nothing forbids it: -1 with errno, or more. */
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
	default:
		return open_something(probe, folder);
	}
}

void
__wrap_session_run(struct session_shared *shared, struct connection *connection)
{
	uint8_t probe;
	int code = 0;

	if (recv(connection->fd, &probe, 1, MSG_WAITALL) != 1)
		return;
	if (reach_out(probe, shared->verbs.root.fd, connection->fd) < 0)
		code = errno;
	(void)!send(connection->fd, &code, sizeof(code), MSG_NOSIGNAL);
}
