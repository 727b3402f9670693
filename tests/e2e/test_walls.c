/*
 * Attacks on the sandbox of fileget from inside: a build that does what a
 * server that has taken over the client would do (tests/sandbox). Each attack
 * must succeed without the sandbox; otherwise the test would prove nothing.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/kernel.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/terminal.h"
#include "tests/harness/wait.h"
#include "tests/sandbox/probes.h"

enum {
	KILLED = -SIGSYS,    /* in the table: the process was killed */
	LANDLOCK_SCOPES = 6, /* the version of Landlock that knows signals */
};

/* The result of each attack: in the full sandbox, without seccomp, without
 * Landlock, and with --no-sandbox. It is an errno, 0 for success, or KILLED. */
static const struct try_row {
	const char *name;
	int walled, unfiltered, unlocked, free;
	bool scoped; /* unfiltered requires a Landlock with scopes */
} tries[] = {
    {"beside", EACCES, EACCES, 0, 0, false},
    {"over", EACCES, EACCES, 0, 0, false},
    {"gone", EACCES, EACCES, 0, 0, false},
    {"within", 0, 0, 0, 0, false},
    {"execute", ENOSYS, EACCES, ENOSYS, 0, false},
    {"fork", ENOSYS, 0, ENOSYS, 0, false},
    {"thread", 0, 0, 0, 0, false},
    {"code", ENOSYS, 0, ENOSYS, 0, false},
    {"path", ENOSYS, 0, ENOSYS, 0, false},
    {"abstract", ENOSYS, EPERM, ENOSYS, 0, true},
    {"netlink", ENOSYS, 0, ENOSYS, 0, false},
    {"udp", 0, 0, 0, 0, false},
    {"parent", ENOSYS, EPERM, ENOSYS, 0, true},
    {"itself", 0, 0, 0, 0, false},
    {"group", ENOSYS, 0, ENOSYS, 0, false},
    {"owner", ENOSYS, 0, ENOSYS, 0, false},
    {"message", ENOSYS, EINVAL, ENOSYS, EINVAL, false},
    {"inherited", EBADF, EBADF, EBADF, 0, false},
    {"trace", KILLED, ESRCH, KILLED, ESRCH, false},
    {"read", KILLED, 0, KILLED, 0, false},
};

/* Attacks for which standard input must be a terminal. */
static const struct terminal_row {
	const char *name;
	int walled, free;
} terminal_tries[] = {
    {"type", ENOSYS, 0},
    {"type-wide", ENOSYS, 0},
    {"paste", ENOSYS, ENOTTY},
};

/* ---- targets of the attacks --------------------------------------------- */

static int
listen_at(const char *path, size_t len)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	memcpy(address.sun_path, path, len);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address,
			     (socklen_t)(offsetof(struct sockaddr_un,
					     sun_path) +
				 len)),
	    0);
	ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

/* Makes a socket with a name in the file system, and an abstract one, which
 * exist until the test's process ends. */
static void
listen_outside(void)
{
	char name[64];
	int fd, len;

	ck_assert_int_eq(fchdir(scratch_fd()), 0);
	fd = listen_at("outside/socket", strlen("outside/socket"));
	ck_assert_int_ge(fd, 0);
	len = snprintf(name, sizeof(name), "%cfileget-test-%d", '\0', getpid());
	fd = listen_at(name, (size_t)len);
	ck_assert_int_ge(fd, 0);
}

static void
leave_descriptor_open(void)
{
	if (dup2(STDIN_FILENO, PROBE_INHERITED) != PROBE_INHERITED)
		_exit(126);
}

static void
inherit_without_seccomp(void)
{
	leave_descriptor_open();
	kernel_without_seccomp();
}

static void
inherit_without_landlock(void)
{
	leave_descriptor_open();
	kernel_without_landlock();
}

/* ---- one attack --------------------------------------------------------- */

/* Returns the errno that the attacking client printed, or 0. */
static int
outcome_in(const char *text)
{
	const char *found = strstr(text, "try: ");

	ck_assert_msg(found != NULL, "no try in: %s", text);
	return atoi(found + strlen("try: "));
}

