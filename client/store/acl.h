#ifndef CLIENT_STORE_ACL_H
#define CLIENT_STORE_ACL_H

#include <sys/types.h>

#include <stdbool.h>

/*
 * Reads the default ACL of an open folder (acl(5)), which O_PATH may have
 * opened: true with the permission bits in *mode that files made in it may
 * have at most (in the place of the group's, the mask's). False: it has none.
 */
bool acl_read_default(int fd, mode_t *mode);

/* Returns whether an open folder, not an O_PATH one, has an ACL of its own. */
bool acl_is_extended(int fd);

#endif
