/* The output of fileget during a transfer: for a person, for a file and for a
 * script. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/attempt.h"
#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/terminal.h"
#include "tests/harness/wait.h"

enum {
	PROGRESS_PIECE = 10000, /* bytes per send */
	PROGRESS_PIECES = 16,	/* slow sends before the rest */
};

static struct attempt attempt;
static struct terminal terminal;
static struct program client;

static bool
never(void *argument)
{
	(void)argument;
	return false;
}

/* Slow enough for a bar: a third of a second. */
static void
play_slowly(struct fake *fake)
{
	const struct attempt *of = fake->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len, sent = 0;

	if (!fake_ask(fake, &asked))
		return;
	reply = fake_build_reply(&of->file, 0, &len);
	while (sent < (size_t)PROGRESS_PIECES * PROGRESS_PIECE &&
	    fake_send(fake, reply + sent, PROGRESS_PIECE)) {
		sent += PROGRESS_PIECE;
		(void)wait_until(never, NULL, 20 * CLOCK_MS);
	}
	fake_send(fake, reply + sent, len - sent);
	free(reply);
}

static const struct {
	const char *row;
	const char *option;
	const char *env;
	bool bar;
	bool colour;
} looks[] = {
    {"as it is", "-v", NULL, true, true},
    {"bar", "--progress=bar", NULL, true, true},
    {"NO_COLOR", "-v", "NO_COLOR=1", true, false},
    {"NO_COLOR, but empty", "-v", "NO_COLOR=", true, true},
    {"dumb", "-v", "TERM=dumb", false, false},
    {"dumb, and a bar", "--progress=bar", "TERM=dumb", false, false},
    {"unknown", "-v", "TERM=unknown", false, false},
    {"none", "-v", "TERM=none", false, false},
    {"no name", "-v", "TERM=", false, false},
    {"no name, and a bar", "--progress=bar", "TERM=", false, false},
    {"plain", "--progress=plain", NULL, false, false},
    {"none", "--progress=none", NULL, false, false},
    {"quiet", "-q", NULL, false, false},
    {"quiet, and a bar", "-q --progress=bar", NULL, true, true},
};

START_TEST(bar_on_a_terminal)
{
	attempt_prepare(&attempt, 0);
	fake_start(&attempt.fake, 1, play_slowly, &attempt);
	terminal_start(&terminal, attempt.fake.port,
	    strchr(looks[_i].option, ' ') != NULL ?
		HERE_LIST("-q", "--progress=bar", "f") :
		HERE_LIST(looks[_i].option, "f"),
	    looks[_i].env);
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	fake_stop(&attempt.fake);
	ck_assert_msg(terminal_shows(&terminal, "%  ") == looks[_i].bar,
	    "%s: %s", looks[_i].row, terminal.text);
	ck_assert(terminal_shows(&terminal, "\033[7m") == looks[_i].colour);
	ck_assert(terminal_shows(&terminal, "\033") == looks[_i].bar);
	ck_assert(terminal_shows(&terminal, "-> newf") ==
	    (strncmp(looks[_i].option, "-q", 2) != 0));
	/* The bar is erased before the last line. */
	if (looks[_i].bar && looks[_i].option[1] != 'q')
		ck_assert(terminal_shows(&terminal, "\r\033[Jf -> newf"));
	ck_assert_uint_eq(terminal.screen.unknown, 0);
	if (strcmp(looks[_i].option, "-q") == 0)
		ck_assert_str_eq(terminal.text, "");
}
END_TEST

static const struct {
	const char *row;
	const char *option;
	unsigned most; /* maximum number of lines */
} files[] = {
    {"as it is", "-v", 2},
    {"plain", "--progress=plain", 2},
    {"none", "--progress=none", 2},
    {"quiet", "-q", 0},
    {"json", "--json", 2},
};

