/*
 * What the listening sockets are told, which those accepted from them inherit,
 * and what is logged when there is no descriptor to accept with: a refusal
 * only where there was somebody, and he was refused.
 */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "server/listener.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	DESCRIPTORS = 256, /* looked at */
	NAME = 16,	   /* bytes of a congestion control's */
};

/* Its congestion control, if this is a listening socket. */
static bool
congestion(int fd, char name[NAME])
{
	int listens = 0;
	socklen_t len = sizeof(listens), name_len = NAME - 1;

	memset(name, 0, NAME);
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
	    listens != 0 &&
	    getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &name_len) == 0;
}

/* Listens on an address (NULL: all) and expects this of each socket. */
static void
expect(const char *address, const char *expected)
{
	struct server_options options = {.n_addresses = address != NULL,
	    .timeout = UNIT_TIMEOUT};
	char error[NET_ERROR], name[NAME];
	struct listener *listener;
	int fd, n = 0;

	strlcpy(options.addresses[0].host, address == NULL ? "" : address,
	    ENDPOINT_HOST);
	listener = listener_new(&options, error);
	ck_assert_msg(listener != NULL, "%s", error);
	for (fd = 0; fd < DESCRIPTORS; fd++)
		if (congestion(fd, name)) {
			ck_assert_str_eq(name, expected);
			n++;
		}
	ck_assert_int_ge(n, 1);
	listener_free(listener);
}

/* Where it may be reached from elsewhere, the system's stays as it is. */
START_TEST(test_congestion)
{
	char usual[NAME] = "";
	socklen_t len = sizeof(usual) - 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, usual,
			     &len),
	    0);
	close(fd);
	expect("127.0.0.1", "reno");
	expect("127.3.2.1", "reno");
	expect("0.0.0.0", usual);
	expect(NULL, usual);
}
END_TEST

/* What accept4(2) is to say, call by call. */
enum saying {
	SAYS_ALL, /* of them have been said */
	SAYS_TRUTH,
	SAYS_NOBODY,   /* is there: EAGAIN */
	SAYS_NONE,     /* is left: EMFILE */
	SAYS_NONE_NOW, /* the same, for it was needed for the last peer */
};

static const struct exhausted {
	const char *name;
	enum saying sayings[4];
	const char *said; /* by the log; NULL: nothing */
} exhausted[] = {
    {"refused with the spare one", {SAYS_NONE, SAYS_TRUTH, SAYS_NOBODY},
	"1 connection refused: Too many open files\n"},
    {"the spare one is taken by another", {SAYS_NONE, SAYS_NONE},
	"no connection is accepted for a moment: Too many open files\n"},
    {"gone by itself meanwhile", {SAYS_NONE, SAYS_NOBODY}, NULL},
    {"nobody is there", {SAYS_NONE_NOW}, NULL},
};

static const enum saying *sayings; /* those to come; NULL: the truth */

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

/* In place of the C library's. With the last saying the listener is asked to
 * stop. */
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

/* Somebody connects to the only listening socket there is. */
static void
join(void)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	char name[NAME];
	int fd = 0, peer = socket(AF_INET, SOCK_STREAM, 0);

	while (fd < DESCRIPTORS && !congestion(fd, name))
		fd++;
	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
	    connect(peer, (struct sockaddr *)&address, len) != 0)
		_exit(1);
}

/* Listens with one peer there, until the sayings are all said. */
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
	struct listener *listener = listener_new(&options, error);

	if (workers == NULL)
		_exit(1);
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	join();
	sayings = ((const struct exhausted *)argument)->sayings;
	listener_run(listener, workers, NULL);
	listener_free(listener);
	(void)workers_free(workers);
}

/* Regression: when a worker took the spare descriptor, a refusal was logged,
 * though whoever was there went on waiting. */
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

	tcase_add_test(tcase, test_congestion);
	tcase_add_loop_test(tcase, test_exhausted, 0,
	    (int)UNIT_ROWS(exhausted));
	return suite;
}
