/*
 * Attacks on the sandbox of fileserv from inside: a build of the server in
 * which one function does what an attacker in a thread would do (see
 * tests/sandbox). Each attack must succeed without the sandbox; otherwise the
 * test would prove nothing.
 */

#include <sys/socket.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/kernel.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"
#include "tests/sandbox/probes.h"

enum {
	KILLED = -SIGSYS, /* in the table: the process was killed */
};

/* The result of each attack: in the sandbox, in that of a kernel without
 * mseal(2), and without a sandbox. */
static const struct probe_row {
	const char *row;
	enum probe probe;
	int confined, unsealed, free; /* errno, 0 for success, or KILLED */
} probes[] = {
    {"read what is served", PROBE_READ_SERVED, 0, 0, 0},
    {"one more thread", PROBE_THREAD, 0, 0, 0},
    {"open /etc/passwd", PROBE_PASSWD, EACCES, EACCES, 0},
    {"openat2 /etc/passwd", PROBE_PASSWD_BENEATH, KILLED, EACCES, 0},
    {"a file beside the folder", PROBE_BESIDE, KILLED, EACCES, 0},
    {"make a file", PROBE_CREATE, EACCES, EACCES, 0},
    {"make a file by openat2", PROBE_CREATE_OPENAT2, KILLED, EACCES, 0},
    {"open a file for writing", PROBE_WRITE, KILLED, EACCES, 0},
    {"empty a file by openat2", PROBE_SHORTEN, KILLED, EACCES, 0},
    {"empty a file by truncate", PROBE_SHORTEN_NAME, KILLED, KILLED, 0},
    {"ftruncate", PROBE_SHORTEN_FD, KILLED, KILLED, EINVAL},
    {"remove a file", PROBE_REMOVE, KILLED, KILLED, 0},
    {"execve", PROBE_EXECUTE, KILLED, KILLED, ENOENT},
    {"fork", PROBE_FORK, KILLED, KILLED, 0},
    {"vfork", PROBE_VFORK, KILLED, KILLED, 0},
    {"socket", PROBE_SOCKET, KILLED, KILLED, 0},
    {"connect", PROBE_CONNECT, KILLED, KILLED, EISCONN},
    /* Regression: with MSG_FASTOPEN that is a connect. */
    {"sendto an address", PROBE_SEND_TO, KILLED, KILLED, 0},
    {"bind", PROBE_BIND, KILLED, KILLED, EINVAL},
    {"listen", PROBE_LISTEN, KILLED, KILLED, EINVAL},
    {"ptrace", PROBE_PTRACE, KILLED, KILLED, ESRCH},
    {"kill", PROBE_KILL, KILLED, KILLED, 0},
    {"memory to execute", PROBE_CODE, KILLED, KILLED, 0},
    {"a way of its own", PROBE_OWN_WAY, KILLED, 0, 0},
    {"a way of its own, far away", PROBE_FAR_WAY, KILLED, 0, 0},
    {"half of two ways", PROBE_BETWEEN, KILLED, EINVAL, EINVAL},
    {"more than a way", PROBE_LONGER, KILLED, E2BIG, E2BIG},
    {"in the working folder", PROBE_HERE, KILLED, EACCES, 0},
    {"by another descriptor", PROBE_OTHER, KILLED, 0, 0},
    {"by a descriptor too wide", PROBE_WIDE_FOLDER, KILLED, 0, 0},
    {"write to the ways", PROBE_WAYS_WRITE, EPERM, 0, 0},
    {"map over the ways", PROBE_WAYS_OVER, EPERM, 0, 0},
    {"move over the ways", PROBE_WAYS_MOVE_OVER, EPERM, 0, 0},
    {"move the ways", PROBE_WAYS_MOVE, EPERM, 0, 0},
    {"unmap the ways", PROBE_WAYS_UNMAP, EPERM, 0, 0},
    {"discard the ways", PROBE_WAYS_DISCARD, EPERM, 0, 0},
};

/* ---- fileserv ----------------------------------------------------------- */

/* Runs one attack in a server of its own. Returns the result. */
static int
try(enum probe probe, const char *const *options, void (*before)(void))
{
	uint8_t byte = (uint8_t)probe;
	struct server server;
	int fd, code, answer;

	scratch_text("served/served", "for all to read");
	scratch_text("served/gone", "to be removed");
	scratch_text("outside/secret", "for nobody");
	harness_use(&harness_fileserv, "probe", "fileserv");
	server_start_after(&server, options, before);
	fd = wire_connect(server.port);
	wire_send(fd, &byte, 1);
	if (recv(fd, &answer, sizeof(answer), MSG_WAITALL) == sizeof(answer)) {
		server_stop(&server);
		close(fd);
		return answer;
	}
	code = program_wait(&server.program, WAIT_LIMIT);
	close(fd);
	return code;
}

