/*
 * listener: the log when accept(2) has no descriptor. A refusal is logged only
 * if a peer was refused.
 */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <netinet/in.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "server/listener.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

/* Results of accept4(2), call by call. */
enum saying {
	SAYS_ALL, /* end of the list */
	SAYS_TRUTH,
	SAYS_NOBODY,   /* EAGAIN */
	SAYS_NONE,     /* EMFILE */
	SAYS_NONE_NOW, /* EMFILE, after accepting and closing the last peer */
};

static const struct exhausted {
	const char *name;
	enum saying sayings[4];
	const char *said; /* line of the log; NULL: none */
} exhausted[] = {
    {"refused with the spare one", {SAYS_NONE, SAYS_TRUTH, SAYS_NOBODY},
	"1 connection refused: Too many open files\n"},
    {"the spare one is taken by another", {SAYS_NONE, SAYS_NONE},
	"no connection is accepted for a moment: Too many open files\n"},
    {"gone by itself meanwhile", {SAYS_NONE, SAYS_NOBODY}, NULL},
    {"nobody is there", {SAYS_NONE_NOW}, NULL},
};

static const enum saying *sayings; /* next ones; NULL: the truth */

static int
fails_with(int code)
{
	errno = code;
	return -1;
}

static int
accept_truly(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	return (int)syscall(SYS_accept4, fd, address, len, flags);
}

/* Replaces the C library's function. Stops the listener with the last saying.
 */
int
accept4(int fd, __SOCKADDR_ARG address, socklen_t *len, int flags)
{
	enum saying saying = sayings == NULL ? SAYS_TRUTH : *sayings;

	if (sayings != NULL && saying != SAYS_ALL && *++sayings == SAYS_ALL)
		raise(SIGTERM);
	if (saying == SAYS_NONE_NOW)
		close(accept_truly(fd, address.__sockaddr__, len, flags));
	if (saying == SAYS_NONE || saying == SAYS_NONE_NOW)
		return fails_with(EMFILE);
	if (saying != SAYS_TRUTH)
		return fails_with(EAGAIN);
	return accept_truly(fd, address.__sockaddr__, len, flags);
}

/* Connects to a listening socket. */
static void
join(int listening)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	int peer = socket(AF_INET, SOCK_STREAM, 0);

	if (getsockname(listening, (struct sockaddr *)&address, &len) != 0 ||
	    connect(peer, (struct sockaddr *)&address, len) != 0)
		_exit(1);
}

/* Runs a listener, for which one peer waits, until the list ends. */
static void
listen_exhausted(void *argument)
{
	struct server_options options = {.addresses = {{.host = "127.0.0.1"}},
	    .n_addresses = 1,
	    .timeout = UNIT_TIMEOUT};
	static struct session_shared shared;
	struct workers_plan plan = {.max = 1, .per_address = 1, .prefix = 64};
	struct workers *workers = workers_new(&shared, &plan);
	char error[NET_ERROR];
	struct listen_sockets sockets;
	struct listener *listener;

	if (workers == NULL ||
	    listen_sockets_open(&sockets, &options, error) != 0)
		_exit(1);
	listener = listener_new(&sockets, false);
	if (listener == NULL)
		_exit(1);
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	join(sockets.fds[0]);
	sayings = ((const struct exhausted *)argument)->sayings;
	listener_run(listener, workers, &shared.verbs.presence, NULL, NULL);
	listener_free(listener);
	listen_sockets_close(&sockets);
	(void)workers_free(workers);
}

/* Regression: when a worker took the spare descriptor, a refusal was logged,
 * although the peer went on waiting. */
START_TEST(test_exhausted)
{
	struct exhausted row = exhausted[_i];
	struct child child;

	child_run(&child, listen_exhausted, &row);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	if (row.said == NULL)
		ck_assert_msg(child.err[0] == '\0', "%s: %s", row.name,
		    child.err);
	else
		ck_assert_msg(strstr(child.err, row.said) != NULL &&
			strchr(child.err, '\n')[1] == '\0',
		    "%s: %s", row.name, child.err);
}
END_TEST

Suite *
listener_suite(void)
{
	Suite *suite = suite_create("listener");
	TCase *tcase = unit_case(suite, "listener");

	tcase_add_loop_test(tcase, test_exhausted, 0,
	    (int)UNIT_ROWS(exhausted));
	return suite;
}
