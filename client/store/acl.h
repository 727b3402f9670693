#ifndef CLIENT_STORE_ACL_H
#define CLIENT_STORE_ACL_H

#include <sys/types.h>

#include <stdbool.h>

/* Reads the default ACL (acl(5)) of a folder, whose descriptor may be an O_PATH
 * one. Returns true with *mode set to the permissions that it allows new files
 * at most (the mask's in place of the group's), or false if there is none. */
bool acl_read_default(int fd, mode_t *mode);

/* Returns whether a folder has an ACL of its own; fd is no O_PATH one. */
bool acl_is_extended(int fd);

#endif
