/* The signal handler sets a flag and writes a byte to a pipe, both safe there.
 * SA_RESTART is not set, so that a write to a full pipe returns. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "client/ui/interrupt.h"
#include "common/clock.h"

#define INTERRUPT_LOOK (20 * CLOCK_MS) /* where poll(2) itself fails */

/* Lock-free, so safe in a handler. */
static atomic_bool pending;
static atomic_bool must_end; /* by another signal than SIGINT */
static int pipe_fds[2] = {-1, -1};

static void
handle(int number)
{
	int saved = errno;

	if (number != SIGINT)
		atomic_store(&must_end, true);
	atomic_store(&pending, true);
	/* A full pipe is readable, too. */
	(void)!write(pipe_fds[1], "", 1);
	errno = saved;
}

/* Catches the next signal of this number; the one after it has its default
 * action. Returns 0, or -1 with errno. */
static int
catch_next(int number)
{
	struct sigaction action = {.sa_handler = handle,
	    .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	return sigaction(number, &action, NULL);
}

int
interrupt_open(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction before;
	size_t i;

	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (sigaction(signals[i], NULL, &before) != 0)
			return -1;
		/* nohup, or a shell for a background job, ignores it. */
		if (before.sa_handler != SIG_IGN && catch_next(signals[i]) != 0)
			return -1;
	}
	return 0;
}

bool
interrupt_forget(void)
{
	char bytes[16];

	if (!atomic_load(&pending))
		return true;
	if (atomic_load(&must_end))
		return false;
	atomic_store(&pending, false);
	while (read(pipe_fds[0], bytes, sizeof(bytes)) > 0)
		continue;
	/* Another signal may have come in between. */
	if (atomic_load(&must_end)) {
		handle(SIGTERM);
		return false;
	}
	return catch_next(SIGINT) == 0;
}

bool
interrupt_pending(void)
{
	return atomic_load(&pending);
}

int
interrupt_check(void)
{
	if (!interrupt_pending())
		return 0;
	errno = ECANCELED;
	return -1;
}

int
interrupt_fd(void)
{
	return pipe_fds[0];
}

bool
interrupt_wait(int64_t time)
{
	struct pollfd fd = {.fd = pipe_fds[0], .events = POLLIN};
	int64_t deadline = clock_now() + time;

	while (!interrupt_pending() && clock_now() < deadline)
		if (poll(&fd, 1, clock_poll_timeout(deadline)) < 0 &&
		    errno != EINTR)
			clock_sleep(INTERRUPT_LOOK);
	return !interrupt_pending();
}
