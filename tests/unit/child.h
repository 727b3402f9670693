#ifndef TESTS_UNIT_CHILD_H
#define TESTS_UNIT_CHILD_H

/*
 * Runs code that prints, exits or catches signals in a process of its own, and
 * returns its output and exit code.
 */

enum {
	CHILD_TEXT = 8192, /* bytes of either stream, with the NUL */
	CHILD_ALIVE = 77,  /* exit code of work that returned */
};

struct child {
	int code; /* exit code; -1 if a signal ended it */
	char out[CHILD_TEXT];
	char err[CHILD_TEXT];
};

/* Runs work(argument) in a child process, and waits for its end. */
void child_run(struct child *child, void (*work)(void *argument),
    void *argument);

/* Makes this system call (SYS_...) fail with error in this process from now on.
 * Returns 0, or -1 with errno set if the filter cannot be installed. */
int child_refuse(long call, int error);

#endif
