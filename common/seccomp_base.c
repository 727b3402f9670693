/*
 * The base of both programs' seccomp filters: the system calls that any
 * program with threads and sockets makes. Each program adds the calls that it
 * needs, and decides how a forbidden call ends.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include <linux/sockios.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "common/seccomp_base.h"

/* s390 has the first two arguments of clone(2) in the other order. */
#ifdef __s390x__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

#define PERSONALITY_ASK 0xffffffff
#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))

static const int allowed[] = {
    /* connections */
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(recv), /* a call of its own on some architectures */
    SCMP_SYS(recvfrom),
    SCMP_SYS(send),
    SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),
    /* files, folders, the log */
    SCMP_SYS(close),
    SCMP_SYS(eventfd2),
    SCMP_SYS(fstat),
    SCMP_SYS(getdents64),
    SCMP_SYS(lseek),
    SCMP_SYS(newfstatat),
    SCMP_SYS(pread64),
    SCMP_SYS(read),
    SCMP_SYS(statx),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    /* threads and signals */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(futex),
    SCMP_SYS(getcpu),
    SCMP_SYS(gettid),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_yield),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    /* memory, time, and other needs of the C library */
    SCMP_SYS(brk),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getpid),
    SCMP_SYS(getrandom),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(madvise),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(nanosleep),
    SCMP_SYS(uname),
};

static const struct seccomp_base_rule restricted[] = {
    {SCMP_SYS(clone),
	SECCOMP_BASE_WHERE(CLONE_FLAGS, CLONE_THREAD, CLONE_THREAD)},
    {SCMP_SYS(ioctl), SECCOMP_BASE_WHERE(1, UINT32_MAX, FIONREAD)},
    {SCMP_SYS(ioctl), SECCOMP_BASE_WHERE(1, UINT32_MAX, SIOCOUTQ)},
#if defined(__s390__)
    /* Its arguments lie behind a pointer, which seccomp cannot follow: memory
     * may be mapped to be executed, though not made so by mprotect(2). */
    {SCMP_SYS(mmap), SECCOMP_BASE_WHERE(0, 0, 0)},
#elif defined(SYS_mmap2)
    {SCMP_SYS(mmap2), SECCOMP_BASE_WHERE(2, PROT_EXEC, 0)},
#else
    {SCMP_SYS(mmap), SECCOMP_BASE_WHERE(2, PROT_EXEC, 0)},
#endif
    {SCMP_SYS(mprotect), SECCOMP_BASE_WHERE(2, PROT_EXEC, 0)},
};

int
seccomp_base_allow(scmp_filter_ctx filter, const int *calls, size_t n)
{
	int result = 0;
	size_t i;

	for (i = 0; i < n && result == 0; i++)
		result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return result;
}

int
seccomp_base_allow_where(scmp_filter_ctx filter,
    const struct seccomp_base_rule *rules, size_t n)
{
	int result = 0;
	size_t i;

	for (i = 0; i < n && result == 0; i++)
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    rules[i].call, 1, &rules[i].argument);
	return result;
}

scmp_filter_ctx
seccomp_base_new(uint32_t action)
{
	scmp_filter_ctx filter = seccomp_init(action);
	int result;

	personality((unsigned long)personality(PERSONALITY_ASK) &
	    ~(unsigned long)READ_IMPLIES_EXEC);
	if (filter == NULL) {
		/* The kernel takes no filter with this action. */
		errno = ENOSYS;
		return NULL;
	}
	seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	/* Before Linux 5.16 a filter without this slows the processor down. */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* Else the kernel's reason for a refusal would be lost. */
	seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	result = seccomp_base_allow(filter, allowed, COUNT(allowed));
	if (result == 0)
		result = seccomp_base_allow_where(filter, restricted,
		    COUNT(restricted));
	if (result == 0)
		return filter;
	seccomp_release(filter);
	errno = -result;
	return NULL;
}

bool
seccomp_base_in_kernel(void)
{
	char text[4096];
	ssize_t n;
	int fd;

	fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return strstr(text, "\nSeccomp:") != NULL;
}

const char *
seccomp_base_explain(int error, bool in_kernel)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "forbidden, as by a container";
	case EINVAL:
	case ENOSYS:
		return in_kernel ?
		    "the kernel has it, but an emulator such as qemu-user, or "
		    "a container, refuses it" :
		    "this kernel lacks it (CONFIG_SECCOMP_FILTER)";
	default:
		return strerror(error);
	}
}
