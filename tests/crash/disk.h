#ifndef CRASH_DISK_H
#define CRASH_DISK_H

/*
 * A disk of our own whose power can be cut: an ext4 image in memory, loop
 * mounted on "here" of the scratch folder, shut down without its journal being
 * flushed. What was in the page cache only is lost then, and so are changes
 * of names that were not committed. It does not stand for a disk that loses
 * what it has confirmed, or that tears a block.
 *
 * For tests that stand apart (apart.h). Failures are failures of the test.
 */

#include <stdbool.h>

/* Makes and mounts it; false if that cannot be done here, which is said. */
bool disk_open(const char *test);

/* All that is there now is on it for good. */
void disk_settle(void);

/* Somebody else has something written out at once, and with it, as a journal
 * has it, the names of all files so far, but not their bytes. */
void disk_disturb(void);

/* From now on nothing gets there, and everything that tries fails. */
void disk_cut(void);

/* The machine has come up again. */
void disk_mount_again(void);

void disk_close(void);

#endif
