/*
 * One client that uses everything it can get: other clients must still be
 * served. These are few, connect late, and have another address. The bounds are
 * generous, since many tests may run at the same time.
 */

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/apart.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/watch.h"
#include "tests/harness/wire.h"

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

#define CROWDED_HUGE (UINT64_C(1) << 40) /* bytes of a sparse file */

enum {
	CROWDED_MANY = 100, /* connections */
	CROWDED_NEWCOMERS = 20,
	CROWDED_NAMES = 2000, /* hidden names in one folder */
	CROWDED_BESIDE = 6, /* threads that may run besides those with a turn */
	CROWDED_LEAVING = 64,  /* connections that may be ending */
	CROWDED_HELD = 200000, /* bytes that a socket buffer holds */
	CROWDED_THREADS = 60,  /* limit of the user's threads */
};

/* The address of the newcomers. */
static const struct wire_options other = {.from = "127.0.0.2"};

static void
connect_all(const struct server *server, int *fds, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		fds[i] = wire_connect(server->port);
}

static void
reset_all(const int *fds, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		wire_reset(fds[i]);
}

/* Expects that each newcomer is served, one after the other. */
static void
expect_newcomers(const struct server *server)
{
	unsigned i;
	int fd;

	for (i = 0; i < CROWDED_NEWCOMERS; i++) {
		fd = wire_connect_with(server->port, &other);
		talk_expect_file(fd, "ok");
		close(fd);
	}
}

struct sought {
	const struct server *server;
	unsigned n;
};

static bool
has_descriptors(void *argument)
{
	const struct sought *sought = argument;

	return server_descriptors(sought->server) >= sought->n;
}

/* Waits until the server has at least this many more descriptors open. */
static void
await_descriptors(const struct server *server, unsigned n)
{
	struct sought sought = {server, n};

	ck_assert_msg(wait_until(has_descriptors, &sought, WAIT_LIMIT),
	    "%u descriptors, not %u", server_descriptors(server), n);
}

/* Regression: a connection that waited for a DIGEST turn counted as working, so
 * 42 bytes were enough to hold a place forever. */
START_TEST(waiting_digests_are_evicted)
{
	unsigned i, told = 0, descriptors;
	int fds[CROWDED_MANY];
	struct server server;

	scratch_text("served/ok", "fine");
	scratch_sparse("served/huge", CROWDED_HUGE);
	server_start(&server,
	    OPTIONS("--max-connections", "100", "--max-per-address", "100"));
	descriptors = server_descriptors(&server);
	for (i = 0; i < CROWDED_MANY; i++) {
		fds[i] = wire_connect(server.port);
		talk_ask_range(fds[i], PROTOCOL_OP_DIGEST, 0, "huge", 0,
		    PROTOCOL_TO_END);
	}
	await_descriptors(&server, descriptors + 2 * CROWDED_MANY);
	expect_newcomers(&server);
	/* A connection that was evicted received BUSY. */
	for (i = 0; i < CROWDED_MANY; i++)
		if (wait_ready(fds[i], POLLIN, 0)) {
			ck_assert_int_eq(talk_read_refusal(fds[i]),
			    PROTOCOL_BUSY);
			told++;
		}
	ck_assert_uint_ge(told, 1);
	reset_all(fds, CROWDED_MANY);
	server_stop(&server);
}
END_TEST

/* Requests that keep a processor busy, and how many of them to send. */
static const struct {
	const char *row;
	enum protocol_op op;
	const char *name;
	unsigned times;
} works[] = {
    {"folders of hidden names", PROTOCOL_OP_LIST, "hidden", 40},
    {"long rows of small requests", PROTOCOL_OP_STAT, "missing", 10000},
};

static bool
has_worked(void *argument)
{
	struct watch *watch = argument;

	return watch_sample(watch) == 0 && watch->samples > 1;
}

/* Regression: each of many threads wanted a processor, and all other threads,
 * even the listener's, waited behind them. Threads that begin to wait for a
 * turn or pass one on may run besides those that have one. */
