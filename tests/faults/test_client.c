/*
 * Makes one call after another fail in a fileget, in each scenario. It must end
 * with the exit code of the cause, or with 0 and all files; a signal or a short
 * transfer alone is no reason to fail.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/failure.h"
#include "tests/faults/fault.h"
#include "tests/faults/scenario.h"
#include "tests/faults/suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/wait.h"

enum {
	ONCE = 1 << FAULTS_ONCE,
	ON = 1 << FAULTS_ON,
	ALTERNATELY = 1 << FAULTS_ALTERNATELY,
	MODES = 3,

	/* Exit codes as bits. */
	FINE = 1 << EXIT_OK,
	USAGE = 1 << EXIT_USAGE,
	CONNECT = 1 << EXIT_CONNECT,
	LOST = 1 << EXIT_STALLED,
	LOCAL = 1 << EXIT_LOCAL,
	/* The config file, --reuse's, or known hosts cannot be read. */
	UNREAD = USAGE | 1 << EXIT_UNTRUSTED,
};

static const struct row {
	enum faults_call call;
	int error;
	unsigned modes;
	unsigned codes;
} rows[] = {
    {FAULTS_ALIGNED_ALLOC, ENOMEM, ONCE | ON, LOCAL},
    {FAULTS_CALLOC, ENOMEM, ONCE | ON, FINE | LOCAL},
    {FAULTS_CLOSE, EDQUOT, ONCE | ON, FINE | LOCAL},
    {FAULTS_CLOSE, EINTR, ONCE | ON, FINE},
    {FAULTS_CLOSE, EIO, ONCE | ON, FINE | LOCAL},
    {FAULTS_CLOSE, ENOSPC, ONCE | ON, FINE | LOCAL},
    {FAULTS_CONNECT, ECONNREFUSED, ONCE | ON, CONNECT},
    {FAULTS_CONNECT, ENETUNREACH, ONCE | ON, CONNECT},
    {FAULTS_CONNECT, EADDRNOTAVAIL, ONCE | ON, CONNECT},
    {FAULTS_COPY_FILE_RANGE, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_COPY_FILE_RANGE, EIO, ONCE | ON, FINE},
    {FAULTS_COPY_FILE_RANGE, ENOSPC, ONCE | ON, FINE},
    {FAULTS_COPY_FILE_RANGE, EXDEV, ONCE | ON, FINE},
    {FAULTS_COPY_FILE_RANGE, FAULTS_SHORT, ONCE | ON, FINE},
    {FAULTS_DUP, EMFILE, ONCE | ON, LOCAL},
    {FAULTS_FCHMOD, EIO, ONCE | ON, FINE},
    {FAULTS_FCNTL, EINVAL, ONCE | ON, FINE},
    {FAULTS_FDOPENDIR, ENOMEM, ONCE | ON, FINE | LOCAL},
    {FAULTS_FGETXATTR, EIO, ONCE | ON, FINE},
    {FAULTS_FLOCK, ENOLCK, ONCE | ON, FINE},
    {FAULTS_FOPEN, EMFILE, ONCE | ON, USAGE},
    {FAULTS_FSTAT, EIO, ONCE | ON, FINE | LOCAL | UNREAD},
    {FAULTS_FSTAT, ENOMEM, ONCE | ON, FINE | LOCAL | UNREAD},
    {FAULTS_FSTATAT, EIO, ONCE | ON, FINE | LOCAL},
    {FAULTS_FSTATAT, ENOMEM, ONCE | ON, FINE | LOCAL},
    {FAULTS_FSTATFS, EIO, ONCE | ON, FINE},
    {FAULTS_FSTATVFS, EIO, ONCE | ON, FINE},
    {FAULTS_FSYNC, EDQUOT, ONCE | ON, LOCAL},
    {FAULTS_FSYNC, EIO, ONCE | ON, LOCAL},
    {FAULTS_FSYNC, ENOSPC, ONCE | ON, LOCAL},
    {FAULTS_FTRUNCATE, EIO, ONCE | ON, LOCAL},
    {FAULTS_FTRUNCATE, ENOSPC, ONCE | ON, LOCAL},
    {FAULTS_FUTIMENS, EIO, ONCE | ON, FINE},
    {FAULTS_GETSOCKOPT, ENOBUFS, ONCE | ON, CONNECT},
    {FAULTS_LINKAT, EDQUOT, ONCE | ON, FINE},
    {FAULTS_LINKAT, EIO, ONCE | ON, FINE},
    {FAULTS_LINKAT, ENOSPC, ONCE | ON, FINE},
    {FAULTS_LSEEK, EIO, ONCE | ON, FINE | LOCAL},
    {FAULTS_MALLOC, ENOMEM, ONCE | ON, FINE | USAGE | CONNECT | LOCAL},
    {FAULTS_MKDIRAT, EDQUOT, ONCE | ON, LOCAL},
    {FAULTS_MKDIRAT, ENOSPC, ONCE | ON, LOCAL},
    {FAULTS_MMAP, ENOMEM, ONCE | ON, LOCAL},
    {FAULTS_OPEN, EMFILE, ONCE | ON, FINE | LOCAL | UNREAD},
    {FAULTS_OPEN, ENOMEM, ONCE | ON, FINE | LOCAL | UNREAD},
    {FAULTS_OPENAT, EDQUOT, ONCE | ON, FINE | LOCAL},
    {FAULTS_OPENAT, EIO, ONCE | ON, FINE | LOCAL},
    {FAULTS_OPENAT, EMFILE, ONCE | ON, FINE | LOCAL},
    {FAULTS_OPENAT, ENFILE, ONCE | ON, FINE | LOCAL},
    {FAULTS_OPENAT, ENOMEM, ONCE | ON, FINE | LOCAL},
    {FAULTS_OPENAT, ENOSPC, ONCE | ON, FINE | LOCAL},
    {FAULTS_OPENAT2, EAGAIN, ONCE | ALTERNATELY, FINE},
    {FAULTS_OPENAT2, EAGAIN, ON, FINE | LOCAL},
    {FAULTS_OPENAT2, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_OPENAT2, EIO, ONCE | ON, FINE | LOCAL},
    {FAULTS_OPENAT2, EMFILE, ONCE | ON, FINE | LOCAL},
    {FAULTS_OPENAT2, ENFILE, ONCE | ON, FINE | LOCAL},
    {FAULTS_OPENAT2, ENOMEM, ONCE | ON, FINE | LOCAL},
    {FAULTS_PIPE2, EMFILE, ONCE | ON, LOCAL},
    {FAULTS_PIPE2, ENFILE, ONCE | ON, LOCAL},
    {FAULTS_POLL, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_POLL, ENOMEM, ONCE | ON, FINE | CONNECT | LOST},
    {FAULTS_PREAD, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_PREAD, EIO, ONCE | ON, FINE | LOCAL},
    {FAULTS_PREAD, FAULTS_SHORT, ONCE | ON, FINE},
    {FAULTS_PTHREAD_CREATE, EAGAIN, ONCE | ON, FINE},
    {FAULTS_PWRITE, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_PWRITE, EIO, ONCE | ON, LOCAL},
    {FAULTS_PWRITE, ENOSPC, ONCE | ON, LOCAL},
    {FAULTS_PWRITE, FAULTS_SHORT, ONCE | ON, FINE},
    {FAULTS_READDIR, EIO, ONCE | ON, FINE | LOCAL},
    {FAULTS_REALLOC, ENOMEM, ONCE | ON, FINE | CONNECT | LOCAL},
    {FAULTS_RECV, EAGAIN, ONCE | ALTERNATELY, FINE},
    {FAULTS_RECV, ECONNRESET, ONCE | ON, FINE | LOST},
    {FAULTS_RECV, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_RECV, ENOMEM, ONCE | ON, FINE | LOST},
    {FAULTS_RECV, ETIMEDOUT, ONCE | ON, FINE | LOST},
    {FAULTS_RECV, FAULTS_SHORT, ONCE | ON, FINE},
    {FAULTS_RENAMEAT, EDQUOT, ONCE | ON, LOCAL},
    {FAULTS_RENAMEAT, EIO, ONCE | ON, LOCAL},
    {FAULTS_RENAMEAT, ENOSPC, ONCE | ON, LOCAL},
    {FAULTS_RENAMEAT2, EINVAL, ONCE | ON, FINE},
    {FAULTS_RENAMEAT2, EIO, ONCE | ON, FINE},
    {FAULTS_RENAMEAT2, ENOSPC, ONCE | ON, FINE},
    {FAULTS_SEND, EAGAIN, ONCE | ALTERNATELY, FINE},
    {FAULTS_SEND, ECONNRESET, ONCE | ON, FINE | LOST},
    {FAULTS_SEND, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_SEND, ENOBUFS, ONCE | ON, FINE | LOST},
    {FAULTS_SEND, EPIPE, ONCE | ON, FINE | LOST},
    {FAULTS_SEND, FAULTS_SHORT, ONCE | ON, FINE},
    {FAULTS_SETSOCKOPT, ENOBUFS, ONCE | ON, FINE},
    {FAULTS_SOCKET, EAFNOSUPPORT, ONCE | ON, CONNECT},
    {FAULTS_SOCKET, EMFILE, ONCE | ON, CONNECT},
    {FAULTS_SOCKET, ENFILE, ONCE | ON, CONNECT},
    {FAULTS_SOCKET, ENOBUFS, ONCE | ON, CONNECT},
    {FAULTS_SPLICE, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_SPLICE, EINVAL, ONCE, FINE | LOST},
    {FAULTS_SPLICE, EIO, ONCE | ON, LOST | LOCAL},
    {FAULTS_SPLICE, ENOMEM, ONCE | ON, LOST | LOCAL},
    {FAULTS_SPLICE, ENOSPC, ONCE | ON, LOST | LOCAL},
    {FAULTS_SPLICE, FAULTS_SHORT, ONCE | ON, FINE},
    {FAULTS_UNLINKAT, EIO, ONCE | ON, FINE | LOCAL},
    {FAULTS_WRITE, EDQUOT, ONCE | ON, LOCAL},
    {FAULTS_WRITE, EFBIG, ONCE | ON, LOCAL},
    {FAULTS_WRITE, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_WRITE, EIO, ONCE | ON, LOCAL},
    {FAULTS_WRITE, ENOSPC, ONCE | ON, LOCAL},
    {FAULTS_WRITE, FAULTS_SHORT, ONCE | ON, FINE},
};

