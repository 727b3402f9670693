/*
 * Two independent layers. Landlock decides which files may be opened. seccomp
 * decides which system calls may be made; it cannot read openat2's struct, so
 * the allowed structs sit on sealed pages (ways.c) and the filter compares
 * their addresses. A violation ends the process, not the thread: a killed
 * thread would never unlock its mutexes.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <linux/net.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <seccomp.h>

#include "common/landlock.h"
#include "common/seccomp_base.h"
#include "common/syscalls.h"
#include "server/sandbox.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Calls that are allowed beyond those of common/seccomp_base.c. */
static const int allowed[] = {
    SCMP_SYS(accept4),
    SCMP_SYS(fstatfs), /* is a file below the folder on a network? */
    SCMP_SYS(geteuid), /* is a key file this user's? */
    SCMP_SYS(geteuid32),
    SCMP_SYS(sendfile),
};

static const struct seccomp_base_rule partly[] = {
    /* With an address, sendto(2) could connect (MSG_FASTOPEN), unseen by
     * Landlock. */
    {SCMP_SYS(sendto), {4, SCMP_CMP_EQ, 0, 0}},
#ifdef SYS_socketcall
    /* One call for all of sockets, whose arguments lie behind a pointer, which
     * seccomp cannot follow: there sendto(2) may have an address. */
    {SCMP_SYS(socketcall), SECCOMP_BASE_WHERE(0, UINT32_MAX, SYS_SENDTO)},
#endif
};

/* Calls that a C library tries and can do without: they fail. */
static const struct {
	int number;
	int error;
} refused[] = {
    {SCMP_SYS(clone3), ENOSYS},	    /* seccomp cannot read its flags */
    {SCMP_SYS(membarrier), ENOSYS}, /* musl, at the first thread */
    {SCMP_SYS(open), EACCES},	    /* time zone, number of processors */
    {SCMP_SYS(openat), EACCES},
    {SCMP_SYS(prctl), EINVAL}, /* names of memory areas */
    {SCMP_SYS(prlimit64), EPERM},
};

/* Returns true if the arguments for openat2(2) of all folders are sealed. */
static bool
are_sealed(const struct sandbox_folder *folders, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!folders[i].sealed)
			return false;
	return true;
}

/* Allows openat2(2) with the own arguments of a folder. Returns 0, or a
 * negative errno. */
static int
allow_folder(scmp_filter_ctx filter, const struct sandbox_folder *folder)
{
	struct scmp_arg_cmp arguments[] = {
	    {0, SCMP_CMP_EQ, (scmp_datum_t)folder->fd, 0},
	    {2, SCMP_CMP_EQ, 0, 0},
	    {3, SCMP_CMP_EQ, sizeof(struct open_how), 0},
	};
	int result = 0;
	size_t i;

	for (i = 0; i < folder->n && result == 0; i++) {
		arguments[1].datum_a = (uintptr_t)&folder->ways[i];
		result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(openat2), COUNT(arguments), arguments);
	}
	return result;
}

/* Allows openat2(2), with the folders' own arguments alone if they are sealed.
 * Returns 0, or a negative errno. */
static int
allow_openat2(scmp_filter_ctx filter, const struct sandbox_folder *folders,
    size_t n)
{
	int result = 0;
	size_t i;

	if (!are_sealed(folders, n))
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(openat2), 0);
	for (i = 0; i < n && result == 0; i++)
		result = allow_folder(filter, &folders[i]);
	return result;
}

/* Returns 0, or a negative errno. */
static int
add_filter_rules(scmp_filter_ctx filter, const struct sandbox_folder *folders,
    size_t n)
{
	int result = allow_openat2(filter, folders, n);
	size_t i;

	if (result == 0)
		result = seccomp_base_allow(filter, allowed, COUNT(allowed));
	for (i = 0; i < COUNT(refused) && result == 0; i++)
		result = seccomp_rule_add(filter,
		    SCMP_ACT_ERRNO(refused[i].error), refused[i].number, 0);
	if (result == 0)
		result =
		    seccomp_base_allow_where(filter, partly, COUNT(partly));
	return result;
}

/* Loads the filter. Returns 0, or a negative errno. */
static int
filter_calls(const struct sandbox_folder *folders, size_t n)
{
	scmp_filter_ctx filter = seccomp_base_new(SCMP_ACT_KILL_PROCESS);
	int result;

	if (filter == NULL)
		return -errno;
	result = add_filter_rules(filter, folders, n);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}

/* RLIMIT_CORE concerns core files; coredump_filter also what a core handler
 * gets (core(5)). */
void
sandbox_forbid_cores(void)
{
	const struct rlimit none = {0, 0};
	int fd;

	setrlimit(RLIMIT_CORE, &none);
	fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, "0\n", 2);
	close(fd);
}

/* Applies Landlock. Returns its version, or a negative errno. */
static int
guard_files(const struct sandbox_folder *folders, size_t n)
{
	unsigned kept = LANDLOCK_READ;
	int fds[SANDBOX_FOLDERS], version;
	size_t i;

	for (i = 0; i < n; i++)
		fds[i] = folders[i].fd;
	/* The filter of sealed folders prevents truncation. If Landlock guarded
	 * that too, it would walk up to the top folder at every open; for
	 * reading it stops at the served one. */
	if (are_sealed(folders, n))
		kept |= LANDLOCK_TRUNCATE;
	version = landlock_give_up(LANDLOCK_READ | LANDLOCK_WRITE |
		LANDLOCK_TRUNCATE | LANDLOCK_EXECUTE | LANDLOCK_TCP |
		LANDLOCK_REACH,
	    fds, n, kept);
	return version < 0 ? -errno : version;
}

int
sandbox_enter(const struct sandbox_folder *folders, size_t n,
    char layers[SANDBOX_TEXT])
{
	int landlock, filtered;
	char missing[SANDBOX_TEXT / 2 + 64] = "";
	bool in_kernel = seccomp_base_in_kernel();

	landlock = guard_files(folders, n);
	/* libseccomp sets no_new_privs, or fails. */
	filtered = filter_calls(folders, n);
	/* Without the filter, Landlock must guard truncation after all. */
	if (filtered != 0 && are_sealed(folders, n) && landlock >= 3 &&
	    landlock_give_up(LANDLOCK_TRUNCATE, NULL, 0, 0) < 0)
		landlock = -errno;
	if (landlock < 0)
		snprintf(missing, sizeof(missing), "; without Landlock (%s)",
		    landlock_explain(-landlock));
	if (filtered != 0)
		snprintf(missing + strlen(missing),
		    sizeof(missing) - strlen(missing), "; without seccomp (%s)",
		    seccomp_base_explain(-filtered, in_kernel));
	snprintf(layers, SANDBOX_TEXT, "confined by %s%s%s%s",
	    landlock < 0     ? "" :
		landlock < 4 ? "Landlock (files), " :
			       "Landlock (files, TCP), ",
	    filtered == 0 ? "seccomp, " : "",
	    landlock < 0 && filtered != 0 ? "nothing" : "no_new_privs",
	    missing);
	return landlock < 0 || filtered != 0 ? -1 : 0;
}
