#ifndef COMMON_BUFFERS_H
#define COMMON_BUFFERS_H

/*
 * Blocks of memory lent to whoever is at work and taken back while they
 * wait, so that an idle connection holds none. Any thread may call these.
 */

#include <stddef.h>

#define BUFFERS_SIZE ((size_t)132 * 1024) /* bytes in one block */

/*
 * Maps n blocks ahead, or as many as the system gives, so that no mapping
 * changes while that many are lent. They cost address space only until they
 * are lent. At most once, before the first block is lent.
 */
void buffers_reserve(unsigned n);

/* A block, its contents undefined; NULL with errno ENOMEM. */
void *buffers_lend(void);

/* Takes back what buffers_lend gave; NULL is allowed. */
void buffers_return(void *block);

/* Gives the spare blocks back to the system; for the end of a program. */
void buffers_trim(void);

#endif
