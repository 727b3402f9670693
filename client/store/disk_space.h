#ifndef CLIENT_STORE_DISK_SPACE_H
#define CLIENT_STORE_DISK_SPACE_H

#include <stdint.h>

#include "client/store/folder.h"
#include "client/ui/failure.h"

/*
 * Checks that a file of size bytes may be in the folder, and that there is room
 * for the bytes of it that are yet to come. Where the disk is full, makes room
 * by cutting the ends of part files that this run has left. Returns 0, or -1
 * with the failure set. Under the lock of transfer/job_queue.h.
 */
int disk_space_check(struct folder *folder, uint64_t size, uint64_t to_come,
    struct failure *failure);

#endif
