#ifndef SERVER_WAYS_H
#define SERVER_WAYS_H

/*
 * Arguments of openat2(2) on a page of their own, which is read-only and can be
 * sealed. seccomp cannot read what an argument points to; it compares the
 * address, so the page must keep its contents. Any thread may read a page.
 */

#include <stddef.h>

struct open_how;

/* Copies n ways, which fit into a page, to a read-only page. Returns it, or
 * NULL with errno. */
const struct open_how *ways_make(const struct open_how *ways, size_t n);

/* Seals a page of n ways while the process lives (mseal(2), Linux 6.10).
 * Returns 0, or -1 with errno (ENOSYS: no mseal) and the page unchanged. */
int ways_seal(const struct open_how *page, size_t n);

/* Unmaps a page of n ways that is not sealed; NULL is ignored. */
void ways_free(const struct open_how *page, size_t n);

#endif