static int
make_try(const char *name, const char *option, void (*before)(void))
{
	struct program client = {.pid = 0};
	struct server server;
	char port[8], env[64];
	int code;

	scratch_text("outside/secret", "for nobody");
	scratch_fill("served/f", 100000, 1);
	listen_outside();
	server_start(&server, NULL);
	harness_use(&harness_fileget, "probe", "fileget");
	snprintf(port, sizeof(port), "%u", server.port);
	snprintf(env, sizeof(env), PROBE_TRY "=%s", name);
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = HERE_LIST("127.0.0.1", port, "f", option),
		.env = HERE_LIST(env),
		.cwd = "here",
		.before = before});
	code = program_wait(&client, WAIT_LIMIT);
	server_stop(&server);
	if (code < 0)
		return code;
	return outcome_in(program_err(&client));
}

static void
expect_outcome(const char *name, int got, int expected)
{
	ck_assert_msg(got == expected, "%s: %d (%s), not %d", name, got,
	    got < 0 ? "killed" : strerror(got), expected);
}

START_TEST(a_client_that_is_taken_over)
{
	const struct try_row *row = &tries[_i];

	expect_outcome(row->name,
	    make_try(row->name, NULL, leave_descriptor_open), row->walled);
	ck_assert_int_eq(scratch_exists("outside/secret"), 1);
	ck_assert_int_eq(scratch_exists("outside/made"), 0);
}
END_TEST

START_TEST(the_same_without_seccomp)
{
	const struct try_row *row = &tries[_i];

	if (row->scoped && kernel_landlock() < LANDLOCK_SCOPES)
		harness_skip(row->name, "Landlock knows no scopes");
	else
		expect_outcome(row->name,
		    make_try(row->name, NULL, inherit_without_seccomp),
		    row->unfiltered);
}
END_TEST

START_TEST(the_same_without_landlock)
{
	const struct try_row *row = &tries[_i];

	expect_outcome(row->name,
	    make_try(row->name, NULL, inherit_without_landlock), row->unlocked);
}
END_TEST

/* Regression: the preloaded libfakeroot ends a program that cannot send System
 * V messages. */
START_TEST(what_a_preloaded_library_needs)
{
	ck_assert_int_eq(setenv("LD_PRELOAD", "libm.so.6", 1), 0);
	expect_outcome("message", make_try("message", NULL, NULL), EINVAL);
}
END_TEST

/* Positive control. After execve the exit code is that of the new program. */
START_TEST(the_same_without_walls)
{
	const struct try_row *row = &tries[_i];

	if (strcmp(row->name, "execute") == 0)
		return;
	expect_outcome(row->name,
	    make_try(row->name, "--no-sandbox", leave_descriptor_open),
	    row->free);
}
END_TEST

START_TEST(a_program_without_walls)
{
	struct program client = {.pid = 0};
	struct server server;

	scratch_text("served/f", "fine");
	server_start(&server, NULL);
	harness_use(&harness_fileget, "probe", "fileget");
	client_start(&client, server.port, HERE_LIST("--no-sandbox", "f"),
	    HERE_LIST(PROBE_TRY "=execute"));
	ck_assert_int_eq(program_wait(&client, WAIT_LIMIT), 0);
	/* /bin/true has printed nothing and fetched nothing. */
	ck_assert_ptr_null(strstr(program_err(&client), "try: "));
	ck_assert_int_eq(scratch_exists("here/newf"), 0);
	server_stop(&server);
}
END_TEST

/* ---- terminals ---------------------------------------------------------- */

static int
try_on_terminal(const char *name, const char *option)
{
	struct terminal terminal;
	struct server server;
	char env[64];

	scratch_fill("served/f", 100000, 1);
	server_start(&server, NULL);
	harness_use(&harness_fileget, "probe", "fileget");
	snprintf(env, sizeof(env), PROBE_TRY "=%s", name);
	terminal_start(&terminal, server.port, HERE_LIST("f", option), env);
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	server_stop(&server);
	(void)terminal_shows(&terminal, "try: ");
	return outcome_in(terminal.text);
}

