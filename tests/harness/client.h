#ifndef HARNESS_CLIENT_H
#define HARNESS_CLIENT_H

/*
 * Runs fileget in the folder "here" of the scratch folder. program_out and
 * program_err return its output.
 */

#include <stdint.h>

#include "tests/harness/program.h"

/*
 * Starts "fileget 127.0.0.1 PORT" with these arguments (NULL at the end);
 * options may follow operands. env is a list of "NAME=value" to add, or NULL.
 */
void client_start(struct program *client, uint16_t port,
    const char *const *args, const char *const *env);

/* Starts fileget as client_start does, with a pipe as standard input
 * (program_say, program_hang_up). */
void client_start_with_input(struct program *client, uint16_t port,
    const char *const *args, const char *const *env);

/* Starts fileget with these arguments only, without host and port. */
void client_start_plain(struct program *client, const char *const *args);

/* Starts fileget, waits for its end and returns the exit code. */
int client_run(struct program *client, uint16_t port, const char *const *args);

#endif