/* Attacks that must change nothing. */
static void
expect_stopped(const struct probe_row *row, int expected, void (*before)(void),
    const char *const *options)
{
	size_t len = 0;
	int got = try(row->probe, options, before);

	ck_assert_msg(got == expected, "%s: %d (%s)", row->row, got,
	    strerror(got));
	ck_assert_int_eq(scratch_exists("served/made"), 0);
	ck_assert_int_eq(scratch_exists("served/gone"), 1);
	free(scratch_read("served/served", &len));
	ck_assert_uint_eq(len, strlen("for all to read"));
}

START_TEST(a_thread_that_is_taken_over)
{
	static const char *const options[] = {"--require-sandbox", NULL};
	const struct probe_row *row = &probes[_i];

	if (row->confined != row->unsealed && !kernel_seals())
		harness_skip(row->row, "no mseal");
	else
		expect_stopped(row, row->confined, NULL, options);
}
END_TEST

/* Without a seal, Landlock alone controls opening. */
START_TEST(the_same_without_a_seal)
{
	static const char *const options[] = {"--require-sandbox", NULL};
	const struct probe_row *row = &probes[_i];

	if (row->probe == PROBE_SHORTEN && kernel_landlock() < 3)
		harness_skip(row->row, "Landlock knows no truncation");
	else
		expect_stopped(row, row->unsealed, kernel_without_mseal,
		    options);
}
END_TEST

/* Without a seccomp filter the sealed page alone does not help. */
START_TEST(emptying_a_file_without_seccomp)
{
	const struct probe_row row = {"empty a file", PROBE_SHORTEN, 0, 0, 0};

	if (kernel_landlock() < 3)
		harness_skip(row.row, "Landlock knows no truncation");
	else
		expect_stopped(&row, EACCES, kernel_without_seccomp, NULL);
}
END_TEST

/* Positive control: each attack succeeds without the sandbox. */
START_TEST(the_same_without_a_sandbox)
{
	static const char *const options[] = {"--no-sandbox", NULL};
	int got;

	got = try(probes[_i].probe, options, NULL);
	ck_assert_msg(got == probes[_i].free, "%s: %d (%s)", probes[_i].row,
	    got, strerror(got));
}
END_TEST

/* ---- where a layer is missing ------------------------------------------- */

static const struct {
	const char *row;
	void (*before)(void);
	const char *has, *lacks;
} layers[] = {
    {"Landlock", kernel_without_landlock, "confined by seccomp, no_new_privs",
	"; without Landlock (this kernel lacks it "},
    {"seccomp", kernel_without_seccomp, "confined by Landlock (files",
	"; without seccomp (the kernel has it, but an emulator "},
};

START_TEST(a_missing_layer_is_reported)
{
	struct server server;
	const char *out;

	scratch_text("served/ok", "fine");
	server_start_after(&server, NULL, layers[_i].before);
	out = program_out(&server.program);
	ck_assert_msg(strstr(out, layers[_i].has) != NULL &&
		strstr(out, layers[_i].lacks) != NULL,
	    "%s: %s", layers[_i].row, out);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&server.program), layers[_i].lacks));
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_GET, "ok", 2),
	    PROTOCOL_OK);
	server_stop(&server);
}
END_TEST

START_TEST(a_missing_layer_that_is_required)
{
	struct program program = {.pid = 0};
	const char *text;

	program_start(&program,
	    &(struct program_options){.path = harness_fileserv,
		.args = HERE_LIST("-q", "-p0", "--require-sandbox"),
		.cwd = "served",
		.before = layers[_i].before});
	ck_assert_int_eq(program_wait(&program, WAIT_LIMIT), 1);
	text = strstr(program_err(&program), "fileserv: ");
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(program_lines(text), 1);
	ck_assert_ptr_nonnull(strstr(text, layers[_i].lacks));
	ck_assert_ptr_nonnull(strstr(text, "--require-sandbox"));
	ck_assert_str_eq(program_out(&program), "");
}
END_TEST

/* ---- what is given up besides ------------------------------------------- */

/* Reads a file of /proc/PID or of one of its threads. Returns text. */
static const char *
read_proc(char text[4096], const struct server *server, const char *name)
{
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", server->program.pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s", path);
	n = read(fd, text, 4095);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

