#ifndef HARNESS_TERMINAL_H
#define HARNESS_TERMINAL_H

/*
 * A fileget on a pseudo-terminal (pty(7)), on which the test types and reads:
 * all bytes that were written, or what stands on the screen. Failures fail the
 * test.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/harness/screen.h"

enum {
	TERMINAL_TEXT = 256 * 1024
}; /* bytes of saved output */

/* A terminal; zeroed before terminal_start. */
struct terminal {
	pid_t pid;
	int pid_fd;
	int fd;	     /* the master side */
	size_t len;  /* bytes of text */
	size_t seen; /* bytes of text that terminal_await has passed */
	char text[TERMINAL_TEXT];
	struct screen screen;
};

/* Start "fileget 127.0.0.1 PORT" with these arguments (NULL at the end) in
 * "here", on a terminal with 80 columns or with this number. env is
 * "NAME=value" to add, or NULL. */
void terminal_start(struct terminal *terminal, uint16_t port,
    const char *const *args, const char *env);
void terminal_start_narrow(struct terminal *terminal, uint16_t port,
    const char *const *args, const char *env, unsigned short columns);

/* Starts it on a terminal of this kind and size. */
void terminal_start_sized(struct terminal *terminal, uint16_t port,
    const char *const *args, const char *env, enum screen_kind kind,
    unsigned short rows, unsigned short columns);

/* Starts it with a list of servers, each with its port. */
void terminal_start_list(struct terminal *terminal, const char *list,
    const char *const *args, const char *env);

/* Gives the terminal another size; fileget gets SIGWINCH. */
void terminal_resize(struct terminal *terminal, unsigned short rows,
    unsigned short columns);

void terminal_type(struct terminal *terminal, const char *keys);

/* Waits until the text appears after the text awaited last. */
void terminal_await(struct terminal *terminal, const char *text);

/* Waits for a prompt, and until the line editor has switched the terminal to
 * its own mode, which it does after showing the prompt. */
void terminal_await_prompt(struct terminal *terminal, const char *prompt);

/* Reads the available output. Returns whether all output contains the text. */
bool terminal_shows(struct terminal *terminal, const char *text);

/* Waits until a row of the screen contains the text, and no other row does.
 * Returns the row; screen_row(&terminal->screen) reads it. */
unsigned terminal_await_row(struct terminal *terminal, const char *text);

/* Reads the available output, so that the screen shows it. */
void terminal_look(struct terminal *terminal);

/* Waits for the end. Returns the exit code, or minus the signal. */
int terminal_wait(struct terminal *terminal);

#endif
