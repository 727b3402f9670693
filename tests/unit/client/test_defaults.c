/*
 * The config file: its place, its owner, and options of the command line that
 * override it.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client_options.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	ARGUMENTS = 8, /* at most, with the program and the end */
};

static char home[UNIT_PATH], config[UNIT_PATH]; /* folders */
static char path[UNIT_PATH];			/* of the config file */
static struct client_options options;
static struct server_list servers;

static void
setup(void)
{
	unit_folder(home);
	unit_path(config, home, ".config");
	ck_assert_int_eq(mkdir(config, 0755), 0);
	unit_path(path, config, "fileget");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_path(path, config, "fileget/config");
	ck_assert_int_eq(setenv("HOME", home, 1), 0);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("FILEGET_OPTIONS");
}

static void
write_config(const char *text)
{
	unit_write(config, "fileget/config", text, strlen(text));
}

struct line {
	const char *arguments[ARGUMENTS];
};

static void
parse(const struct line *line)
{
	/* getopt_long(3) moves the names behind the options. */
	static char *argv[ARGUMENTS + 3];
	int argc = 3, i;

	argv[0] = (char *)"fileget";
	argv[1] = (char *)"h";
	argv[2] = (char *)"80";
	for (i = 0; line->arguments[i] != NULL; i++)
		argv[argc++] = (char *)line->arguments[i];
	argv[argc] = NULL;
	optind = 0;
	client_options_parse(&options, &servers, argc, argv);
}

static void
parse_there(void *argument)
{
	parse(argument);
}

static const struct line name = {{"n"}};

START_TEST(test_places)
{
	char other[UNIT_PATH];

	write_config("jobs 3\n");
	parse(&name);
	ck_assert_int_eq(options.transfer.jobs, 3);
	ck_assert_str_eq(options.defaults.path, path);

	/* XDG_CONFIG_HOME replaces ~/.config; a relative one is invalid. */
	unit_folder(other);
	setenv("XDG_CONFIG_HOME", other, 1);
	parse(&name);
	ck_assert_int_eq(options.transfer.jobs, 1);
	ck_assert_str_eq(options.defaults.path, "");
	setenv("XDG_CONFIG_HOME", config, 1);
	setenv("HOME", "/nowhere", 1);
	parse(&name);
	ck_assert_int_eq(options.transfer.jobs, 3);
	setenv("HOME", home, 1);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	parse(&name);
	ck_assert_int_eq(options.transfer.jobs, 3);
	setenv("XDG_CONFIG_HOME", "", 1);
	parse(&name);
	ck_assert_int_eq(options.transfer.jobs, 3);
}
END_TEST

/* Nobody's home, and ways for the file not to be there. */
START_TEST(test_none)
{
	static const char *const homes[] = {"", "relative", "/nowhere",
	    "/dev/null"};
	char *many = malloc(PATH_MAX + 1);
	size_t i;

	write_config("jobs 3\n");
	unsetenv("HOME");
	parse(&name);
	ck_assert_int_eq(options.transfer.jobs, 1);
	ck_assert_int_eq(chdir(home), 0);
	for (i = 0; i < UNIT_ROWS(homes); i++) {
		setenv("HOME", homes[i], 1);
		parse(&name);
		ck_assert_int_eq(options.transfer.jobs, 1);
	}
	memset(many, '/', PATH_MAX);
	many[PATH_MAX] = '\0';
	setenv("HOME", many, 1);
	parse(&name);
	ck_assert_int_eq(options.transfer.jobs, 1);
	free(many);
}
END_TEST

/* The command line, then the variable, then the file. */
START_TEST(test_order)
{
	write_config("jobs 2\nretry 2\ntimeout 2\nkeep-name\n");
	setenv("FILEGET_OPTIONS", "-j 3 --retry=3", 1);
	parse(&(struct line){{"-j4", "n"}});
	ck_assert_int_eq(options.transfer.jobs, 4);
	ck_assert_int_eq(options.transfer.connection.retry, 3);
	ck_assert_int_eq(options.transfer.connection.timeout,
	    INT64_C(2000000000));
	ck_assert(options.transfer.keep_name);
	ck_assert_int_eq(options.n_names, 1);
	ck_assert_str_eq(options.names[0], "n");

	parse(&(struct line){{"n", "--no-config"}});
	ck_assert_int_eq(options.transfer.jobs, 1);
	ck_assert_int_eq(options.transfer.connection.retry, 5);
	ck_assert(!options.transfer.keep_name);
}
END_TEST