/* Checks that the status of each thread contains all these lines. */
static void
expect_status(const struct server *server, const char *const *lines)
{
	const char *const *line;
	char path[128], text[4096];
	struct dirent *entry;
	unsigned n = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", server->program.pid);
	tasks = opendir(path);
	ck_assert_ptr_nonnull(tasks);
	while ((entry = readdir(tasks)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		n++;
		snprintf(path, sizeof(path), "task/%.32s/status",
		    entry->d_name);
		read_proc(text, server, path);
		for (line = lines; *line != NULL; line++)
			ck_assert_msg(strstr(text, *line) != NULL,
			    "no '%s' in:\n%s", *line, text);
	}
	closedir(tasks);
	ck_assert_uint_ge(n, 2);
}

static void
leave_descriptors_open(void)
{
	int fd;

	for (fd = 3; fd <= PROBE_INHERITED; fd++)
		if (dup2(STDIN_FILENO, fd) != fd)
			_exit(126);
}

START_TEST(nothing_is_inherited_and_nothing_left)
{
	char text[4096];
	struct server server;
	int fd;

	scratch_text("served/ok", "fine");
	server_start_after(&server, NULL, leave_descriptors_open);
	fd = wire_connect(server.port);
	talk_expect_file(fd, "ok");
	ck_assert_uint_lt(server_descriptors(&server), 16);
	expect_status(&server,
	    HERE_LIST("\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"));
	read_proc(text, &server, "limits");
	ck_assert_ptr_nonnull(
	    strstr(text, "Max core file size        0                    0 "));
	read_proc(text, &server, "coredump_filter");
	ck_assert_str_eq(text, "00000000\n");
	close(fd);
	server_stop(&server);
}
END_TEST

/* Only root can run this test; it checks the rights of each thread. */
START_TEST(root_becomes_a_user)
{
	static const char *const options[] = {"--user", "nobody", NULL};
	const struct passwd *nobody = getpwnam("nobody");
	char uid[64], text[4096];
	struct server server;
	int fd;

	if (geteuid() != 0 || nobody == NULL) {
		harness_skip("root_becomes_a_user", "not root, or no nobody");
		return;
	}
	/* User nobody needs access to the folder. */
	ck_assert_int_eq(fchmodat(scratch_fd(), ".", 0711, 0), 0);
	ck_assert_int_eq(fchmodat(scratch_fd(), "..", 0711, 0), 0);
	scratch_text("served/ok", "fine");
	scratch_text("served/private", "root's");
	ck_assert_int_eq(fchmodat(scratch_fd(), "served/private", 0600, 0), 0);
	server_start(&server, options);
	fd = wire_connect(server.port);
	talk_expect_file(fd, "ok");
	talk_ask(fd, PROTOCOL_OP_GET, "private");
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_DENIED);
	snprintf(uid, sizeof(uid), "\nUid:\t%u\t%u\t%u\t%u\n", nobody->pw_uid,
	    nobody->pw_uid, nobody->pw_uid, nobody->pw_uid);
	expect_status(&server,
	    HERE_LIST(uid, "\nGroups:\t \n", "\nCapPrm:\t0000000000000000\n",
		"\nCapEff:\t0000000000000000\n", "\nNoNewPrivs:\t1\n"));
	/* Regression: after the change of user this file was not writable. */
	read_proc(text, &server, "coredump_filter");
	ck_assert_str_eq(text, "00000000\n");
	ck_assert_ptr_null(
	    strstr(program_err(&server.program), "running as root"));
	close(fd);
	server_stop(&server);
}
END_TEST

Suite *
sandbox_suite(void)
{
	Suite *suite = suite_create("sandbox");
	const int n = HARNESS_ROWS(probes), missing = HARNESS_ROWS(layers);
	TCase *tcase = harness_case(suite, "sandbox", 60);

	tcase_add_loop_test(tcase, the_same_without_a_sandbox, 0, n);
	/* The rest needs a build with a sandbox. */
	if (HARNESS_NO_SANDBOX)
		return suite;
	tcase_add_loop_test(tcase, a_thread_that_is_taken_over, 0, n);
	tcase_add_loop_test(tcase, the_same_without_a_seal, 0, n);
	tcase_add_test(tcase, emptying_a_file_without_seccomp);
	tcase_add_loop_test(tcase, a_missing_layer_is_reported, 0, missing);
	tcase_add_loop_test(tcase, a_missing_layer_that_is_required, 0,
	    missing);
	tcase_add_test(tcase, nothing_is_inherited_and_nothing_left);
	tcase_add_test(tcase, root_becomes_a_user);
	return suite;
}