enum {
	TESTS = HARNESS_ROWS(rows) * MODES /* of a scenario */
};

/* Expected standard output. */
static char *said;

/* Runs in the child: names come from a file instead of a terminal. */
static void
read_names(void)
{
	int fd = open("names", O_RDONLY);

	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		_exit(125);
	close(fd);
}

/* Runs fileget with the fault that env arms, or without one. */
static void
start_client(struct program *client, const struct scenario *scenario,
    uint16_t port, const struct fault *fault, const char *const *env)
{
	const char *args[16] = {"127.0.0.1"};
	char text[8];
	const char *const *arg;
	size_t n = 2;

	snprintf(text, sizeof(text), "%u", port);
	args[1] = text;
	if (fault != NULL && fault_is_about_memory(fault))
		args[n++] = "--no-sandbox";
	for (arg = scenario->args; *arg != NULL; arg++) {
		ck_assert_uint_lt(n, HARNESS_ROWS(args) - 1);
		args[n++] = *arg;
	}
	program_start(client,
	    &(struct program_options){.path = harness_fileget,
		.args = args,
		.env = env,
		.cwd = "here",
		.before = scenario->prompts ? read_names : NULL});
}

/* A run without a fault, which must succeed. */
static void
run_well(const struct scenario *scenario, uint16_t port, const char *after)
{
	static struct program client;
	int code;

	start_client(&client, scenario, port, NULL, NULL);
	code = program_wait(&client, WAIT_LIMIT);
	ck_assert_msg(code == 0,
	    "%s: exit %d of the next run; it said:\n%.2000s", after, code,
	    program_err(&client));
	ck_assert_msg(!scenario_judge(scenario, true, after),
	    "%s: a part file is left for good", after);
	if (said == NULL)
		said = strdup(program_out(&client));
}

