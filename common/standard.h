#ifndef COMMON_STANDARD_H
#define COMMON_STANDARD_H

#include <stddef.h>
#include <stdio.h>

/*
 * Sees to it that descriptors 0, 1 and 2 are taken, so that no socket or file
 * ever gets one of them, and what is meant for a person: one that is closed
 * reads as empty, and cannot be written. Before anything else is opened.
 */
void standard_open(void);

/*
 * The stream that prints to standard output: stdout, or the one that
 * standard_use has named. (stdout itself cannot be set in every C library.)
 */
FILE *standard_stream(void);

/* Before anything was printed. The stream stays open to the end. */
void standard_use(FILE *stream);

/*
 * After printing to standard_stream: keeps errno if that has failed, so that
 * standard_end can say why. By one thread at a time.
 */
void standard_note(void);

/*
 * At the end of the program: sees to it that all that was written to standard
 * output has arrived, which some file systems say only when it is closed, and
 * closes it. 0, or -1 with errno, that of the first failure.
 */
int standard_end(void);

/* Writes all n bytes to standard output, past stdio: 0, or -1 with errno. */
int standard_print(const char *bytes, size_t n);

#endif
