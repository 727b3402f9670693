#ifndef HARNESS_PROGRAM_H
#define HARNESS_PROGRAM_H

/*
 * A program that was started, its standard output and error caught in files
 * of the scratch folder. Failures are failures of the test.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PROGRAM_TEXT = 64 * 1024
}; /* bytes of output kept for a look */

struct program_options {
	const char *path;
	const char *const *args; /* after the name; NULL at the end, or NULL */
	const char *const *env;	 /* "NAME=value" to add; the same */
	const char *cwd;	 /* relative to the scratch folder, or NULL */
	bool with_input;	 /* standard input is a pipe; else empty */
	void (*before)(void);	 /* in the child before exec, or NULL */
};

/* Zeroed, or started. */
struct program {
	pid_t pid;
	int pid_fd;
	int input;	   /* the writing end of standard input, or -1 */
	long peak;	   /* memory it had at most, KiB; after its end */
	char out_name[32]; /* in the scratch folder */
	char err_name[32];
	char out_text[PROGRAM_TEXT];
	char err_text[PROGRAM_TEXT];
};

void program_start(struct program *program,
    const struct program_options *options);

/*
 * Waits for its end: the exit code, or minus the signal. No end within limit
 * (nanoseconds) fails the test, and so does a sanitizer's report.
 */
int program_wait(struct program *program, int64_t limit);

/* Whether it has ended (and may be waited for). */
bool program_ended(const struct program *program);

void program_signal(const struct program *program, int signal);

/* What /proc says of its memory, in KiB: "VmRSS:" is what it has, "VmHWM:" what
 * it had at most. */
long program_memory(const struct program *program, const char *what);

/* SIGKILL, and waits; closes what was open. */
void program_kill(struct program *program);

/* Writes to its standard input, and ends that. */
void program_say(struct program *program, const char *text);
void program_hang_up(struct program *program);

/* What it has written so far (its first PROGRAM_TEXT - 1 bytes). */
const char *program_out(struct program *program);
const char *program_err(struct program *program);

/* Waits until what it has written contains the text. */
void program_await_out(struct program *program, const char *text);
void program_await_err(struct program *program, const char *text);

/* How many lines a text has; an unfinished one counts. */
unsigned program_lines(const char *text);

/*
 * Our environment behind these settings ("NAME=value", NULL at the end), which
 * therefore count; to be freed. It is made before a fork: between that and
 * exec nothing may be allocated, since other threads may be at it.
 */
char **program_environment(const char *const *first);

#endif
