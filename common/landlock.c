/*
 * The C library has no functions for this, and its headers may be older than
 * the kernel that is met, so the kernel's interface stands here in full
 * (Documentation/userspace-api/landlock.rst in its sources).
 */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "common/landlock.h"

/* The same on all architectures. */
enum {
	CALL_CREATE_RULESET = 444,
	CALL_ADD_RULE = 445,
	CALL_RESTRICT_SELF = 446,
	ASK_VERSION = 1,  /* a flag of the first */
	RULE_BENEATH = 1, /* a type of the second */
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

/* Which bits of a ruleset a right stands for, from which version on. */
static const struct {
	unsigned right;
	int version;
	struct ruleset bits;
} bits[] = {
    {LANDLOCK_EXECUTE, 1, {.files = 1 << 0}},
    {LANDLOCK_WRITE, 1, {.files = 1 << 1}},	/* open for it */
    {LANDLOCK_READ, 1, {.files = 3 << 2}},	/* files, folders */
    {LANDLOCK_WRITE, 1, {.files = 0x1ff << 4}}, /* remove 2, make 7 kinds */
    {LANDLOCK_WRITE, 2, {.files = 1 << 13}},	/* to another folder */
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

/* A kernel that knows less refuses a longer ruleset only where it is not
 * zero behind what it knows. */
static int
restrict_self(const struct ruleset *ruleset, int folder_fd, uint64_t kept)
{
	struct rule rule = {kept, folder_fd};
	int fd, result = -1, saved;

	fd = (int)syscall(CALL_CREATE_RULESET, ruleset, sizeof(*ruleset), 0);
	if (fd < 0)
		return -1;
	if (folder_fd < 0 ||
	    syscall(CALL_ADD_RULE, fd, RULE_BENEATH, &rule, 0) == 0)
		result = (int)syscall(CALL_RESTRICT_SELF, fd, 0);
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

int
landlock_give_up(unsigned rights, int folder_fd, unsigned kept)
{
	struct ruleset ruleset;
	int version;

	version = (int)syscall(CALL_CREATE_RULESET, NULL, 0, ASK_VERSION);
	if (version < 0)
		return -1;
	ruleset = ruleset_of(rights, version);
	/* Landlock wants it of those who are not root. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	if (restrict_self(&ruleset, folder_fd,
		ruleset_of(kept, version).files) != 0)
		return -1;
	return version;
}
