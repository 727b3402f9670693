/* Parses ACLs as the kernel gives them in extended attributes: a version and
 * entries, little-endian (linux/posix_acl_xattr.h). */

#include <sys/endian.h>
#include <sys/xattr.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "client/store/acl.h"

enum {
	ACL_MOST = 8192, /* bytes; a longer ACL counts as none */
	ACL_HEAD = 4,	 /* bytes of the version */
	ACL_ENTRY = 8,	 /* bytes: tag 2, permissions 2, id 4 */
	ACL_VERSION = 2,
	/* Tags. */
	ACL_USER_OBJ = 0x01,
	ACL_GROUP_OBJ = 0x04,
	ACL_MASK = 0x10,
	ACL_OTHER = 0x20,
};

bool
acl_read_default(int fd, mode_t *mode)
{
	static const char name[] = "system.posix_acl_default";
	uint8_t bytes[ACL_MOST];
	char path[64];
	mode_t user = 0, group = 0, other = 0;
	bool has_mask = false;
	ssize_t len, at;

	len = fgetxattr(fd, name, bytes, sizeof(bytes));
	/* An O_PATH descriptor. */
	if (len < 0 && errno == EBADF) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = getxattr(path, name, bytes, sizeof(bytes));
	}
	if (len < ACL_HEAD + ACL_ENTRY || le32dec(bytes) != ACL_VERSION)
		return false;
	for (at = ACL_HEAD; at + ACL_ENTRY <= len; at += ACL_ENTRY) {
		mode_t may = le16dec(bytes + at + 2) & 07;

		switch (le16dec(bytes + at)) {
		case ACL_USER_OBJ:
			user = may;
			break;
		case ACL_GROUP_OBJ:
			group = has_mask ? group : may;
			break;
		case ACL_MASK:
			group = may;
			has_mask = true;
			break;
		case ACL_OTHER:
			other = may;
			break;
		default:
			break;
		}
	}
	*mode = user << 6 | group << 3 | other;
	return true;
}

bool
acl_is_extended(int fd)
{
	return fgetxattr(fd, "system.posix_acl_access", NULL, 0) > 0;
}
