/*
 * The command line of fileserv, its announcement, and its log.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

/* A host name that exceeds the limit of DNS. */
#define NO_HOST \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static const struct {
	const char *row;
	const char *args[6];
	int code;
	const char *said; /* text in the single line of the error */
} wrong[] = {
    {"unknown long option", {"--wrong"}, 2, "--wrong"},
    {"unknown short option", {"-x"}, 2, "-x"},
    {"unknown among known", {"-qx"}, 2, "-x"},
    {"ambiguous", {"--max", "1"}, 2, "--max"},
    {"value for a switch", {"--hidden=1"}, 2, "--hidden"},
    {"value for another switch", {"--quiet=1"}, 2, "--quiet takes no value"},
    {"no value for a switch", {"--hidden="}, 2, "--hidden takes no value"},
    {"unknown before known", {"-xq"}, 2, "unknown option -x"},
    {"unknown behind a switch", {"--hidden", "-xq"}, 2, "unknown option -x"},
    {"missing value", {"--port"}, 2, "--port"},
    {"missing value, short", {"-p"}, 2, "-p"},
    {"an operand", {"folder"}, 2, "folder"},
    {"an empty operand", {""}, 2, "-d"},
    {"port of letters", {"-p", "http"}, 2, "http"},
    {"port and letters", {"-p", "80x"}, 2, "80x"},
    {"empty port", {"-p", ""}, 2, "--port"},
    {"negative port", {"-p", "-1"}, 2, "-1"},
    {"port too large", {"-p", "65536"}, 2, "65536"},
    {"port far too large", {"-p", "99999999999999999999"}, 2, "999"},
    {"no connections", {"--max-connections", "0"}, 2, "--max-connections"},
    {"none per address", {"--max-per-address", "0"}, 2, "--max-per-address"},
    {"no time", {"--timeout", "0"}, 2, "--timeout"},
    {"no request time", {"--request-timeout", "0"}, 2, "--request-timeout"},
    {"drain of letters", {"--drain", "soon"}, 2, "soon"},
    {"log format", {"--log-format", "xml"}, 2, "xml"},
    {"sandbox and none", {"--no-sandbox", "--require-sandbox"}, 2,
	"--no-sandbox"},
    {"no such user", {"-p", "0", "--user", "no such"}, 1,
	"--user no such: there is no such user"},
    {"root again", {"-p", "0", "--user", "root"}, 1, "--user root: "},
    {"missing folder", {"-p", "0", "-d", "missing"}, 1, "missing"},
    {"empty folder name", {"-p", "0", "-d", ""}, 1, "No such file"},
    {"a file", {"-p", "0", "-d", "file"}, 1, "file: Not a directory"},
    {"not this machine's", {"-p", "0", "-a", "192.0.2.1"}, 1, "192.0.2.1"},
    {"no such host", {"-p", "0", "-a", NO_HOST}, 1, NO_HOST},
    {"one of two", {"-p0", "-a", "127.0.0.1", "-a", "192.0.2.1"}, 1,
	"192.0.2.1"},
};

/* Expects one line that names the error, a second one for wrong usage, and
 * nothing on standard output, where a listening server prints its address. */
static void
expect_failure(const char *const *args, int code, const char *said,
    const char *row)
{
	struct program program = {.pid = 0};
	const char *text;
	int got;

	server_try(&program, args);
	got = program_wait(&program, WAIT_LIMIT);
	text = program_err(&program);
	ck_assert_msg(got == code, "%s: exit code %d, %s", row, got, text);
	ck_assert_msg(program_lines(text) == (code == 2 ? 2 : 1),
	    "%s: not one line: %s", row, text);
	ck_assert_msg(strncmp(text, "fileserv: ", 10) == 0 &&
		strstr(text, said) != NULL &&
		strstr(text, said) < strchr(text, '\n'),
	    "%s: %s", row, text);
	if (code == 2)
		ck_assert_msg(strstr(text, "\ntry 'fileserv --help'\n") != NULL,
		    "%s: %s", row, text);
	ck_assert_msg(program_out(&program)[0] == '\0', "%s: %s", row,
	    program_out(&program));
}

START_TEST(wrong_command_lines)
{
	size_t i;

	scratch_text("served/file", "a file");
	for (i = 0; i < HARNESS_ROWS(wrong); i++)
		expect_failure(wrong[i].args, wrong[i].code, wrong[i].said,
		    wrong[i].row);
}
END_TEST

