/*
 * The linker sends calls of exit(3) here (ld(1), --wrap), and a longjmp(3)
 * returns to the caller instead of ending the program.
 */

#include <getopt.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/command.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/said.h"

void __real_exit(int code) __attribute__((noreturn));
void __wrap_exit(int code) __attribute__((noreturn));

static struct command command;
static bool catches;
static int ended_with; /* exit code; -1 if exit was not called */
static jmp_buf back;

void
__wrap_exit(int code)
{
	if (!catches)
		__real_exit(code);
	ended_with = code;
	longjmp(back, 1);
}

static void
pieces(const uint8_t *data, size_t size)
{
	char *at = command.text, *end;

	if (size > sizeof(command.text) - 1)
		size = sizeof(command.text) - 1;
	if (size > 0)
		memcpy(command.text, data, size);
	command.text[size] = '\0';
	command.argv[0] = (char *)(uintptr_t) "program";
	for (command.argc = 1; command.argc < COMMAND_ARGUMENTS;
	     command.argc++) {
		if (at == command.text + size)
			break;
		command.argv[command.argc] = at;
		end = memchr(at, '\n', (size_t)(command.text + size - at));
		if (end == NULL)
			end = command.text + size;
		else
			*end++ = '\0';
		at = end;
	}
	command.argv[command.argc] = NULL;
}

/* Checks an exit: with an error message, or after --help or --version. */
static void
check_end(const struct said *out, const struct said *err)
{
	static const char hint[] = "try 'file";
	const char *line = memchr(err->text, '\n', err->len);

	if (ended_with == 0) {
		FUZZ_REQUIRE(out->len > 0 && err->len == 0);
		return;
	}
	FUZZ_REQUIRE(ended_with == 2 && out->len == 0 && line != NULL);
	line++;
	FUZZ_REQUIRE(err->text[err->len - 1] == '\n');
	FUZZ_REQUIRE(
	    memchr(line, '\n', err->len - (size_t)(line - err->text)) ==
	    err->text + err->len - 1);
	FUZZ_REQUIRE(strncmp(line, hint, sizeof(hint) - 1) == 0);
}

bool
command_parse(const uint8_t *data, size_t size,
    void (*parse)(int argc, char **argv))
{
	struct said out, err;

	/* No config file of the developer takes part. */
	unsetenv("HOME");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("FILEGET_OPTIONS");
	pieces(data, size);
	/* Resets getopt_long(3). */
	optind = 0;
	ended_with = -1;
	said_begin();
	catches = true;
	if (setjmp(back) == 0)
		parse(command.argc, command.argv);
	catches = false;
	said_end(&out, &err);
	if (ended_with >= 0) {
		check_end(&out, &err);
		return false;
	}
	FUZZ_REQUIRE(out.len == 0 && err.len == 0);
	return true;
}

bool
command_has(const char *text)
{
	return text >= command.text &&
	    text < command.text + sizeof(command.text);
}
