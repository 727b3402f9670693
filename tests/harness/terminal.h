#ifndef HARNESS_TERMINAL_H
#define HARNESS_TERMINAL_H

/*
 * A fileget whose standard input, output and error are a terminal (pty(7)),
 * and a test that types and looks. Failures are failures
 * of the test.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TERMINAL_TEXT = 256 * 1024
}; /* bytes of output kept */

/* Zeroed, or started. */
struct terminal {
	pid_t pid;
	int pid_fd;
	int fd;	     /* our side */
	size_t len;  /* of text */
	size_t seen; /* what terminal_await has passed */
	char text[TERMINAL_TEXT];
};

/* "fileget 127.0.0.1 PORT" and these arguments (NULL at the end), in "here";
 * env is "NAME=value" to add, or NULL. The terminal has 80 columns, or so
 * many. */
void terminal_start(struct terminal *terminal, uint16_t port,
    const char *const *args, const char *env);
void terminal_start_narrow(struct terminal *terminal, uint16_t port,
    const char *const *args, const char *env, unsigned short columns);

void terminal_type(struct terminal *terminal, const char *keys);

/* Waits until the text appears behind what was awaited before. */
void terminal_await(struct terminal *terminal, const char *text);

/* Waits for a prompt, and that keys go to the line editor and no longer to
 * the terminal's own: it is switched over after the prompt is shown. */
void terminal_await_prompt(struct terminal *terminal, const char *prompt);

/* Reads what there is, and says whether the text has appeared anywhere. */
bool terminal_shows(struct terminal *terminal, const char *text);

/* Waits for its end: the exit code, or minus the signal. */
int terminal_wait(struct terminal *terminal);

#endif
