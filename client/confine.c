/*
 * Two independent layers: Landlock decides which files may be opened for what,
 * seccomp which system calls are made: those listed here and in
 * common/seccomp_base.c. Reading any file stays allowed: look-ups of hosts and
 * part files need it. Runs in the main thread, before any other is started.
 *
 * Refused calls, also those of later kernels, return ENOSYS, not EPERM: a C
 * library that tries a new call first then falls back to the older one. Some
 * that only an attacker makes end the process (SIGSYS).
 */

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <asm/termbits.h>
#include <linux/net.h>
#include <linux/sockios.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/confine.h"
#include "common/landlock.h"
#include "common/seccomp_base.h"

enum {
	CONFINE_MOST = 65536, /* descriptors that are tried without /proc */
};

/* This program opens its own descriptors with O_CLOEXEC; inherited ones cannot
 * have that flag. */
static void
close_inherited(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (fd > STDERR_FILENO && flags >= 0 && (flags & FD_CLOEXEC) == 0)
		close(fd);
}

static void
close_all_inherited(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int fd;

	if (dir == NULL) {
		for (fd = STDERR_FILENO + 1; fd < CONFINE_MOST; fd++)
			close_inherited(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			close_inherited(atoi(entry->d_name));
	closedir(dir);
}

#define TYPE_MASK    0xf /* a socket's type without SOCK_CLOEXEC and such */
#define INT_MASK     UINT32_MAX /* the kernel reads an int of these */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const int allowed[] = {
    /* connections, name look-ups */
    SCMP_SYS(bind),
    SCMP_SYS(connect),
    SCMP_SYS(pselect6),
    SCMP_SYS(recvmsg),
    SCMP_SYS(select),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),
    /* files and folders */
    SCMP_SYS(access),
    SCMP_SYS(copy_file_range),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(fadvise64),
    SCMP_SYS(fallocate),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(fdatasync),
    SCMP_SYS(fgetxattr),
    SCMP_SYS(flock),
    SCMP_SYS(fstatfs),
    SCMP_SYS(fsync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(getcwd),
    SCMP_SYS(getxattr),
    SCMP_SYS(lgetxattr),
    SCMP_SYS(linkat),
    SCMP_SYS(lstat),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(pwrite64),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(readv),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(rmdir),
    SCMP_SYS(splice),
    SCMP_SYS(stat),
    SCMP_SYS(statfs),
    SCMP_SYS(sync_file_range),
    SCMP_SYS(syncfs),
    SCMP_SYS(umask),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(utimensat),
    /* threads, time and other needs of the C library */
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(clock_getres),
    SCMP_SYS(getegid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getpgrp),
    SCMP_SYS(getppid),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getuid),
    SCMP_SYS(sysinfo),
    SCMP_SYS(time),
};

/* libfakeroot, which package builds preload, sends messages to its daemon at
 * every stat(2), and ends the program if it cannot. */
static const int preloaded[] = {
    SCMP_SYS(msgget),
    SCMP_SYS(msgrcv),
    SCMP_SYS(msgsnd),
    SCMP_SYS(semget),
    SCMP_SYS(semop),
    SCMP_SYS(semtimedop),
};

/* Neither this program nor a library of its ever makes these calls. */
static const int deadly[] = {
    SCMP_SYS(bpf),
    SCMP_SYS(finit_module),
    SCMP_SYS(init_module),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(kexec_load),
    SCMP_SYS(mount),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(pivot_root),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(ptrace),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(userfaultfd),
};

#define WHERE SECCOMP_BASE_WHERE
#define IOCTL(request)                                       \
	{                                                    \
		SCMP_SYS(ioctl), WHERE(1, INT_MASK, request) \
	}
#define FCNTL(command)                                       \
	{                                                    \
		SCMP_SYS(fcntl), WHERE(1, INT_MASK, command) \
	}