/* Checks that it reported the outcome, and the cause of a write error. */
static void
judge_words(struct program *client, int code, const struct fault *fault,
    const char *what)
{
	const char *text = program_err(client);

	if (code == 0) {
		ck_assert_msg(strcmp(program_out(client), said) == 0,
		    "%s: exit 0, but it said:\n%.2000s", what,
		    program_out(client));
		return;
	}
	ck_assert_msg(strstr(text, "fileget: ") != NULL,
	    "%s: exit %d, and not a word", what, code);
	ck_assert_msg(code != EXIT_LOCAL ||
		strstr(text, strerror(fault->error)) != NULL ||
		(fault->error == ENOMEM &&
		    strstr(text, "out of memory") != NULL),
	    "%s: exit %d, and another cause:\n%.2000s", what, code, text);
}

/* Runs with the nth call failing. Returns whether a call failed; *code is the
 * exit code. */
static bool
run_client(const struct scenario *scenario, uint16_t port,
    const struct fault *fault, unsigned nth, unsigned codes, int *code)
{
	const char *what = fault_print(fault, nth);
	static struct program client;
	bool struck, is_part;

	scenario_prepare(scenario, port);
	fault_arm(fault, nth);
	start_client(&client, scenario, port, fault, fault_environment());
	ck_assert_msg(wait_ready(client.pid_fd, POLLIN, WAIT_LIMIT),
	    "%s: it does not end:\n%.2000s", what, program_err(&client));
	*code = program_wait(&client, WAIT_LIMIT);
	struck = fault_disarm();
	if (!struck)
		codes = FINE;
	if (scenario->shares)
		codes |= FINE;
	ck_assert_msg(*code >= 0 && *code < 32 && (codes & 1U << *code) != 0,
	    "%s: exit %d; it said:\n%.2000s", what, *code,
	    program_err(&client));
	judge_words(&client, *code, fault, what);
	scenario_is_undressed =
	    strstr(program_err(&client), "could not be set here") != NULL;
	is_part = scenario_judge(scenario, *code == 0, what);
	scenario_is_undressed = false;
	if (!scenario->once && (*code != 0 || is_part))
		run_well(scenario, port, what);
	return struck;
}

