#ifndef CLIENT_STORE_HOLES_H
#define CLIENT_STORE_HOLES_H

/* Zero bytes of files, and the holes that take their place. Any thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Splits n bytes, from offset on in their file, into segments that end at
 * multiples of 64 KiB of the file. Returns the length of the longest run of
 * segments at the beginning that have zero bytes alone (*is_zero is set to
 * true), or each another byte too (false). */
size_t holes_find_run(uint64_t offset, const uint8_t *bytes, size_t n,
    bool *is_zero);

/* Makes n bytes of a file, which has them, a hole. Returns 0, or -1 where the
 * file system cannot; the bytes are then unchanged. */
int holes_punch(int fd, uint64_t offset, size_t n);

/* Gives a file that ends in a hole its size. Returns 0, or -1 with errno. */
int holes_end_file(int fd, uint64_t size);

#endif
