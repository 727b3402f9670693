#ifndef CLIENT_STORE_LOCAL_NAMES_H
#define CLIENT_STORE_LOCAL_NAMES_H

/*
 * The names that a folder had here when the server began to list it. Those that
 * the server lists are marked; the others are of no file of the server. Where
 * several threads fetch, the caller holds the lock of transfer/job_queue.h.
 */

#include <stdbool.h>
#include <stddef.h>

struct local_names;

/* Returns the names in the folder of this descriptor, but for "." and "..", for
 * local_names_free; or NULL with errno. */
struct local_names *local_names_read(int folder_fd);

/* NULL is allowed. */
void local_names_free(struct local_names *names);

/* Marks a name that the server lists. */
void local_names_mark(struct local_names *names, int folder_fd,
    const char *name);

/* Returns whether a name that the server lists was not among the names, and led
 * to something all the same: the file system takes it for another name (as with
 * upper and lower case), so that names do not tell what is the server's. */
bool local_names_in_doubt(const struct local_names *names);

/* Returns a name that is not marked, from *at on, and moves *at behind it; NULL
 * if there is no more. Begin with *at 0. */
const char *local_names_next(const struct local_names *names, size_t *at);

#endif
