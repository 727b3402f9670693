#ifndef HARNESS_PROGRAM_H
#define HARNESS_PROGRAM_H

/*
 * A started program, whose standard output and error go to files in the scratch
 * folder. Failures fail the test.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PROGRAM_TEXT = 64 * 1024
}; /* bytes of output that program_out returns, with a NUL */

struct program_options {
	const char *path;
	const char *const *args; /* after the name; NULL at the end; or NULL */
	const char *const *env;	 /* "NAME=value" to add; NULL at the end; or
				    NULL */
	const char *cwd;	 /* relative to the scratch folder, or NULL */
	bool with_input;	 /* standard input is a pipe, else empty */
	void (*before)(void);	 /* called in the child before exec, or NULL */
};

/* A program; zeroed before program_start. */
struct program {
	pid_t pid;
	int pid_fd;
	int input;	   /* the writing end of standard input, or -1 */
	long peak;	   /* maximum memory in KiB, after its end */
	char out_name[32]; /* in the scratch folder */
	char err_name[32];
	char out_text[PROGRAM_TEXT];
	char err_text[PROGRAM_TEXT];
};

void program_start(struct program *program,
    const struct program_options *options);

/*
 * Waits for the end of the program. Returns the exit code, or minus the signal
 * that ended it. Fails the test after limit nanoseconds, or if the program
 * printed a sanitizer's report.
 */
int program_wait(struct program *program, int64_t limit);

/* Returns whether the program has ended (and can be waited for). */
bool program_ended(const struct program *program);

void program_signal(const struct program *program, int signal);

/* Returns a field of /proc/PID/status in KiB: "VmRSS:" is the memory now,
 * "VmHWM:" its maximum. */
long program_memory(const struct program *program, const char *what);

/* Sends SIGKILL, waits for the end, and closes all descriptors. */
void program_kill(struct program *program);

/* Write to its standard input, and close that. */
void program_say(struct program *program, const char *text);
void program_hang_up(struct program *program);

/* Return the output so far (its first PROGRAM_TEXT - 1 bytes). */
const char *program_out(struct program *program);
const char *program_err(struct program *program);

/* Wait until the output contains the text. */
void program_await_out(struct program *program, const char *text);
void program_await_err(struct program *program, const char *text);

/* Returns the number of lines of a text; an unfinished one counts. */
unsigned program_lines(const char *text);

/*
 * Returns these settings ("NAME=value", NULL at the end) followed by our
 * environment; the first value of a name counts. The caller frees it. Call it
 * before fork: between fork and exec nothing may be allocated, since another
 * thread may have held the allocator's lock.
 */
char **program_environment(const char *const *first);

#endif
