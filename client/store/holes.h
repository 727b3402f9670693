#ifndef CLIENT_STORE_HOLES_H
#define CLIENT_STORE_HOLES_H

/* Zero bytes of files, and the holes that take their place. Any thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Splits n bytes, which begin at offset in their file, into segments that end
 * at multiples of 64 KiB in the file. Returns the length of the first run of
 * segments of one kind. Sets *is_zero: true if these segments have only zero
 * bytes, false if each has another byte. */
size_t holes_find_run(uint64_t offset, const uint8_t *bytes, size_t n,
    bool *is_zero);

/* Turns n existing bytes of a file into a hole. Returns 0, or -1 if the file
 * system cannot; the bytes are then unchanged. */
int holes_punch(int fd, uint64_t offset, size_t n);

/* Extends a file that ends in a hole to its size. Returns 0, or -1 with errno.
 */
int holes_end_file(int fd, uint64_t size);

#endif
