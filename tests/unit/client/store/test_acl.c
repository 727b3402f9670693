/*
 * Default ACLs, as the kernel gives them: any bytes may come from a file system
 * that a program stands behind.
 */

#include <sys/stat.h>
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/acl.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

#define ACL_VERSION "\x02\0\0\0"
#define ACL_USER    "\x01\0\x07\0\xff\xff\xff\xff"
#define ACL_GROUP   "\x04\0\x05\0\xff\xff\xff\xff"
#define ACL_MASK    "\x10\0\x06\0\xff\xff\xff\xff"
#define ACL_OTHER   "\x20\0\x01\0\xff\xff\xff\xff"
#define ACL_NAMED   "\x08\0\x07\0\x01\0\0\0"

static struct target target;
static const char *value; /* of the attribute; NULL: there is none */
static size_t value_len;

/* In place of the C library's. */
ssize_t
fgetxattr(int fd, const char *name, void *bytes, size_t size)
{
	(void)fd;
	(void)name;
	if (value == NULL || value_len > size) {
		errno = value == NULL ? ENODATA : ERANGE;
		return -1;
	}
	memcpy(bytes, value, value_len);
	return (ssize_t)value_len;
}

static void
setup(void)
{
	value = NULL;
	target_open(&target);
}

static void
teardown(void)
{
	value = NULL;
	target_close(&target);
}

#define ACL(bytes) bytes, sizeof(bytes) - 1

static const struct {
	const char *row, *bytes;
	size_t len;
	bool has;
	mode_t mode;
} acls[] = {
    {"none", NULL, 0, false, 0},
    {"empty", ACL(""), false, 0},
    {"version alone", ACL(ACL_VERSION), false, 0},
    {"another version", ACL("\x03\0\0\0" ACL_USER), false, 0},
    {"three", ACL(ACL_VERSION ACL_USER ACL_GROUP ACL_OTHER), true, 0751},
    {"mask for the group",
	ACL(ACL_VERSION ACL_USER ACL_GROUP ACL_MASK ACL_OTHER), true, 0761},
    {"mask first", ACL(ACL_VERSION ACL_MASK ACL_GROUP ACL_USER ACL_OTHER), true,
	0761},
    {"others' names",
	ACL(ACL_VERSION ACL_USER ACL_NAMED ACL_GROUP ACL_NAMED ACL_OTHER), true,
	0751},
    {"cut", ACL(ACL_VERSION ACL_USER "\x04\0\x05"), true, 0700},
};

START_TEST(test_default)
{
	mode_t mode = 0;

	value = acls[_i].bytes;
	value_len = acls[_i].len;
	ck_assert_msg(acl_read_default(target.folder.fd, &mode) == acls[_i].has,
	    "%s", acls[_i].row);
	ck_assert_msg(mode == acls[_i].mode, "%s: %o", acls[_i].row, mode);
}
END_TEST

Suite *
acl_suite(void)
{
	Suite *suite = suite_create("acl");
	TCase *tcase = unit_case(suite, "acl");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_default, 0, UNIT_ROWS(acls));
	return suite;
}
