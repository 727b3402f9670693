/*
 * Lines of the prompt as they are parsed and run, up to the point where files
 * are fetched.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/prompt/commands.h"
#include "tests/unit/child.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

static struct script script;
static struct transfer_settings settings;
static struct pipeline pipeline;
static struct commands commands;

/* The pipeline has the connection of the script. */
static void
setup(void)
{
	script_open(&script);
	settings.connection = script.settings;
	settings.jobs = 1;
	pipeline_open(&pipeline, &settings, NULL, &script.report,
	    &script.progress, NULL);
	pipeline.connection.fd = script.pair[0];
	pipeline.connection.ever = true;
	stream_open(&pipeline.connection.stream, script.pair[0], -1);
	script.connection.fd = -1;
	commands_open(&commands, &pipeline, false);
}

static void
teardown(void)
{
	commands_close(&commands);
	pipeline_close(&pipeline);
	script_close(&script);
}

static void
run_line(const char *line)
{
	commands_run(&commands, line, strlen(line));
}

/* The folder after the line, in a folder "a/b". */
static const struct {
	const char *line;
	const char *folder;
	enum exit_code code;
	bool asks;     /* the server, which has a folder of that name */
	uint32_t mode; /* or something else */
} rows[] = {
    {"cd", "", EXIT_OK, false, 0},
    {"cd /", "", EXIT_OK, false, 0},
    {"cd c", "a/b/c", EXIT_OK, true, S_IFDIR},
    {"cd\tc", "a/b/c", EXIT_OK, true, S_IFDIR},
    {"cd  c d", "a/b/c d", EXIT_OK, true, S_IFDIR},
    {"cd 'c'", "a/b/c", EXIT_OK, true, S_IFDIR},
    {"cd \"c \"", "a/b/c ", EXIT_OK, true, S_IFDIR},
    {"cd 'c\"", "a/b/'c\"", EXIT_OK, true, S_IFDIR},
    {"cd ..", "a", EXIT_OK, true, S_IFDIR},
    {"cd ../..", "", EXIT_OK, false, 0},
    {"cd ../../..", "a/b", EXIT_USAGE, false, 0},
    {"cd f", "a/b", EXIT_DENIED, true, S_IFREG},
    {"cd none", "a/b", EXIT_NOT_FOUND, true, 0},
};

START_TEST(test_cd)
{
	if (rows[_i].asks && rows[_i].mode != 0)
		script_stat(&script, rows[_i].mode, 1);
	else if (rows[_i].asks)
		script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
	script_start(&script, true);
	remote_cwd_go(&commands.place, "a/b");
	run_line(rows[_i].line);
	ck_assert_msg(strcmp(commands.place.folder, rows[_i].folder) == 0,
	    "%s: %s", rows[_i].line, commands.place.folder);
	ck_assert_int_eq(script.report.code, rows[_i].code);
}
END_TEST

/* Lines that are names: they fail before anything is fetched. */
static const struct {
	const char *line;
	enum exit_code code;
	const char *says;
} names[] = {
    {"../x", EXIT_USAGE, "../x: not a name"},
    {"ls ../x", EXIT_USAGE, "../x: not a name"},
    {"x*", EXIT_NOT_FOUND, "x*: nothing on the server matches"},
    {"ls x*", EXIT_NOT_FOUND, "x*: nothing on the server matches"},
    {"lsx*", EXIT_NOT_FOUND, "lsx*: nothing"},
    {"help*", EXIT_NOT_FOUND, "help*: nothing"},
    {"help me*", EXIT_NOT_FOUND, "help me*: nothing"},
    {"./ls *", EXIT_NOT_FOUND, "ls *: nothing"},
};

static void
run_name(void *argument)
{
	const char *line = argument;

	script.report_settings.quiet = false;
	run_line(line);
	exit((int)script.report.code);
}

