#ifndef SERVER_SIGNALS_H
#define SERVER_SIGNALS_H

/*
 * The signals that the server takes, as events of a descriptor: SIGTERM and
 * SIGINT ask for a stop, SIGHUP for a reload; SIGALRM only wakes. The main
 * thread opens it before any other thread starts, because all threads must
 * block these signals.
 */

#include <sys/types.h>

#include <stdbool.h>

enum {
	SIGNALS_STANDARD = 3, /* standard input, output and error */
};

struct signals {
	int fd; /* readable while a signal waits; -1: not open */
	/* For telling a terminal that hangs up from a wish to reload. */
	pid_t leader; /* of the session, a shell for example */
	bool
	    terminals[SIGNALS_STANDARD]; /* standard descriptors that are one */
	bool stays; /* SIGHUP was ignored when the program began (nohup) */
};

enum signals_wish {
	SIGNALS_NONE,
	SIGNALS_STOP,
	SIGNALS_RELOAD,
};

/* Blocks SIGTERM, SIGINT, SIGALRM and, with reloads, SIGHUP, whose action
 * otherwise stays as it is. Returns 0, or -1 with errno. */
int signals_open(struct signals *signals, bool reloads);

/*
 * Takes a signal if one waits, and returns what it asks for. SIGHUP asks for a
 * stop if the terminal that the server was started on has hung up and the
 * signal comes from that: from the kernel, or from the leader of the session.
 */
enum signals_wish signals_take(const struct signals *signals);

void signals_close(struct signals *signals);

#endif
