#ifndef FUZZ_COMMAND_H
#define FUZZ_COMMAND_H

/*
 * Command lines, and what reads them: it may print something and end the
 * program, which it does not do here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	COMMAND_ARGUMENTS = 64, /* with the program's name */
	COMMAND_TEXT = 8192,	/* bytes of all of them */
};

struct command {
	int argc;
	char *argv[COMMAND_ARGUMENTS + 1];
	char text[COMMAND_TEXT];
};

/*
 * Has the arguments of an input, one a line, read by parse. True if it has
 * returned, without a word; otherwise it has said in one line what is wrong,
 * with a hint and exit code 2, or what was asked for, with 0.
 */
bool command_parse(const uint8_t *data, size_t size,
    void (*parse)(int argc, char **argv));

/* Whether a string is one of the arguments, or the end of one. */
bool command_has(const char *text);

#endif
