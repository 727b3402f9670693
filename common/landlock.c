/*
 * Declares the kernel's interface itself: the C library has no functions for
 * it, and <linux/landlock.h> may be older than the running kernel. Source:
 * Documentation/userspace-api/landlock.rst in the kernel.
 */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/landlock.h"

enum {
	/* Numbers of system calls, the same on all architectures. */
	CALL_CREATE_RULESET = 444,
	CALL_ADD_RULE = 445,
	CALL_RESTRICT_SELF = 446,
	ASK_VERSION = 1,  /* flag of CREATE_RULESET */
	RULE_BENEATH = 1, /* type of ADD_RULE */
};

struct ruleset {
	uint64_t files;
	uint64_t net;	/* version 4 */
	uint64_t scope; /* version 6 */
};

struct rule {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* The bits of a ruleset for each right, and the version that added them. */
static const struct {
	unsigned right;
	int version;
	struct ruleset bits;
} bits[] = {
    {LANDLOCK_EXECUTE, 1, {.files = 1 << 0}},
    {LANDLOCK_WRITE, 1, {.files = 1 << 1}},	/* open for writing */
    {LANDLOCK_READ, 1, {.files = 3 << 2}},	/* files, folders */
    {LANDLOCK_WRITE, 1, {.files = 0x1ff << 4}}, /* remove, make */
    {LANDLOCK_WRITE, 2, {.files = 1 << 13}},	/* rename across folders */
    {LANDLOCK_TRUNCATE, 3, {.files = 1 << 14}},
    {LANDLOCK_WRITE, 5, {.files = 1 << 15}}, /* ioctl of devices */
    {LANDLOCK_TCP, 4, {.net = 3}},	     /* bind, connect */
    {LANDLOCK_REACH, 6, {.scope = 3}},	     /* sockets, signals */
};

static struct ruleset
ruleset_of(unsigned rights, int version)
{
	struct ruleset ruleset = {0};
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if ((rights & bits[i].right) == 0 || version < bits[i].version)
			continue;
		ruleset.files |= bits[i].bits.files;
		ruleset.net |= bits[i].bits.net;
		ruleset.scope |= bits[i].bits.scope;
	}
	return ruleset;
}

/* Adds to a ruleset that rights remain below n folders. */
static int
keep_below(int ruleset_fd, const int *folders, size_t n, uint64_t kept)
{
	struct rule rule = {.allowed = kept};
	size_t i;

	for (i = 0; i < n; i++) {
		rule.parent_fd = folders[i];
		if (syscall(CALL_ADD_RULE, ruleset_fd, RULE_BENEATH, &rule,
			0) != 0)
			return -1;
	}
	return 0;
}

/* Applies a ruleset to this thread; kept rights remain below n folders. An
 * older kernel accepts the longer struct if the fields that it does not know
 * are 0. */
static int
restrict_self(const struct ruleset *ruleset, const int *folders, size_t n,
    uint64_t kept)
{
	int fd, result = -1, saved;

	fd = (int)syscall(CALL_CREATE_RULESET, ruleset, sizeof(*ruleset), 0);
	if (fd < 0)
		return -1;
	if (keep_below(fd, folders, n, kept) == 0)
		result = (int)syscall(CALL_RESTRICT_SELF, fd, 0);
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

int
landlock_give_up(unsigned rights, const int *folders, size_t n, unsigned kept)
{
	struct ruleset ruleset;
	int version;

	version = (int)syscall(CALL_CREATE_RULESET, NULL, 0, ASK_VERSION);
	if (version < 0)
		return -1;
	ruleset = ruleset_of(rights, version);
	/* Landlock requires this of a process without CAP_SYS_ADMIN. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	if (restrict_self(&ruleset, folders, n,
		ruleset_of(kept, version).files) != 0)
		return -1;
	return version;
}

const char *
landlock_explain(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "forbidden, as by a container";
	case ENOSYS:
		return "this kernel lacks it (Linux 5.13, "
		       "CONFIG_SECURITY_LANDLOCK), or a container refuses it";
	case EOPNOTSUPP:
		return "this kernel has it, but was started without it "
		       "(lsm=landlock,...)";
	default:
		return strerror(error);
	}
}
