#ifndef CLIENT_STORE_STAMP_H
#define CLIENT_STORE_STAMP_H

/*
 * Time and mode of what is written. A file system that does not take one of
 * them is no failure: the file stays, and one line at the end of the run says
 * so. Under the lock of transfer/job_queue.h where several threads fetch.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "client/store/folder.h"
#include "common/protocol.h"

struct report;
struct store_settings;

/* Returns nanoseconds since 1970 as the system has them: tv_nsec is never
 * negative. */
struct timespec stamp_timespec(int64_t ns);

/* The mode a new file, or, by attributes->mode, a folder gets in a folder:
 * that of attributes less the umask and set-id bits. Where the folder has a
 * default ACL, that decides about the group, as about what others make there,
 * and takes the place of the umask. */
mode_t stamp_mode(const struct folder *folder,
    const struct protocol_attributes *attributes);

/* Gives a file in a folder the time of attributes. name is the one it has now,
 * or NULL. */
void stamp_set_time(const struct folder *folder, int fd, const char *name,
    const struct protocol_attributes *attributes);

/* Gives a file called name in a folder the time and mode of attributes. */
void stamp_file(const struct folder *folder, int fd, const char *name,
    const struct protocol_attributes *attributes);

/*
 * Gives a folder, which is open, the time and mode of attributes. It keeps
 * set-group-ID and sticky bits that it has, and one with an ACL what its group
 * may. is_new: this run has made it; otherwise one of another owner stays as
 * it is without a word.
 */
void stamp_folder(const struct folder *folder,
    const struct protocol_attributes *attributes, bool is_new);

/* Says, once, what could not be set; folder is the one that all goes into. */
void stamp_tell(struct folder *folder, const struct store_settings *settings,
    struct report *report);

#endif
