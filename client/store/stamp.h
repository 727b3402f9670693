#ifndef CLIENT_STORE_STAMP_H
#define CLIENT_STORE_STAMP_H

/*
 * Sets time and mode of files and folders. A refusal of the file system is no
 * failure: the file stays, and one line at the end of the run reports it. If
 * several threads fetch, the caller holds the lock of transfer/job_queue.h.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "client/store/folder.h"
#include "common/protocol.h"

struct report;

/* Returns nanoseconds since 1970 as the system has them: tv_nsec is never
 * negative. */
struct timespec stamp_timespec(int64_t ns);

/* Returns the mode that a new file or folder (by attributes->mode) gets: that
 * of attributes less set-id bits and umask. Where the folder has a default ACL,
 * that decides about the group, and takes the place of the umask. */
mode_t stamp_mode(const struct folder *folder,
    const struct protocol_attributes *attributes);

/* Sets the time of an open file in the folder. name: its name now, or NULL. */
void stamp_set_time(const struct folder *folder, int fd, const char *name,
    const struct protocol_attributes *attributes);

/* Sets time and mode of an open file called name in the folder. */
void stamp_file(const struct folder *folder, int fd, const char *name,
    const struct protocol_attributes *attributes);

/* Sets time and mode of an open folder. It keeps its set-group-ID and sticky
 * bits, and what an ACL allows its group. A refusal counts only if the folder
 * is_new, made by this run, or our own. */
void stamp_folder(const struct folder *folder,
    const struct protocol_attributes *attributes, bool is_new);

/* Reports how many times and modes could not be set in the target folder and
 * below, and resets these counts. */
void stamp_tell(struct folder *folder, const struct store_settings *settings,
    struct report *report);

#endif
