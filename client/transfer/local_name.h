#ifndef CLIENT_TRANSFER_LOCAL_NAME_H
#define CLIENT_TRANSFER_LOCAL_NAME_H

/* Where things go, by the command line alone. Any thread may call these. */

#include <stddef.h>

#include "client/transfer/job_queue.h"
#include "client/transfer/settings.h"

/* The folder that is written into: -P, that of -o, or ".". With -r, -o is
 * itself the folder, if it is there already. */
void local_name_folder(const struct transfer_settings *settings, char *path,
    size_t size);

/*
 * What a name gets called in that folder: 0 with *final the caller's to free,
 * NULL for standard output, or -1 without memory. The served folder itself
 * (".") gets the name of the host.
 */
int local_name_final(const struct transfer_settings *settings, const char *name,
    char **final);

/* The file that a job writes, unless that is standard output, as a person
 * would name it; cut if size (bytes) does not hold it. */
void local_name_print_job(const struct transfer_settings *settings,
    const struct job *job, char *path, size_t size);

#endif
