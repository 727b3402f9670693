#ifndef CLIENT_STORE_LOCAL_NAMES_H
#define CLIENT_STORE_LOCAL_NAMES_H

/*
 * The names in a local folder when the server began to list it. The names that
 * the server lists are marked; the server does not have the others. If several
 * threads fetch, the caller holds the lock of transfer/job_queue.h.
 */

#include <stdbool.h>
#include <stddef.h>

struct local_names;

/* Returns the names in the folder of this descriptor, without "." and "..", for
 * local_names_free; or NULL with errno. */
struct local_names *local_names_read(int folder_fd);

/* NULL is allowed. */
void local_names_free(struct local_names *names);

/* Marks a name that the server lists. */
void local_names_mark(struct local_names *names, int folder_fd,
    const char *name);

/* Returns true if a listed name was not among the names but exists here: the
 * file system treats it and another name as one (for example, it ignores case).
 * Unmarked names may then be the server's. */
bool local_names_in_doubt(const struct local_names *names);

/* Returns the next unmarked name from index *at on, and sets *at to the index
 * after it; NULL if there are no more. *at is 0 before the first call. */
const char *local_names_next(const struct local_names *names, size_t *at);

#endif