START_TEST(no_bar_in_a_file)
{
	const char *err;

	attempt_prepare(&attempt, 0);
	fake_start(&attempt.fake, 1, play_slowly, &attempt);
	here_get(&client, attempt.fake.port, 0, files[_i].row,
	    HERE_LIST(files[_i].option, "f"));
	fake_stop(&attempt.fake);
	err = program_err(&client);
	here_expect_harmless(err, files[_i].row);
	ck_assert_msg(program_lines(err) <= files[_i].most, "%s:\n%s",
	    files[_i].row, err);
	if (strcmp(files[_i].option, "--json") != 0)
		ck_assert_str_eq(program_out(&client), "");
}
END_TEST

/* Quiet runs still report failures. */
START_TEST(quiet_reports_failures)
{
	struct server server;

	scratch_text("served/a", "a");
	server_start(&server, NULL);
	here_get(&client, server.port, 4, "-q",
	    HERE_LIST("-q", "a", "missing", "a/b"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "missing: "));
	ck_assert_uint_eq(program_lines(program_err(&client)), 2);
	ck_assert_str_eq(program_out(&client), "");
	server_stop(&server);
}
END_TEST

/* ---- for scripts -------------------------------------------------------- */

/* Reads the output of --json with Python and prints it as text. */
static const char reader[] =
    "import json, os, sys\n"
    "for line in open(sys.argv[1], encoding='utf-8'):\n"
    "    o = json.loads(line)\n"
    "    assert set(o) >= {'name', 'output', 'status', 'exit'}, o\n"
    "    name = o['name'].encode('utf-8', 'surrogateescape')\n"
    "    if o['status'] == 'ok':\n"
    "        path = o['output'].encode('utf-8', 'surrogateescape')\n"
    "        assert os.stat(path).st_size == o['size'] == o['received'], o\n"
    "        assert os.stat(path).st_mtime_ns == o['mtime_ns'], o\n"
    "        assert path == b'new' + name, o\n"
    "        assert len(o['xxh3_128']) == 32 and o['verified'] is True, o\n"
    "    else:\n"
    "        assert o['status'] in ('failed', 'not_begun'), o\n"
    "        assert len(o['error']) > 0, o\n"
    "    print(name, o['exit'])\n";

/* Returns the output of that reader, or NULL without python3. */
static const char *
read_json(struct program *python)
{
	char path[SCRATCH_PATH];
	int code;

	program_start(python,
	    &(struct program_options){.path = "/usr/bin/env",
		.args = HERE_LIST("python3", "-c", reader,
		    scratch_path(path, client.out_name)),
		.cwd = "here"});
	code = program_wait(python, WAIT_LIMIT);
	if (code == 127) {
		harness_skip("json", "there is no python3");
		return NULL;
	}
	ck_assert_msg(code == 0, "python3:\n%s", program_err(python));
	return program_out(python);
}

START_TEST(json_is_an_object_a_line)
{
	static const char odd[] = "q\"b\\s/\t\n\033\302\233\377\303\274";
	char odd_name[16];
	struct program python;
	struct server server;
	const char *out;

	snprintf(odd_name, sizeof(odd_name), "q\"b\\s\t\n\033\377\303\274");
	scratch_text("served/plain", "text");
	scratch_text("served/q\"b\\s\t\n\033\377\303\274", "text");
	scratch_text("served/empty", "");
	server_start(&server, NULL);
	here_get(&client, server.port, 2, "--json",
	    HERE_LIST("--json", "plain", odd, odd_name, "empty", "../x"));
	ck_assert_uint_eq(program_lines(program_out(&client)), 5);
	out = read_json(&python);
	server_stop(&server);
	if (out == NULL)
		return;
	ck_assert_ptr_nonnull(strstr(out, "b'plain' 0\n"));
	ck_assert_ptr_nonnull(strstr(out, "b'empty' 0\n"));
	ck_assert_ptr_nonnull(strstr(out, "b'../x' 2\n"));
	ck_assert_ptr_nonnull(
	    strstr(out, "b'q\"b\\\\s\\t\\n\\x1b\\xff\\xc3\\xbc' 0\n"));
	ck_assert_ptr_nonnull(strstr(out, "\\xff\\xc3\\xbc' 4\n"));
}
END_TEST

