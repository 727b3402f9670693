#ifndef HARNESS_HERE_H
#define HARNESS_HERE_H

/*
 * Runs fileget and checks its exit code and the contents of the folder "here"
 * afterwards. A failed check fails the test and shows the output of fileget.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/harness/program.h"

/* A list of strings with NULL at its end. */
#define HERE_LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Runs fileget to its end and checks the exit code. what names the run in a
 * failure message. */
void here_get(struct program *client, uint16_t port, int code, const char *what,
    const char *const *args);

/* Waits for the end of a started fileget and checks the exit code. */
void here_expect_exit(struct program *client, int code, const char *what);

/* Starts fileget as client_start does and calls before in the child just before
 * exec. */
void here_start_after(struct program *client, uint16_t port,
    const char *const *args, void (*before)(void));

/* For here_start_after: gives up the capability of root to ignore
 * permissions. */
void here_drop_power(void);

/* Checks that a folder contains exactly these names, in any order. */
void here_expect_names(const char *folder, const char *what,
    const char *const *names);

/* Returns the number of part files in a folder, and sets name to one of them.
 */
unsigned here_find_part(const char *folder, char name[NAME_MAX + 1]);

/* Checks that a text contains no control character (C0, DEL, C1) except the
 * newline. */
void here_expect_harmless(const char *text, const char *what);

#endif
