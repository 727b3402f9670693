#ifndef HARNESS_HERE_H
#define HARNESS_HERE_H

/*
 * Runs of fileget that must end with a certain exit code, and what stands in
 * the folder "here" afterwards. Failures are failures of the test, and show
 * what fileget has said.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/harness/program.h"

/* A list of strings, as program.h wants it. */
#define HERE_LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Runs it to its end. what names the run in a failure. */
void here_get(struct program *client, uint16_t port, int code, const char *what,
    const char *const *args);

/* Waits for one that was started. */
void here_expect_exit(struct program *client, int code, const char *what);

/* As client_start; before is called in the child just before exec. */
void here_start_after(struct program *client, uint16_t port,
    const char *const *args, void (*before)(void));

/* For that: without root's power over permissions, which a test that is run
 * by root would otherwise have. */
void here_drop_power(void);

/* That a folder holds these names, in any order, and nothing else. */
void here_expect_names(const char *folder, const char *what,
    const char *const *names);

/* How many part files a folder holds, and the name of one of them. */
unsigned here_find_part(const char *folder, char name[NAME_MAX + 1]);

/* That a text shows no control character but the newline, nor DEL or C1. */
void here_expect_harmless(const char *text, const char *what);

#endif
