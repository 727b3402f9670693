#ifndef CLIENT_STORE_DISK_SPACE_H
#define CLIENT_STORE_DISK_SPACE_H

#include <stdint.h>

#include "client/store/folder.h"
#include "client/ui/failure.h"

/* Returns 0, or -1 with the failure set. Checks that the file system can hold a
 * file of size bytes and has room for the bytes to come; where it is full, cuts
 * the ends of part files that this run has left. The caller holds the lock of
 * transfer/job_queue.h. */
int disk_space_check(struct folder *folder, uint64_t size, uint64_t to_come,
    struct failure *failure);

#endif