static const struct seccomp_base_rule partly[] = {
    {SCMP_SYS(prlimit64), WHERE(0, INT_MASK, 0)}, /* its own limits */
    /* no F_SETOWN: it lets signals be sent to other processes */
    FCNTL(F_DUPFD),
    FCNTL(F_DUPFD_CLOEXEC),
    FCNTL(F_GETFD),
    FCNTL(F_GETFL),
    FCNTL(F_OFD_SETLK),
    FCNTL(F_SETFD),
    FCNTL(F_SETFL),
    FCNTL(F_SETLK),
    FCNTL(F_SETPIPE_SZ),
    /* a terminal's mode and width; not TIOCSTI or TIOCLINUX */
    IOCTL(TCGETS),
    IOCTL(TCSETS),
    IOCTL(TCSETSF),
    IOCTL(TCSETSW),
#ifdef TCGETS2 /* some architectures have but one kind */
    IOCTL(TCGETS2),
    IOCTL(TCSETS2),
    IOCTL(TCSETSF2),
    IOCTL(TCSETSW2),
#endif
    IOCTL(TIOCGPGRP),
    IOCTL(TIOCGWINSZ),
    /* sockets, and the scope of an IPv6 address */
    IOCTL(FIONBIO),
    IOCTL(SIOCGIFINDEX),
    IOCTL(SIOCGIFNAME),
#ifdef SYS_socketcall
    /* One call for all of sockets, whose arguments lie behind a pointer, which
     * seccomp cannot follow: any socket may be made there. libseccomp would
     * compare the pointer with those of socket(2) below. */
    {SCMP_SYS(socketcall), WHERE(0, INT_MASK, SYS_SOCKET)},
#endif
};

/* Allowed arguments of socket(2). */
static const struct {
	int family, type;
} sockets[] = {
    {AF_INET, SOCK_STREAM},
    {AF_INET, SOCK_DGRAM},
    {AF_INET6, SOCK_STREAM},
    {AF_INET6, SOCK_DGRAM},
};

static int
allow_sockets(scmp_filter_ctx filter)
{
	int result = 0;
	size_t i;

	for (i = 0; i < COUNT(sockets) && result == 0; i++) {
		const struct scmp_arg_cmp arguments[] = {
		    WHERE(0, INT_MASK, sockets[i].family),
		    WHERE(1, TYPE_MASK, sockets[i].type),
		};

		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(socket), COUNT(arguments), arguments);
	}
	return result;
}

/* Signals to this process. */
static int
allow_signals(scmp_filter_ctx filter)
{
	const struct seccomp_base_rule rules[] = {
	    {SCMP_SYS(kill), WHERE(0, INT_MASK, getpid())},
	    {SCMP_SYS(tgkill), WHERE(0, INT_MASK, getpid())},
	};

	return seccomp_base_allow_where(filter, rules, COUNT(rules));
}

/* Returns 0, or a negative errno. */
static int
add_rules(scmp_filter_ctx filter)
{
	const char *libraries = getenv("LD_PRELOAD");
	int result;
	size_t i;

	result = allow_sockets(filter);
	if (result == 0)
		result = allow_signals(filter);
	if (result == 0)
		result =
		    seccomp_base_allow_where(filter, partly, COUNT(partly));
	if (result == 0)
		result = seccomp_base_allow(filter, allowed, COUNT(allowed));
	if (result == 0 && libraries != NULL && libraries[0] != '\0')
		result =
		    seccomp_base_allow(filter, preloaded, COUNT(preloaded));
	for (i = 0; i < COUNT(deadly) && result == 0; i++)
		result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS,
		    deadly[i], 0);
	return result;
}

/* Allows no other system calls from now on. Returns 0, or -1 with errno. */
static int
load_filter(void)
{
	scmp_filter_ctx filter = seccomp_base_new(SCMP_ACT_ERRNO(ENOSYS));
	int result;

	if (filter == NULL)
		return -1;
	result = add_rules(filter);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	errno = -result;
	return result == 0 ? 0 : -1;
}

void
confine_process(struct report *report, int folder_fd)
{
	const struct rlimit none = {0, 0};
	bool in_kernel = seccomp_base_in_kernel();

	close_all_inherited();
	/* Landlock does not restrict where the kernel writes a core file. */
	setrlimit(RLIMIT_CORE, &none);
	if (landlock_give_up(LANDLOCK_WRITE | LANDLOCK_TRUNCATE |
		    LANDLOCK_EXECUTE | LANDLOCK_REACH,
		&folder_fd, folder_fd < 0 ? 0 : 1,
		LANDLOCK_WRITE | LANDLOCK_TRUNCATE) < 0)
		report_detail(report,
		    "not confined to the target folder: Landlock: %s",
		    landlock_explain(errno));
	if (load_filter() != 0)
		report_detail(report,
		    "not confined to the system calls that it needs: seccomp: "
		    "%s",
		    seccomp_base_explain(errno, in_kernel));
}