START_TEST(test_names)
{
	struct child child;
	char line[32];

	script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
	script_stat(&script, S_IFDIR | 0755, 1);
	script_begin_page(&script, 0);
	script_end_page(&script);
	script_send(&script);
	strlcpy(line, names[_i].line, sizeof(line));
	child_run(&child, run_name, line);
	ck_assert_msg(strstr(child.err, names[_i].says) != NULL, "%s: %s", line,
	    child.err);
	ck_assert_int_eq(child.code, names[_i].code);
}
END_TEST

/* Longer than a name, and with a NUL. */
static void
run_bad_lines(void *argument)
{
	char line[REMOTE_CWD_NAME + 1];

	(void)argument;
	memset(line, 'x', REMOTE_CWD_NAME);
	line[REMOTE_CWD_NAME] = '\0';
	run_line(line);
	commands_run(&commands, "a\0b", 3);
	exit(script.report.failed == 2 ? (int)script.report.code : EXIT_OK);
}

START_TEST(test_not_a_name)
{
	struct child child;

	child_run(&child, run_bad_lines, NULL);
	ck_assert_int_eq(child.code, EXIT_USAGE);
	ck_assert_ptr_nonnull(strstr(child.err, "fileget: a: not a name"));
}
END_TEST

static void
run_ls_and_help(void *argument)
{
	(void)argument;
	run_line("ls d");
	run_line("help");
	exit((int)script.report.code);
}

START_TEST(test_ls_and_help)
{
	struct child child;

	script_stat(&script, S_IFDIR | 0755, 1);
	script_begin_page(&script, 0);
	script_entry(&script, S_IFREG | 0644, 5, "f");
	script_end_page(&script);
	script_send(&script);
	child_run(&child, run_ls_and_help, NULL);
	ck_assert_ptr_nonnull(strstr(child.out, "-rw-r--r--  5  "));
	ck_assert_ptr_nonnull(strstr(child.out, "  f\n"));
	ck_assert_ptr_nonnull(strstr(child.err, "cd [DIR]"));
	ck_assert_int_eq(child.code, EXIT_OK);
}
END_TEST

/* ---- lines that a person types ------------------------------------------ */

/* Lines without a name: the message, and whether the prompt goes on. */
static const struct {
	const char *line;
	const char *says;
	enum exit_code code;
	bool leaves;
} typed[] = {
    {"quit", "", EXIT_OK, true},
    {"exit", "", EXIT_OK, true},
    {"bye", "", EXIT_OK, true},
    {"pwd", "/a/b\n", EXIT_OK, false},
    {"?", "cd [DIR]", EXIT_OK, false},
    {"help", "cd [DIR]", EXIT_OK, false},
    {"get", "get NAME fetches", EXIT_USAGE, false},
    {"-r", "-r NAME fetches", EXIT_USAGE, false},
    {"get -r", "-r NAME fetches", EXIT_USAGE, false},
    {"get ../../../x", "../../../x: not a name", EXIT_USAGE, false},
    {"-r ../../../x", "../../../x: not a name", EXIT_USAGE, false},
    {"get -r\t../../../x", "fileget: ../../../x: not a name", EXIT_USAGE,
	false},
    {"put x", "put x: ", EXIT_NOT_FOUND, false},
    {"put x", "; a fileserv sends files and takes none", EXIT_NOT_FOUND, false},
    {"dir", "; ls lists a folder", EXIT_NOT_FOUND, false},
    {"mget x y", "; *.txt fetches several", EXIT_NOT_FOUND, false},
    {"lcd /tmp", "; files arrive where", EXIT_NOT_FOUND, false},
    {"get put x", "; a fileserv sends files", EXIT_NOT_FOUND, false},
    {"one two", "; a whole line is one name", EXIT_NOT_FOUND, false},
    {"help get", "; help alone shows all commands", EXIT_NOT_FOUND, false},
    {"ls -la ../../../x", "fileget: ../../../x: not a name", EXIT_USAGE, false},
    {"ls -l  ../../../x", "fileget: ../../../x: not a name", EXIT_USAGE, false},
    {"ls -x ../../../../../x", "fileget: -x ../../../../../x: not a name",
	EXIT_USAGE, false},
    {"ls '-l ../../../../../x'", "fileget: -l ../../../../../x: not a name",
	EXIT_USAGE, false},
};

