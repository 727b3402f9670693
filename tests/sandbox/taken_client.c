/*
 * fileget that performs one probe, named by the environment, after connecting:
 * an action of a server that took over the client. Prints the outcome, an errno
 * or 0, and goes on as usual.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/folder.h"
#include "tests/sandbox/probes.h"

int __real_folder_check_name(const struct folder *folder, const char *final,
    const struct store_settings *settings, struct failure *failure);
int __wrap_folder_check_name(const struct folder *folder, const char *final,
    const struct store_settings *settings, struct failure *failure);

static int target; /* the folder's descriptor */

/* ---- files --------------------------------------------------------------- */

static int
make_beside(void)
{
	return open("../outside/made", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static int
write_over(void)
{
	return open("../outside/secret", O_WRONLY | O_CLOEXEC);
}

static int
remove_beside(void)
{
	return unlink("../outside/secret");
}

static int
make_within(void)
{
	return openat(target, "made", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

/* ---- programs ------------------------------------------------------------ */

static int
execute(void)
{
	char *const none[] = {NULL};

	return execve("/bin/true", none, none);
}

static int
start_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : 0;
}

static void *
end(void *argument)
{
	return argument;
}

static int
start_thread(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, end, NULL);

	errno = error;
	return error == 0 ? pthread_join(thread, NULL) : -1;
}

static int
map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ?
	    -1 :
	    0;
}

/* ---- terminals, sockets, other processes ----------------------------------*/

static int
type(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static int
paste(void)
{
	char paste_selection = 3;

	return ioctl(STDIN_FILENO, TIOCLINUX, &paste_selection);
}

/* The compared bits of an ioctl request are the ones that the kernel reads. */
static int
type_wide(void)
{
	return (int)syscall(SYS_ioctl, STDIN_FILENO,
	    TIOCSTI | UINT64_C(1) << 32, "x");
}

static int
connect_unix(const char *path, size_t len)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, len);
	return fd < 0 ?
	    -1 :
	    connect(fd, (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

static int
connect_path(void)
{
	return connect_unix("../outside/socket", strlen("../outside/socket"));
}

static int
connect_abstract(void)
{
	char name[64];
	int len;

	len =
	    snprintf(name, sizeof(name), "%cfileget-test-%d", '\0', getppid());
	return connect_unix(name, (size_t)len);
}

static int
open_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
}

static int
open_udp(void)
{
	return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int
signal_parent(void)
{
	return kill(getppid(), 0);
}

static int
signal_itself(void)
{
	return kill(getpid(), 0);
}

static int
signal_group(void)
{
	return kill(0, 0);
}

/* Requests a signal from the kernel when the pipe becomes readable. */
static int
own_by_parent(void)
{
	int fds[2];

	return pipe2(fds, O_CLOEXEC) != 0 ? -1 :
					    fcntl(fds[0], F_SETOWN, getppid());
}

/* Sends to a queue that does not exist. */
static int
send_message(void)
{
	long message[2] = {1, 0};

	return msgsnd(-1, message, sizeof(long), 0);
}

static int
look_at_inherited(void)
{
	return fcntl(PROBE_INHERITED, F_GETFD);
}

static int
trace(void)
{
	return (int)ptrace(PTRACE_ATTACH, 0, NULL, NULL);
}

static int
read_other(void)
{
	return (int)syscall(SYS_process_vm_readv, getppid(), NULL, 0UL, NULL,
	    0UL, 0UL);
}

static const struct {
	const char *name;
	int (*try)(void);
} tries[] = {
    {"beside", make_beside},
    {"over", write_over},
    {"gone", remove_beside},
    {"within", make_within},
    {"execute", execute},
    {"fork", start_process},
    {"thread", start_thread},
    {"code", map_code},
    {"type", type},
    {"type-wide", type_wide},
    {"paste", paste},
    {"path", connect_path},
    {"abstract", connect_abstract},
    {"netlink", open_netlink},
    {"udp", open_udp},
    {"parent", signal_parent},
    {"itself", signal_itself},
    {"group", signal_group},
    {"owner", own_by_parent},
    {"message", send_message},
    {"inherited", look_at_inherited},
    {"trace", trace},
    {"read", read_other},
};

int
__wrap_folder_check_name(const struct folder *folder, const char *final,
    const struct store_settings *settings, struct failure *failure)
{
	const char *name = getenv(PROBE_TRY);
	size_t i;

	target = folder->fd;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		if (name != NULL && strcmp(tries[i].name, name) == 0)
			fprintf(stderr, "try: %d.\n",
			    tries[i].try() < 0 ? errno : 0);
	return __real_folder_check_name(folder, final, settings, failure);
}
