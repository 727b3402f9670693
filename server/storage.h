#ifndef SERVER_STORAGE_H
#define SERVER_STORAGE_H

/*
 * Network file systems, FUSE among them, and the errors by which a file system
 * says that its server or its daemon is away. On such a file system each
 * request opens its file anew, because only an opening asks the server whether
 * the file is still the same; and its bytes are read once, for the digest and
 * for the client, because a second read may go to the server again. Any thread
 * may call these functions.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

/* Returns the name of a network file system of this type (f_type of
 * statfs(2)), or NULL if files of that type are on this machine. */
const char *storage_network_name(uint32_t type);

/* Returns the name of the network file system that fd is on; NULL if it is on
 * none. device is its st_dev: one with a major number is a disk, which costs no
 * system call. A file system whose type cannot be read counts as one. */
const char *storage_find_network(int fd, dev_t device);

/* Returns true if a call that failed with this errno may succeed later, because
 * a server or a daemon is away or has replaced the file. EIO may pass on a
 * network; on a disk it is a bad block, which stays. */
bool storage_may_come_back(int code, bool on_network);

/* Returns true if this errno of the served folder itself means that its file
 * system has gone, and only a mount anew brings it back. */
bool storage_has_gone(int code);

#endif