START_TEST(work_takes_turns)
{
	unsigned cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN), i;
	size_t len = 0, times = works[_i].times;
	struct server server;
	struct watch watch = {.server = &server};
	int fds[CROWDED_MANY];
	uint8_t *asked;
	char name[64];

	scratch_mkdir("served/hidden");
	for (i = 0; i < CROWDED_NAMES; i++) {
		snprintf(name, sizeof(name), "served/hidden/.%u", i);
		scratch_text(name, "");
	}
	asked = malloc(times * 64);
	ck_assert_ptr_nonnull(asked);
	for (i = 0; i < times; i++)
		len += talk_encode(asked + len, works[_i].op, works[_i].name);
	server_start(&server, OPTIONS("-q", "--max-per-address", "1000"));
	connect_all(&server, fds, CROWDED_MANY);
	for (i = 0; i < CROWDED_MANY; i++)
		wire_send(fds[i], asked, len);
	ck_assert(wait_until(has_worked, &watch, WAIT_LIMIT));
	ck_assert_msg(watch_median(&watch) <= 2 * cores + CROWDED_BESIDE,
	    "%s: %u threads at work on %u cores, in %u looks", works[_i].row,
	    watch_median(&watch), cores, watch.samples);
	reset_all(fds, CROWDED_MANY);
	free(asked);
	server_stop(&server);
}
END_TEST

/* Opens a connection, requests more than the socket buffers hold, and waits
 * until the reply has begun. The connection then waits for its peer, which does
 * not read. */
static int
cling(const struct server *server)
{
	const struct wire_options slow = {.receive_buffer = 4096};
	int fd = wire_connect_with(server->port, &slow);

	talk_ask(fd, PROTOCOL_OP_GET, "held");
	ck_assert(wait_ready(fd, POLLIN, WAIT_LIMIT));
	return fd;
}

/* Regression: an evicted connection was no longer counted while it ended, and
 * 100 places had 3,826 threads. */
START_TEST(ending_connections_are_bounded)
{
	unsigned threads, i, most = 0;
	int fds[CROWDED_MANY];
	struct server server;

	scratch_text("served/ok", "fine");
	scratch_fill("served/held", CROWDED_HELD, 1);
	server_start(&server,
	    OPTIONS("--max-connections", "10", "--max-per-address", "1000"));
	threads = server_base_threads(&server);
	for (i = 0; i < CROWDED_MANY; i++) {
		fds[i] = cling(&server);
		if (server_threads(&server) > most)
			most = server_threads(&server);
	}
	ck_assert_msg(most <= threads + 10 + CROWDED_LEAVING,
	    "%u threads for 10 places", most);
	/* Newcomers are served meanwhile. */
	expect_newcomers(&server);
	reset_all(fds, CROWDED_MANY);
	server_stop(&server);
}
END_TEST

/* ---- without threads ---------------------------------------------------- */

/* Returns a user id that has no other processes. */
static uid_t
user(void)
{
	return (uid_t)(100000 + getpid() % 100000);
}

static void
become_user(void)
{
	uid_t uid = user();

	if (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)
		_exit(126);
}

static void
become_user_of_few_threads(void)
{
	struct rlimit limit = {CROWDED_THREADS, CROWDED_THREADS};

	if (setrlimit(RLIMIT_NPROC, &limit) != 0)
		_exit(126);
	become_user();
}

/* Starts n processes of the user, which sleep until the test ends. */
static void
use_up(pid_t *pids, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			become_user();
			for (;;)
				pause();
		}
		ck_assert_int_gt(pids[i], 0);
	}
}

