#ifndef FUZZ_COMMAND_H
#define FUZZ_COMMAND_H

/* Runs a parser of command lines, which may print and call exit(3). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	COMMAND_ARGUMENTS = 64, /* including the program's name */
	COMMAND_TEXT = 8192,	/* bytes of all arguments */
};

struct command {
	int argc;
	char *argv[COMMAND_ARGUMENTS + 1];
	char text[COMMAND_TEXT];
};

/*
 * Lets parse read the arguments of an input, one a line. Returns true if parse
 * returned without output. Returns false if it called exit: with 2 after one
 * line of error and a hint, or with 0 after --help or --version.
 */
bool command_parse(const uint8_t *data, size_t size,
    void (*parse)(int argc, char **argv));

/* Returns whether a string is one of the arguments, or the end of one. */
bool command_has(const char *text);

#endif
