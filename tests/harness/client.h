#ifndef HARNESS_CLIENT_H
#define HARNESS_CLIENT_H

/*
 * Runs of fileget, in the folder "here" of the scratch folder. What it wrote
 * stands in program_out and program_err.
 */

#include <stdint.h>

#include "tests/harness/program.h"

/*
 * "fileget 127.0.0.1 PORT" and these arguments (options may follow operands);
 * NULL at the end. env as in program.h, or NULL.
 */
void client_start(struct program *client, uint16_t port,
    const char *const *args, const char *const *env);

/* The same with standard input a pipe (program_say, program_hang_up). */
void client_start_with_input(struct program *client, uint16_t port,
    const char *const *args, const char *const *env);

/* Just these arguments, no host and port: for command lines. */
void client_start_plain(struct program *client, const char *const *args);

/* Starts, waits, and returns the exit code. */
int client_run(struct program *client, uint16_t port, const char *const *args);

#endif
