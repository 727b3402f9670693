#ifndef CRASH_DISK_H
#define CRASH_DISK_H

/*
 * A disk whose power can be cut: an ext4 image in memory, loop mounted on
 * "here" of the scratch folder, and shut down without flushing its journal.
 * Bytes only in the page cache are lost, and so are uncommitted changes of
 * names. It does not model a disk that loses confirmed writes or tears blocks.
 *
 * For tests with a mount namespace of their own (apart.h). Errors fail the
 * test.
 */

#include <stdbool.h>

/* Makes and mounts the disk. Returns false, after a message, if this machine
 * does not allow it. */
bool disk_open(const char *test);

/* Writes everything to the disk (syncfs). */
void disk_settle(void);

/* Writes and syncs another file. The journal then commits the names of all
 * files so far, but not their bytes. */
void disk_disturb(void);

/* Cuts the power: from now on every access fails. */
void disk_cut(void);

/* Mounts the disk again, as after a restart. */
void disk_mount_again(void);

void disk_close(void);

#endif