static void
end_all(const pid_t *pids, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

/* Processes of the same user besides the server. */
static const unsigned others[] = {0, CROWDED_THREADS / 2};

/* Regression: in a container with fewer threads than places, idle connections
 * were not evicted, and no newcomer was served. */
START_TEST(threads_run_out)
{
	unsigned n = others[_i], i;
	char above[SCRATCH_PATH];
	pid_t pids[CROWDED_THREADS];
	int fds[CROWDED_MANY];
	struct server server;

	if (geteuid() != 0) {
		fputs("threads_run_out: skipped: it needs root\n", stderr);
		return;
	}
	scratch_text("served/ok", "fine");
	ck_assert_int_eq(chmod(scratch_path(above, ".."), 0711), 0);
	server_start_after(&server, OPTIONS("--max-per-address", "1000"),
	    become_user_of_few_threads);
	program_await_err(&server.program, "RLIMIT_NPROC leaves");
	use_up(pids, n);
	for (i = 0; i < CROWDED_MANY; i++) {
		fds[i] = wire_connect(server.port);
		talk_expect_file(fds[i], "ok");
	}
	expect_newcomers(&server);
	reset_all(fds, CROWDED_MANY);
	end_all(pids, n);
	server_stop(&server);
}
END_TEST

/* ---- storage that hangs ------------------------------------------------- */

/* Makes a mount that the test can block. Returns false, with a message, if that
 * is impossible here. */
static bool
mount_hanging(struct program *bindfs)
{
	char from[SCRATCH_PATH], to[SCRATCH_PATH];
	const char *const args[] = {"-f", scratch_path(from, "outside"),
	    scratch_path(to, "served/mounted"), NULL};

	if (geteuid() != 0 || access("/usr/bin/bindfs", X_OK) != 0 ||
	    access("/dev/fuse", R_OK | W_OK) != 0) {
		fputs("hanging storage: skipped: it needs root and bindfs\n",
		    stderr);
		return false;
	}
	scratch_mkdir("served/mounted");
	program_start(bindfs,
	    &(struct program_options){.path = "/usr/bin/bindfs", .args = args});
	return true;
}

static bool
is_mounted(void *argument)
{
	struct stat st;

	(void)argument;
	return fstatat(scratch_fd(), "served/mounted/huge", &st, 0) == 0;
}

static bool
are_served(void *argument)
{
	const struct server *server = argument;

	return talk_status_of(server->port, PROTOCOL_OP_GET, "ok", 2) ==
	    PROTOCOL_OK;
}

/* Regression: on blocked storage, as many DIGESTs as processors stopped all
 * DIGESTs forever, and clients that had gone kept their places. */
START_TEST(storage_hangs)
{
	unsigned n = (unsigned)sysconf(_SC_NPROCESSORS_ONLN) + 4, i,
		 descriptors;
	int fds[CROWDED_MANY], fd;
	struct program bindfs;
	struct server server;
	char places[16];

	scratch_text("served/ok", "fine");
	scratch_fill("served/f", CROWDED_HELD, 1);
	scratch_sparse("outside/huge", CROWDED_HUGE);
	if (!mount_hanging(&bindfs))
		return;
	ck_assert(wait_until(is_mounted, NULL, WAIT_LIMIT));
	ck_assert_uint_lt(n, CROWDED_MANY);
	snprintf(places, sizeof(places), "%u", n);
	server_start(&server,
	    OPTIONS("--max-connections", places, "--max-per-address", "1000",
		"--drain", "1"));
	descriptors = server_descriptors(&server);
	for (i = 0; i + 1 < n; i++) {
		fds[i] = wire_connect(server.port);
		talk_ask_range(fds[i], PROTOCOL_OP_DIGEST, 0, "mounted/huge", 0,
		    PROTOCOL_TO_END);
	}
	await_descriptors(&server, descriptors + 2 * (n - 1));
	program_signal(&bindfs, SIGSTOP);
	/* The turn of a blocked DIGEST is given to another. */
	fd = wire_connect_with(server.port, &other);
	talk_ask_range(fd, PROTOCOL_OP_DIGEST, 0, "f", 0, PROTOCOL_TO_END);
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	/* Blocked connections whose clients have gone free their places: here
	 * they have all of them. */
	fds[n - 1] = wire_connect(server.port);
	talk_ask(fds[n - 1], PROTOCOL_OP_GET, "mounted/huge");
	for (i = 0; i < n; i++)
		close(fds[i]);
	/* A newcomer before the next check for such connections may get BUSY.
	 */
	for (i = 0; i < CROWDED_NEWCOMERS; i++)
		ck_assert(wait_until(are_served, &server, WAIT_LIMIT));
	program_signal(&bindfs, SIGCONT);
	close(fd);
	server_stop(&server);
	program_signal(&bindfs, SIGTERM);
	(void)program_wait(&bindfs, WAIT_LIMIT);
}
END_TEST

Suite *
crowded_suite(void)
{
	Suite *suite = suite_create("crowded");
	TCase *tcase;

	tcase = harness_case(suite, "turns", 120);
	tcase_add_test(tcase, waiting_digests_are_evicted);
	tcase_add_loop_test(tcase, work_takes_turns, 0, HARNESS_ROWS(works));
	tcase = harness_case(suite, "threads", 120);
	tcase_add_test(tcase, ending_connections_are_bounded);
	tcase_add_loop_test(tcase, threads_run_out, 0, HARNESS_ROWS(others));
	tcase = apart_case(suite, "storage", 120);
	tcase_add_test(tcase, storage_hangs);
	return suite;
}