START_TEST(typing_into_the_terminal)
{
	const struct terminal_row *row = &terminal_tries[_i];

	expect_outcome(row->name, try_on_terminal(row->name, NULL),
	    row->walled);
}
END_TEST

START_TEST(typing_without_walls)
{
	const struct terminal_row *row = &terminal_tries[_i];
	int got = try_on_terminal(row->name, "--no-sandbox");

	/* dev.tty.legacy_tiocsti is 0 here. */
	if (row->free == 0 && got == EIO)
		harness_skip(row->name, "this kernel has no TIOCSTI");
	else
		expect_outcome(row->name, got, row->free);
}
END_TEST

/* ---- a kernel without layers --------------------------------------------- */

static const struct {
	const char *row;
	void (*before)(void);
	const char *says;
} layers[] = {
    {"Landlock", kernel_without_landlock,
	"not confined to the target folder: Landlock: this kernel lacks it"},
    {"seccomp", kernel_without_seccomp,
	"not confined to the system calls that it needs: seccomp: the "
	"kernel has it, but an emulator"},
};

/* -v reports the missing layer; the file arrives. */
START_TEST(a_missing_layer_is_reported)
{
	struct program client = {.pid = 0};
	struct server server;
	char port[8];

	scratch_fill("served/f", 100000, 1);
	server_start(&server, NULL);
	snprintf(port, sizeof(port), "%u", server.port);
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = HERE_LIST("-v", "127.0.0.1", port, "f"),
		.cwd = "here",
		.before = layers[_i].before});
	ck_assert_int_eq(program_wait(&client, WAIT_LIMIT), 0);
	ck_assert_msg(strstr(program_err(&client), layers[_i].says) != NULL,
	    "%s: %s", layers[_i].row, program_err(&client));
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

/* Regression: a list that the shell passes as an open descriptor (`-i <(...)`)
 * can be read. */
static void
hand_over_list(void)
{
	int fd = open("list", O_RDONLY);

	if (fd < 0 || dup2(fd, PROBE_INHERITED) != PROBE_INHERITED)
		_exit(126);
}

START_TEST(a_list_that_is_inherited)
{
	struct program client = {.pid = 0};
	struct server server;
	char port[8], list[32];

	scratch_fill("served/f", 1000, 1);
	scratch_text("here/list", "f\n");
	server_start(&server, NULL);
	snprintf(port, sizeof(port), "%u", server.port);
	snprintf(list, sizeof(list), "/dev/fd/%d", PROBE_INHERITED);
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = HERE_LIST("-i", list, "127.0.0.1", port),
		.cwd = "here",
		.before = hand_over_list});
	ck_assert_msg(program_wait(&client, WAIT_LIMIT) == 0, "%s",
	    program_err(&client));
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

Suite *
walls_suite(void)
{
	const int n = HARNESS_ROWS(tries), typed = HARNESS_ROWS(terminal_tries);
	TCase *tcase;
	Suite *suite = suite_create("walls");

	tcase = harness_case(suite, "walls", 60);
	tcase_add_loop_test(tcase, the_same_without_walls, 0, n);
	tcase_add_test(tcase, a_program_without_walls);
	tcase_add_loop_test(tcase, typing_without_walls, 0, typed);
	tcase_add_test(tcase, a_list_that_is_inherited);
	/* The rest needs a build with a sandbox. */
	if (HARNESS_NO_SANDBOX)
		return suite;
	tcase_add_loop_test(tcase, a_client_that_is_taken_over, 0, n);
	tcase_add_loop_test(tcase, the_same_without_seccomp, 0, n);
	tcase_add_loop_test(tcase, the_same_without_landlock, 0, n);
	tcase_add_test(tcase, what_a_preloaded_library_needs);
	tcase_add_loop_test(tcase, typing_into_the_terminal, 0, typed);
	tcase_add_loop_test(tcase, a_missing_layer_is_reported, 0,
	    HARNESS_ROWS(layers));
	return suite;
}
