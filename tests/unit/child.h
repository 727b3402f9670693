#ifndef TESTS_UNIT_CHILD_H
#define TESTS_UNIT_CHILD_H

/*
 * A piece of work in a process of its own, for what prints, exits or catches
 * signals: what it said and how it ended.
 */

enum {
	CHILD_TEXT = 8192, /* bytes of either stream, with the NUL */
	CHILD_ALIVE = 77,  /* the code of work that returned */
};

struct child {
	int code; /* its exit code; -1: a signal has ended it */
	char out[CHILD_TEXT];
	char err[CHILD_TEXT];
};

/* Does the work there, and waits for its end. */
void child_run(struct child *child, void (*work)(void *argument),
    void *argument);

/* From here on this system call (SYS_...) fails in this process. 0, or -1 with
 * errno where there can be no such filter. */
int child_refuse(long call, int error);

#endif
