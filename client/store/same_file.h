#ifndef CLIENT_STORE_SAME_FILE_H
#define CLIENT_STORE_SAME_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/store/folder.h"

/* Returns whether the folder has a regular file of this name, size and time
 * that no other name of this run was written to; it then counts as written by
 * this run. A time matches if it is what the file system makes of mtime_ns.
 * Under the lock of transfer/job_queue.h. */
bool same_file_keep(struct folder *folder, const char *final, uint64_t size,
    int64_t mtime_ns);

#endif
