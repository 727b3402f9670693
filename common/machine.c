/*
 * The machines that the programs can be built for: sizes of files and memory
 * share types, and times must last beyond 2038, so all have 64 bits. On others
 * the build ends here, before any other file is compiled (Makefile).
 */

#include <sys/types.h>

#include <stddef.h>
#include <time.h>

_Static_assert(sizeof(size_t) == 8 && sizeof(off_t) == 8 && sizeof(time_t) == 8,
    "fileserv and fileget need a 64-bit system: "
    "here size_t, off_t or time_t has 32 bits");
