/*
 * Signals by signalfd(2): no handler runs, and the listener waits for signals
 * and connections in one poll(2).
 */

#include <sys/signalfd.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "server/signals.h"

/* Finds out how a hang-up of the terminal would show. */
static void
look_at_terminal(struct signals *signals)
{
	struct sigaction action;
	int i;

	for (i = 0; i < SIGNALS_STANDARD; i++)
		signals->terminals[i] = isatty(i) == 1;
	signals->leader = getsid(0);
	signals->stays = sigaction(SIGHUP, NULL, &action) == 0 &&
	    action.sa_handler == SIG_IGN;
}

int
signals_open(struct signals *signals, bool reloads)
{
	sigset_t set;

	look_at_terminal(signals);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGALRM);
	if (reloads)
		sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return signals->fd < 0 ? -1 : 0;
}

/* Returns whether a standard descriptor is a terminal that is gone. */
static bool
terminal_is_gone(const struct signals *signals)
{
	struct pollfd fds[SIGNALS_STANDARD];
	int i;

	for (i = 0; i < SIGNALS_STANDARD; i++)
		fds[i] = (struct pollfd){.fd = signals->terminals[i] ? i : -1};
	return poll(fds, SIGNALS_STANDARD, 0) > 0 &&
	    ((fds[0].revents | fds[1].revents | fds[2].revents) & POLLHUP) != 0;
}

/* Returns whether a SIGHUP tells that the terminal has hung up. A shell passes
 * the kernel's signal on to the programs that it has started. */
static bool
is_hang_up(const struct signals *signals, const struct signalfd_siginfo *info)
{
	return !signals->stays &&
	    (info->ssi_code == SI_KERNEL ||
		(pid_t)info->ssi_pid == signals->leader) &&
	    terminal_is_gone(signals);
}

enum signals_wish
signals_take(const struct signals *signals)
{
	struct signalfd_siginfo info;

	if (read(signals->fd, &info, sizeof(info)) <= 0)
		return SIGNALS_NONE;
	if (info.ssi_signo == SIGALRM)
		return SIGNALS_NONE;
	return info.ssi_signo == SIGHUP && !is_hang_up(signals, &info) ?
	    SIGNALS_RELOAD :
	    SIGNALS_STOP;
}

void
signals_close(struct signals *signals)
{
	if (signals->fd >= 0)
		close(signals->fd);
	signals->fd = -1;
}