START_TEST(port_in_use)
{
	char port[8];
	const char *const args[] = {"-a", "127.0.0.1", "-p", port, NULL};
	struct server server;

	server_start(&server, NULL);
	snprintf(port, sizeof(port), "%u", server.port);
	expect_failure(args, 1, port, "port in use");
	/* The server that has the port continues to serve. */
	scratch_text("served/ok", "fine");
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_GET, "ok", 2),
	    PROTOCOL_OK);
	server_stop(&server);
}
END_TEST

static const char *const asked[] = {"--help", "-h", "--version", "-V"};

START_TEST(help_and_version)
{
	struct program program = {.pid = 0};
	const char *const args[] = {asked[_i], NULL};
	const char *line, *end;

	server_try(&program, args);
	ck_assert_int_eq(program_wait(&program, WAIT_LIMIT), 0);
	ck_assert_str_eq(program_err(&program), "");
	line = program_out(&program);
	ck_assert_ptr_nonnull(strstr(line, "fileserv"));
	ck_assert_uint_le(program_lines(line), 49);
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
		ck_assert_int_le(end - line, 80);
	ck_assert_str_eq(line, "");
}
END_TEST

/* One pair of lines for each address, all with the same port, also with -q. */
START_TEST(announced_on_each_address)
{
	static const char *const options[] = {"-q", "-a", "127.0.0.1", "-a",
	    "127.0.0.2", NULL};
	char path[SCRATCH_PATH], wanted[3 * SCRATCH_PATH];
	const char *confined;
	struct server server;
	int fd;

	scratch_text("served/ok", "fine");
	server_start(&server, options);
	scratch_path(path, "served");
	/* The third line depends on the kernel. */
	confined = strstr(program_out(&server.program), "confined");
	ck_assert_ptr_nonnull(confined);
	if (HARNESS_NO_SANDBOX)
		confined = "not confined (--no-sandbox)\n";
	snprintf(wanted, sizeof(wanted),
	    "serving %s on 127.0.0.1:%u\nfileget 127.0.0.1 %u NAME\n"
	    "serving %s on 127.0.0.2:%u\nfileget 127.0.0.2 %u NAME\n"
	    "%s",
	    path, server.port, server.port, path, server.port, server.port,
	    confined);
	ck_assert_str_eq(program_out(&server.program), wanted);
	fd = wire_connect(server.port);
	talk_expect_file(fd, "ok");
	close(fd);
	fd = wire_connect_with(server.port,
	    &(struct wire_options){.to = "127.0.0.2"});
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
}
END_TEST

START_TEST(announced_on_ipv6)
{
	static const char *const options[] = {"-q", "-a", "::1", NULL};
	const struct wire_options to = {.to = "::1"};
	struct server server;
	char wanted[64];
	int fd;

	if (access("/proc/sys/net/ipv6/conf/lo", F_OK) != 0) {
		harness_skip("announced_on_ipv6", "no IPv6 here");
		return;
	}
	scratch_text("served/ok", "fine");
	server_start(&server, options);
	snprintf(wanted, sizeof(wanted), " on [::1]:%u\nfileget ::1 %u NAME\n",
	    server.port, server.port);
	ck_assert_msg(strstr(program_out(&server.program), wanted) != NULL,
	    "%s", program_out(&server.program));
	fd = wire_connect_with(server.port, &to);
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
}
END_TEST

/* A script can read the port and close the pipe before the other lines. */
START_TEST(a_folder_with_a_strange_name)
{
	struct program program = {.pid = 0};
	const char *const args[] = {"-p", "0", "-a", "127.0.0.1", "-d",
	    "a\n\033[31mb", NULL};

	scratch_mkdir("served/a\n\033[31mb");
	server_try(&program, args);
	program_await_out(&program, " NAME\n");
	ck_assert_msg(strncmp(program_out(&program),
			  "serving a\\n\\033[31mb on ", 24) == 0,
	    "%s", program_out(&program));
	program_kill(&program);
}
END_TEST

Suite *
command_suite(void)
{
	Suite *suite = suite_create("command");
	TCase *tcase;

	tcase = harness_case(suite, "command line", 60);
	tcase_add_test(tcase, wrong_command_lines);
	tcase_add_test(tcase, port_in_use);
	tcase_add_loop_test(tcase, help_and_version, 0, HARNESS_ROWS(asked));
	tcase = harness_case(suite, "announced", 60);
	tcase_add_test(tcase, announced_on_each_address);
	tcase_add_test(tcase, announced_on_ipv6);
	tcase_add_test(tcase, a_folder_with_a_strange_name);
	return suite;
}