/* If the whole run fails, each name still has an object. */
START_TEST(json_of_a_refused_connection)
{
	struct program python;
	struct fake fake;
	const char *out;

	fake_start(&fake, 0, fake_stall, NULL);
	fake_stop(&fake);
	here_get(&client, fake.port, 3, "--json",
	    HERE_LIST("--json", "a", "b"));
	ck_assert_uint_eq(program_lines(program_out(&client)), 2);
	out = read_json(&python);
	if (out != NULL)
		ck_assert_str_eq(out, "b'a' 3\nb'b' 3\n");
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"b\",\"output\":null,\"status\":\"not_begun\","));
}
END_TEST

static void
fill_standard_output(void)
{
	int fd = open("/dev/full", O_WRONLY);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(126);
	close(fd);
}

static void
close_standard_output(void)
{
	if (close(STDOUT_FILENO) != 0)
		_exit(126);
}

/* Commands that print to standard output: each reports a failed write. */
static const char *const printing[][4] = {
    {"-l", NULL},
    {"-lr", NULL},
    {"-l", "--json", NULL},
    {"--sums", "a", NULL},
    {"-o", "-", "a", NULL},
    {"-f", "a", NULL},
    {"--help", NULL},
    {"--version", NULL},
};

START_TEST(failed_prints_are_reported)
{
	struct server server;
	size_t i;

	scratch_fill("served/a", 1000, 1);
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(printing); i++) {
		here_start_after(&client, server.port, printing[i],
		    fill_standard_output);
		here_expect_exit(&client, 10, printing[i][0]);
		ck_assert_msg(strstr(program_err(&client),
				  "No space left on device") != NULL,
		    "%s: it said:\n%s", printing[i][0], program_err(&client));
		/* A closed standard output is reported, and no socket gets its
		 * descriptor. */
		here_start_after(&client, server.port, printing[i],
		    close_standard_output);
		here_expect_exit(&client, 10, printing[i][0]);
		ck_assert_msg(strstr(program_err(&client),
				  "Bad file descriptor") != NULL,
		    "%s: it said:\n%s", printing[i][0], program_err(&client));
	}
	server_stop(&server);
}
END_TEST

/* Regression: output for a script was lost, and the exit code was 0. The
 * fetched files are not lost. */
START_TEST(json_that_cannot_be_written)
{
	struct server server;

	scratch_fill("served/a", 1000, 1);
	scratch_fill("served/b", 2000, 2);
	server_start(&server, NULL);
	here_start_after(&client, server.port, HERE_LIST("--json", "a", "b"),
	    fill_standard_output);
	here_expect_exit(&client, 10, "/dev/full");
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "cannot write to standard output"));
	sum_expect_files("here/newa", "served/a");
	sum_expect_files("here/newb", "served/b");
	/* An earlier failure determines the exit code. */
	here_start_after(&client, server.port,
	    HERE_LIST("--json", "missing", "a"), fill_standard_output);
	here_expect_exit(&client, 4, "/dev/full");
	here_start_after(&client, server.port, HERE_LIST("-o-", "a"),
	    fill_standard_output);
	here_expect_exit(&client, 10, "-o -");
	server_stop(&server);
}
END_TEST

Suite *
progress_suite(void)
{
	Suite *suite = suite_create("progress");
	TCase *tcase;

	tcase = harness_case(suite, "shown", 60);
	tcase_add_loop_test(tcase, bar_on_a_terminal, 0,
	    (int)HARNESS_ROWS(looks));
	tcase_add_loop_test(tcase, no_bar_in_a_file, 0,
	    (int)HARNESS_ROWS(files));
	tcase_add_test(tcase, quiet_reports_failures);
	tcase = harness_case(suite, "json", 60);
	tcase_add_test(tcase, json_is_an_object_a_line);
	tcase_add_test(tcase, json_of_a_refused_connection);
	tcase_add_test(tcase, json_that_cannot_be_written);
	tcase_add_test(tcase, failed_prints_are_reported);
	return suite;
}
