/* The handler sets flags. The signals are blocked except in ppoll(2). */

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "client/prompt/job_control.h"

enum {
	JOB_CONTROL_SIGNALS = 4,
};

static const int signals[JOB_CONTROL_SIGNALS] = {SIGTSTP, SIGQUIT, SIGCONT,
    SIGWINCH};

static volatile sig_atomic_t has_come[JOB_CONTROL_SIGNALS];
static struct sigaction before[JOB_CONTROL_SIGNALS];
static sigset_t usual_mask;

static void
note_signal(int number)
{
	size_t i;

	for (i = 0; i < JOB_CONTROL_SIGNALS; i++)
		if (signals[i] == number)
			has_come[i] = 1;
}

static void
catch_signal(size_t i)
{
	struct sigaction action = {.sa_handler = note_signal};

	sigemptyset(&action.sa_mask);
	if (sigaction(signals[i], NULL, &before[i]) == 0 &&
	    before[i].sa_handler != SIG_IGN)
		(void)sigaction(signals[i], &action, NULL);
}

void
job_control_begin(void)
{
	sigset_t blocked;
	size_t i;

	sigemptyset(&blocked);
	for (i = 0; i < JOB_CONTROL_SIGNALS; i++) {
		sigaddset(&blocked, signals[i]);
		has_come[i] = 0;
		catch_signal(i);
	}
	(void)sigprocmask(SIG_BLOCK, &blocked, &usual_mask);
}

void
job_control_end(void)
{
	size_t i;

	for (i = 0; i < JOB_CONTROL_SIGNALS; i++)
		(void)sigaction(signals[i], &before[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &usual_mask, NULL);
}

int
job_control_poll(struct pollfd *fds, nfds_t n)
{
	return ppoll(fds, n, NULL, &usual_mask);
}

struct job_control_events
job_control_take(void)
{
	const struct job_control_events events = {
	    .to_raise = has_come[0] != 0 ? signals[0] :
		has_come[1] != 0	 ? signals[1] :
					   0,
	    .resumed = has_come[2] != 0,
	    .resized = has_come[3] != 0,
	};
	size_t i;

	for (i = 0; i < JOB_CONTROL_SIGNALS; i++)
		has_come[i] = 0;
	return events;
}

void
job_control_raise(int number)
{
	size_t i = number == signals[0] ? 0 : 1;
	sigset_t mask;

	(void)sigaction(number, &before[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &usual_mask, &mask);
	/* The process stops, or ends, in this call. */
	(void)kill(getpid(), number);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	catch_signal(i);
	/* The handler of SIGCONT has run, or the process did not stop. */
	(void)job_control_take();
}
