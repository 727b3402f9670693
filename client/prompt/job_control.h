#ifndef CLIENT_PROMPT_JOB_CONTROL_H
#define CLIENT_PROMPT_JOB_CONTROL_H

/*
 * The signals of a terminal while a line is typed: Ctrl-Z (SIGTSTP), Ctrl-\
 * (SIGQUIT), fg (SIGCONT) and another size (SIGWINCH). They arrive only in
 * job_control_poll, so that the editor is never interrupted in its work. The
 * main thread, while there is no other.
 */

#include <poll.h>
#include <stdbool.h>

struct job_control_events {
	int to_raise; /* SIGTSTP or SIGQUIT, for job_control_raise; or 0 */
	bool resumed; /* the process goes on after a stop */
	bool resized;
};

/* Begin and end to catch the signals. A signal that is ignored stays so. */
void job_control_begin(void);
void job_control_end(void);

/* Waits as poll(2) does, without a time limit; returns -1 with EINTR if one of
 * the signals came. */
int job_control_poll(struct pollfd *fds, nfds_t n);

/* Returns what came since the last call. */
struct job_control_events job_control_take(void);

/* Lets a signal have its usual effect: SIGTSTP stops the process, and the
 * function returns when it goes on; SIGQUIT ends it. */
void job_control_raise(int number);

#endif