/* Defaults that a command has no use for do not get in its way. */
static const struct {
	const char *row;
	const char *config;
	struct line line;
} yielding[] = {
    {"-l",
	"jobs 4\nkeep-name\ndirectory-prefix /d\nupdate\nno-clobber\n"
	"fsync\nno-verify\nno-resume\nmax-size 1G\nwait 3\nsettle "
	"3\nsums\nsparse\n",
	{{"-l"}}},
    {"-f",
	"jobs 4\nkeep-name\ndirectory-prefix /d\nupdate\nno-clobber\n"
	"fsync\nsums\nsettle 3\nsparse\n",
	{{"-f", "n"}}},
    {"-f, json", "json\n", {{"-f", "n"}}},
    {"-o", "keep-name\ndirectory-prefix /d\n", {{"-o", "f", "n"}}},
    {"-o -", "json\nupdate\n", {{"-o", "-", "n"}}},
    {"-o -, sums", "sums\n", {{"-o", "-", "n"}}},
    {"-q", "verbose\n", {{"-q", "n"}}},
    {"-v", "quiet\n", {{"-v", "n"}}},
    {"--json", "sums\n", {{"--json", "n"}}},
    {"no -r", "hidden\ninclude a\nexclude *\nstrict\n", {{"n"}}},
    {"-r", "settle 3\n", {{"-r", "n"}}},
};

START_TEST(test_yielding)
{
	const struct transfer_settings *transfer = &options.transfer;
	struct line line = yielding[_i].line;
	struct child child;

	write_config(yielding[_i].config);
	child_run(&child, parse_there, &line);
	ck_assert_msg(child.code == CHILD_ALIVE, "%s: %s", yielding[_i].row,
	    child.err);
	parse(&line);
	ck_assert_int_eq(transfer->jobs, 1);
	ck_assert(!transfer->keep_name && !transfer->sums &&
	    !transfer->store.update && !transfer->hidden &&
	    transfer->settle == 0);
	ck_assert_ptr_null(transfer->directory);
	ck_assert(options.report.quiet == (_i == 6));
	ck_assert(options.report.verbose == (_i == 7));
}
END_TEST

/* Options that only make sense in one command. */
START_TEST(test_once)
{
	static const char *const names[] = {"output f", "input-file f",
	    "check f", "base b", "null", "list", "recursive", "follow",
	    "sha256 0", "version", "help", "no-config", "lines 3", "delete",
	    "dry-run"};
	struct line line = name;
	struct child child;
	size_t i;

	for (i = 0; i < UNIT_ROWS(names); i++) {
		write_config(names[i]);
		child_run(&child, parse_there, &line);
		ck_assert_msg(child.code == 2 &&
			strstr(child.err, "config:1: ") != NULL &&
			strstr(child.err,
			    "is for one command and cannot be a default") !=
			    NULL,
		    "%s: %s", names[i], child.err);
	}
}
END_TEST

/* Parses a command line that is wrong only because of the config file, and
 * expects these words. */
static void
expect_refused(const char *words)
{
	struct line line = name;
	struct child child;

	child_run(&child, parse_there, &line);
	ck_assert_msg(child.code == 2 && strstr(child.err, words) != NULL &&
		strstr(child.err, path) != NULL,
	    "%s: %d, %s", words, child.code, child.err);
	/* Neither help nor a command without defaults needs the file. */
	line = (struct line){{"--no-config", "n"}};
	child_run(&child, parse_there, &line);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	line = (struct line){{"--help"}};
	child_run(&child, parse_there, &line);
	ck_assert_int_eq(child.code, 0);
}

START_TEST(test_refused)
{
	write_config("jobs 2\nnonsense\n");
	expect_refused(":2: unknown option 'nonsense'");

	write_config("");
	ck_assert_int_eq(chmod(path, 0646), 0);
	expect_refused("every user may write to it");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	expect_refused("it is a folder");
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	expect_refused("it is not a regular file");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("config", path), 0);
	expect_refused("Too many levels of symbolic links");
}
END_TEST

/* The file exists and may not be read; or nothing above it may be entered, as
 * when HOME is another user's. */
START_TEST(test_unreadable)
{
	struct line line = name;
	struct child child;

	write_config("jobs 2\n");
	unit_drop_power();
	ck_assert_int_eq(chmod(path, 0), 0);
	expect_refused("Permission denied (--no-config does without it)");
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(chmod(config, 0), 0);
	child_run(&child, parse_there, &line);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert_str_eq(child.err, "");
	ck_assert_int_eq(chmod(config, 0755), 0);
}
END_TEST

/* A file of another user is not trusted, as with sudo where HOME stays. */
START_TEST(test_foreign)
{
	write_config("jobs 2\n");
	if (chown(path, 12345, (gid_t)-1) != 0) {
		fprintf(stderr, "defaults: skipped: only root may chown: %s\n",
		    strerror(errno));
		return;
	}
	expect_refused("it belongs to another user (12345)");
	ck_assert_int_eq(chown(path, 0, (gid_t)-1), 0);
	parse(&name);
	ck_assert_int_eq(options.transfer.jobs, 2);
}
END_TEST

Suite *
defaults_suite(void)
{
	Suite *suite = suite_create("defaults");
	TCase *tcase = unit_case(suite, "defaults");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_places);
	tcase_add_test(tcase, test_none);
	tcase_add_test(tcase, test_order);
	tcase_add_loop_test(tcase, test_yielding, 0, (int)UNIT_ROWS(yielding));
	tcase_add_test(tcase, test_once);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_unreadable);
	tcase_add_test(tcase, test_foreign);
	return suite;
}