static void
begin_scenario(const struct scenario *scenario, struct server *server)
{
	fault_open();
	scenario_serve(scenario);
	server_start(server, NULL);
	scenario_prepare(scenario, server->port);
	run_well(scenario, server->port, "no fault");
}

START_TEST(ends_well_or_says_why)
{
	const struct scenario *scenario = &scenarios[_i / TESTS];
	const struct row *row = &rows[_i % TESTS / MODES];
	struct fault fault = {row->call, row->error,
	    (enum faults_mode)(_i % MODES)};
	struct server server = {.port = 0};
	unsigned nth = 1, runs = 0;
	int code;

	if ((scenario->is_long && fault_in_haste()) ||
	    fault_is_skipped(&fault, row->modes,
		row == rows ? FAULTS_NONE : row[-1].call) ||
	    (scenario->shares && fault_ends_sanitizer(&fault)))
		return;
	begin_scenario(scenario, &server);
	for (;
	     run_client(scenario, server.port, &fault, nth, row->codes, &code);
	     nth = fault_next(nth))
		runs++;
	fault_count("fileget", &fault, runs);
	server_stop(&server);
}
END_TEST

/* NFS and others report a full disk only at close: each of three files is lost
 * that way once, none of the older ones is, and neither is standard output,
 * here a file. */
START_TEST(a_full_disk_told_by_close)
{
	struct fault fault = {FAULTS_CLOSE, EDQUOT, FAULTS_ONCE};
	struct server server = {.port = 0};
	unsigned nth, told = 0;
	int code;

	begin_scenario(&scenarios[0], &server);
	for (nth = 1; run_client(&scenarios[0], server.port, &fault, nth,
		 FINE | LOCAL, &code);
	     nth++)
		told += code == EXIT_LOCAL;
	ck_assert_uint_eq(told, 4);
	server_stop(&server);
}
END_TEST

/* Ways to write to standard output. */
static const char *const printing[][5] = {
    {"-l", NULL},
    {"-lr", NULL},
    {"-l", "--json", NULL},
    {"--json", "small", NULL},
    {"--sums", "small", NULL},
    {"-o", "-", "small", NULL},
    {"-o", "-", "--no-verify", "small", NULL},
    {"--help", NULL},
    {"--version", NULL},
};

/* Regression: output lost at close (as NFS reports it) was exit 0. */
START_TEST(standard_output_lost_at_its_close)
{
	const struct scenario scenario = {.args = printing[_i]};
	const struct fault fault = {FAULTS_CLOSE, ENOSPC, FAULTS_ONCE};
	static struct program client;
	struct server server;
	bool struck = true, told = false;
	unsigned nth;
	int code;

	fault_open();
	scratch_text("served/small", "small\n");
	server_start(&server, NULL);
	for (nth = 1; struck; nth++) {
		fault_arm(&fault, nth);
		start_client(&client, &scenario, server.port, &fault,
		    fault_environment());
		code = program_wait(&client, WAIT_LIMIT);
		struck = fault_disarm();
		if (strstr(program_err(&client),
			"standard output: No space left on device") == NULL)
			continue;
		told = true;
		ck_assert_int_eq(code, EXIT_LOCAL);
	}
	ck_assert_msg(told, "%s %s", printing[_i][0],
	    printing[_i][1] == NULL ? "" : printing[_i][1]);
	server_stop(&server);
}
END_TEST

static Suite *
make_suite(const char *name)
{
	Suite *suite = suite_create(name);
	TCase *tcase = harness_case(suite, "a fault in fileget", 600);
	size_t i = 0;

	while (strcmp(scenarios[i].name, name) != 0)
		i++;
	tcase_add_loop_test(tcase, ends_well_or_says_why, (int)(i * TESTS),
	    (int)((i + 1) * TESTS));
	if (i == 0)
		tcase_add_test(tcase, a_full_disk_told_by_close);
	if (strcmp(name, "stdout") == 0)
		tcase_add_loop_test(tcase, standard_output_lost_at_its_close, 0,
		    (int)HARNESS_ROWS(printing));
	return suite;
}

/* A function is no expression. */
/* NOLINTBEGIN(bugprone-macro-parentheses) */
#define SUITE(name)                       \
	Suite *name##_suite(void)         \
	{                                 \
		return make_suite(#name); \
	}
/* NOLINTEND(bugprone-macro-parentheses) */
CLIENT_SUITES(SUITE)