static void
run_typed(void *argument)
{
	const char *line = argument;

	script.report_settings.quiet = false;
	commands.is_typed = true;
	remote_cwd_go(&commands.place, "a/b");
	if (!commands_run(&commands, line, strlen(line)))
		dprintf(STDERR_FILENO, "(leaves)");
	exit((int)script.report.code);
}

START_TEST(test_typed)
{
	struct child child;
	char line[32];

	script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
	script_send(&script);
	strlcpy(line, typed[_i].line, sizeof(line));
	child_run(&child, run_typed, line);
	ck_assert_msg(strstr(child.err, typed[_i].says) != NULL, "%s: %s", line,
	    child.err);
	ck_assert_msg((strstr(child.err, "(leaves)") != NULL) ==
		typed[_i].leaves,
	    "%s: %s", line, child.err);
	ck_assert_msg(child.code == (int)typed[_i].code, "%s: %d, %s", line,
	    child.code, child.err);
}
END_TEST

/* A pattern that matches nothing gets the advice that a name gets. */
static const struct {
	const char *line, *says;
} patterns[] = {
    {"mget *.c", "mget *.c: nothing on the server matches; *.txt fetches"},
    {"*.c", "*.c: nothing on the server matches\n"},
    {"one *", "matches; a whole line is one name\n"},
    {"'mget *.c", "'mget *.c: nothing on the server matches"},
    {"ls one *", "one *: nothing on the server matches\n"},
};

START_TEST(test_typed_pattern)
{
	struct child child;
	char line[32];

	script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
	script_stat(&script, S_IFDIR | 0755, 1);
	script_begin_page(&script, 0);
	script_end_page(&script);
	script_send(&script);
	strlcpy(line, patterns[_i].line, sizeof(line));
	child_run(&child, run_typed, line);
	ck_assert_msg(strstr(child.err, patterns[_i].says) != NULL, "%s: %s",
	    line, child.err);
	ck_assert_int_eq(child.code, EXIT_NOT_FOUND);
}
END_TEST

START_TEST(test_typed_folder)
{
	static const struct {
		const char *line, *said;
	} folders[] = {
	    {"photos/",
		"fileget: photos/: a folder: cd photos/ goes there, -r photos/ "
		"fetches it\n"},
	    {"photos of last summer",
		"fileget: photos of last summer: a folder: cd NAME goes there, "
		"-r NAME fetches it\n"},
	};
	struct child child;
	char line[32];

	strlcpy(line, folders[_i].line, sizeof(line));
	script_stat(&script, S_IFDIR | 0755, 1);
	script_send(&script);
	child_run(&child, run_typed, line);
	ck_assert_str_eq(child.err, folders[_i].said);
	ck_assert_int_eq(child.code, EXIT_DENIED);
}
END_TEST

Suite *
commands_suite(void)
{
	Suite *suite = suite_create("commands");
	TCase *tcase = unit_case(suite, "lines");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_cd, 0, (int)UNIT_ROWS(rows));
	tcase_add_loop_test(tcase, test_names, 0, (int)UNIT_ROWS(names));
	tcase_add_test(tcase, test_not_a_name);
	tcase_add_test(tcase, test_ls_and_help);
	tcase_add_loop_test(tcase, test_typed, 0, (int)UNIT_ROWS(typed));
	tcase_add_loop_test(tcase, test_typed_pattern, 0,
	    sizeof(patterns) / sizeof(patterns[0]));
	tcase_add_loop_test(tcase, test_typed_folder, 0, 2);
	return suite;
}
