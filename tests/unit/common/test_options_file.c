/*
 * A file of options: which lines set what, and the place and reason of each
 * mistake.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/options_file.h"
#include "tests/unit/unit.h"

struct settings {
	bool loud, quiet;
	int jobs;
	const char *folder;
};

#define MEMBER(name) .member = offsetof(struct settings, name)

static const struct options_row rows[] = {
    {'v', "loud", OPTIONS_ON, MEMBER(loud)},
    {'q', "quiet", OPTIONS_ON, MEMBER(quiet)},
    {'j', "jobs", OPTIONS_NUMBER, MEMBER(jobs), 1, 64},
    {'P', "folder", OPTIONS_TEXT, MEMBER(folder)},
    {'l', "list", OPTIONS_ON, MEMBER(loud), .once = true},
    {'h', "help", OPTIONS_SHOW, .words = "help\n"},
};

static const struct options_rule rule = {"-q", "-v"};

static struct settings settings;
static struct options options;
static char text[OPTIONS_FILE_MOST + 1];

static void
setup(void)
{
	settings = (struct settings){.jobs = 1};
	options = (struct options){
	    .rows = rows,
	    .n = UNIT_ROWS(rows),
	    .rules = &rule,
	    .n_rules = 1,
	    .settings = &settings,
	};
}

/* Reads a file of these bytes. */
static int
read_bytes(const void *bytes, size_t len)
{
	int fd = memfd_create("options", MFD_CLOEXEC), result;

	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	result = options_file_read(&options, fd, "FILE", text);
	close(fd);
	ck_assert_ptr_null(options.source);
	return result;
}

/* A text, with its length where it has a NUL. */
#define TEXT(string) string, sizeof(string) - 1

static const struct {
	const char *row;
	const char *bytes;
	size_t len;
	const char *described;
} good[] = {
    {"empty", TEXT(""), "j1"},
    {"a name", TEXT("loud\n"), "loud j1"},
    {"name and value", TEXT("jobs 3\n"), "j3"},
    {"no newline at the end", TEXT("jobs 3\nloud"), "loud j3"},
    {"CR LF", TEXT("jobs 3\r\nloud\r\nfolder a b\r\n"), "loud j3 a b."},
    {"CR at the end", TEXT("jobs 3\r"), "j3"},
    {"a byte order mark", TEXT("\357\273\277jobs 3\n"), "j3"},
    {"a mark alone", TEXT("\357\273\277"), "j1"},
    {"comments and empty lines",
	TEXT("# jobs 4\n\n  \t\n \t# loud\n\r\n#\njobs 2\n#"), "j2"},
    {"blanks around", TEXT("  \tjobs \t 3 \t\n\tloud \n"), "loud j3"},
    {"blanks and more in a value", TEXT("folder  /a b #c \"d\" \\ = e\n"),
	"j1 /a b #c \"d\" \\ = e."},
    {"bytes that are not ASCII", TEXT("folder /\303\244\377\n"),
	"j1 /\303\244\377."},
    {"the last line counts", TEXT("jobs 3\njobs 5\nfolder a\nfolder b\n"),
	"j5 b."},
    {"a tilde inside", TEXT("folder ./~x~\n"), "j1 ./~x~."},
};

START_TEST(test_lines)
{
	char line[256];

	ck_assert_msg(read_bytes(good[_i].bytes, good[_i].len) == 0, "%s: %s",
	    good[_i].row, options.error);
	snprintf(line, sizeof(line), "%s%sj%d%s%s%s",
	    settings.loud ? "loud " : "", settings.quiet ? "quiet " : "",
	    settings.jobs, settings.folder == NULL ? "" : " ",
	    settings.folder == NULL ? "" : settings.folder,
	    settings.folder == NULL ? "" : ".");
	ck_assert_msg(strcmp(line, good[_i].described) == 0, "%s: %s",
	    good[_i].row, line);
}
END_TEST

#define NO_SUCH(name)                                                          \
	"unknown option '" name "'; a line has a long name without dashes, a " \
	"blank, and the value"
#define CONTROL "a NUL byte or another control character"

