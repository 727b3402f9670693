/*
 * Refuses to build for 32-bit machines: sizes of files and of memory share
 * types, and times go beyond 2038, so all need 64 bits. The Makefile compiles
 * this file before any other.
 */

#include <sys/types.h>

#include <stddef.h>
#include <time.h>

_Static_assert(sizeof(size_t) == 8 && sizeof(off_t) == 8 && sizeof(time_t) == 8,
    "fileserv and fileget need a 64-bit system: "
    "here size_t, off_t or time_t has 32 bits");
