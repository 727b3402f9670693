#ifndef COMMON_BUFFERS_H
#define COMMON_BUFFERS_H

/* Blocks of memory, lent to a thread while it works and returned before it
 * waits: an idle connection holds none. Any thread may call these. */

#include <stddef.h>

#define BUFFERS_SIZE ((size_t)132 * 1024) /* bytes in one block */

/*
 * Maps n blocks ahead, or fewer if the system gives fewer, so that lending that
 * many changes no mapping. A block that was never lent costs address space
 * only. To be called at most once, before the first block is lent.
 */
void buffers_reserve(unsigned n);

/* Returns a block of undefined contents, aligned to 64 bytes; the caller gives
 * it to buffers_return. Returns NULL with errno ENOMEM if memory is short. */
void *buffers_lend(void);

/* Takes a block of buffers_lend back; ignores NULL. */
void buffers_return(void *block);

/* Gives the memory of all unused blocks back to the system. */
void buffers_trim(void);

#endif