static const struct {
	const char *row;
	const char *bytes;
	size_t len;
	const char *error;
} wrong[] = {
    {"unknown", TEXT("loud\n\njobz 3\n"), "FILE:3: " NO_SUCH("jobz")},
    {"a letter", TEXT("v\n"), "FILE:1: " NO_SUCH("v")},
    {"dashes", TEXT("--loud\n"), "FILE:1: " NO_SUCH("--loud")},
    {"a shortened name", TEXT("lou\n"), "FILE:1: " NO_SUCH("lou")},
    {"another case", TEXT("Loud\n"), "FILE:1: " NO_SUCH("Loud")},
    {"an equals sign", TEXT("jobs=3\n"), "FILE:1: " NO_SUCH("jobs=3")},
    {"an equals sign between", TEXT("jobs = 3\n"),
	"FILE:1: a blank separates name and value, not '='"},
    {"quotes", TEXT("#\nfolder \"a b\"\n"),
	"FILE:2: no quotes are needed: the value is the rest of the line"},
    {"single quotes", TEXT("folder 'a'\n"),
	"FILE:1: no quotes are needed: the value is the rest of the line"},
    {"a home folder", TEXT("folder ~/a\n"),
	"FILE:1: ~ is not expanded here; write the whole path"},
    {"no value", TEXT("jobs\n"), "FILE:1: jobs needs a value"},
    {"blanks for a value", TEXT("jobs  \t\n"), "FILE:1: jobs needs a value"},
    {"a value too many", TEXT("loud yes\n"), "FILE:1: no value goes with loud"},
    {"a comment for a value", TEXT("loud # always\n"),
	"FILE:1: no value goes with loud"},
    {"a wrong value", TEXT("loud\njobs 0"),
	"FILE:2: --jobs: '0' is too small (1 to 64)"},
    {"a comment behind a value", TEXT("jobs 3 # three\n"),
	"FILE:1: --jobs: '3 # three' is invalid (1 to 64)"},
    {"for one command", TEXT("list\n"),
	"FILE:1: list is for one command and cannot be a default"},
    {"help", TEXT("help\n"),
	"FILE:1: help is for one command and cannot be a default"},
    {"a pair", TEXT("quiet\nloud\n"), "FILE: -q and -v exclude each other"},
    {"NUL", TEXT("loud\njo\0bs 3\n"), "FILE:2: " CONTROL},
    {"NUL in a comment", TEXT("# \0\n"), "FILE:1: " CONTROL},
    {"NUL at the end", TEXT("loud\0"), "FILE:1: " CONTROL},
    {"an escape sequence", TEXT("folder \033[2J\n"), "FILE:1: " CONTROL},
    {"DEL", TEXT("folder \177\n"), "FILE:1: " CONTROL},
    {"CR inside", TEXT("loud\rquiet\n"), "FILE:1: " CONTROL},
    {"two CRs", TEXT("loud\r\r\n"), "FILE:1: " CONTROL},
    {"UTF-16", TEXT("\377\376l\0o\0u\0d\0\n\0"), "FILE:1: " CONTROL},
};

START_TEST(test_wrong)
{
	ck_assert_msg(read_bytes(wrong[_i].bytes, wrong[_i].len) == -1, "%s",
	    wrong[_i].row);
	ck_assert_msg(strcmp(options.error, wrong[_i].error) == 0, "%s: %s",
	    wrong[_i].row, options.error);
}
END_TEST

/* A file has at most so many bytes; one line may take them all. */
START_TEST(test_long)
{
	char bytes[OPTIONS_FILE_MOST + 1];

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "folder ", 7);
	ck_assert_int_eq(read_bytes(bytes, OPTIONS_FILE_MOST), 0);
	ck_assert_uint_eq(strlen(settings.folder), OPTIONS_FILE_MOST - 7);
	ck_assert_int_eq(read_bytes(bytes, OPTIONS_FILE_MOST + 1), -1);
	ck_assert_str_eq(options.error, "FILE: it has more than 16384 bytes");

	/* A long word does not hide the reason. */
	setup();
	memset(bytes, 'x', 5000);
	ck_assert_int_eq(read_bytes(bytes, 5000), -1);
	ck_assert_ptr_nonnull(strstr(options.error, "a long name without"));
	memcpy(bytes, "jobs ", 5);
	ck_assert_int_eq(read_bytes(bytes, 5000), -1);
	ck_assert_ptr_nonnull(strstr(options.error, "is invalid (1 to 64)"));
}
END_TEST

/* What is no file of text is refused at once. */
START_TEST(test_kinds)
{
	static const struct {
		const char *path, *error;
		int flags;
	} files[] = {
	    {"/", "FILE: it is a folder", O_RDONLY},
	    {"/dev/null", "FILE: it is not a regular file", O_RDONLY},
	    {"/proc/self/exe", "FILE: Bad file descriptor", O_PATH},
	};
	size_t i;
	int fd;

	for (i = 0; i < UNIT_ROWS(files); i++) {
		fd = open(files[i].path, files[i].flags | O_CLOEXEC);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(options_file_read(&options, fd, "FILE", text),
		    -1);
		ck_assert_str_eq(options.error, files[i].error);
		close(fd);
	}
}
END_TEST

Suite *
options_file_suite(void)
{
	Suite *suite = suite_create("options_file");
	TCase *tcase = unit_case(suite, "file");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, test_lines, 0, (int)UNIT_ROWS(good));
	tcase_add_loop_test(tcase, test_wrong, 0, (int)UNIT_ROWS(wrong));
	tcase_add_test(tcase, test_long);
	tcase_add_test(tcase, test_kinds);
	return suite;
}
