/*
 * Completion of names in a folder that the server lists once.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "client/prompt/completion.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

static struct script script;
static struct remote_cwd place;
static struct completion completion;
static struct completion_match match;

static void
setup(void)
{
	memset(&place, 0, sizeof(place));
	script_open(&script);
	completion_open(&completion, &script.connection, &place);
}

static void
teardown(void)
{
	completion_forget(&completion);
	script_close(&script);
}

static const struct {
	const char *name;
	bool folder;
} entries[] = {
    {"logs", true},
    {"logbook.txt", false},
    {"loud", true},
    {".hidden", false},
    {"zebra one", false},
    {"gr\303\266n", false},
    {"gr\303\274n", false},
    {"\033[31mred", false},
    {"broken\377", false},
    {"back\\slash", false},
    {"unique", true},
};

/* The reply with these entries. */
static void
say_folder(void)
{
	size_t i;

	script_stat(&script, S_IFDIR | 0755, 1);
	script_begin_page(&script, 0);
	for (i = 0; i < UNIT_ROWS(entries); i++)
		script_entry(&script,
		    entries[i].folder ? S_IFDIR | 0755 : S_IFREG | 0644, 1,
		    entries[i].name);
	script_end_page(&script);
}

static const struct {
	const char *line;
	const char *rest; /* NULL: nothing is found */
	size_t n;
	bool unsafe;
} rows[] = {
    {"", "", 10, false},
    {"l", "o", 3, false},
    {"lo", "", 3, false},
    {"log", "", 2, false},
    {"logs", "/", 1, false},
    {"logb", "ook.txt", 1, false},
    {"logbook.txt", "", 1, false},
    {"/l", "o", 3, false},
    {"./lou", "d/", 1, false},
    {"x/../lou", "d/", 1, false},
    {"'lou", "d/", 1, false},
    {"\"zebra o", "ne", 1, false},
    {"zebra ", "one", 1, false},
    {"ls lou", "d/", 1, false},
    {"ls  'lou", "d/", 1, false},
    {"  lou", "d/", 1, false},
    {" \tls \t lou", "d/", 1, false},
    {" cd log", "s/", 1, false},
    {"get lou", "d/", 1, false},
    {"get  'lou", "d/", 1, false},
    {"get log", "", 2, false},
    {"get -r log", "s/", 1, false},
    {"-r log", "s/", 1, false},
    {"-r  lo", "", 2, false},
    {"get cd log", NULL, 0, false},
    {"getl", NULL, 0, false},
    {"cd lo", "", 2, false},
    {"cd log", "s/", 1, false},
    {"cd logb", NULL, 0, false},
    {"cd", NULL, 0, false},
    {".", "hidden", 1, false},
    {"gr", "", 2, false}, /* whole characters only */
    {"gr\303\266", "n", 1, false},
    {"\033", "[31mred", 1, false}, /* the user typed the escape */
    {"bro", "", 1, true},
    {"back", "", 1, true},
    {"u", "nique/", 1, false},
    {"none", NULL, 0, false},
    {"../l", NULL, 0, false},
};

START_TEST(test_lines)
{
	int round, got;

	say_folder();
	script_start(&script, true);
	/* The second time the server has gone. */
	for (round = 0; round < 2; round++) {
		got = completion_find(&completion, rows[_i].line, &match);
		if (rows[_i].rest == NULL) {
			ck_assert_msg(got == -1, "'%s'", rows[_i].line);
			continue;
		}
		ck_assert_msg(got == 0, "'%s'", rows[_i].line);
		ck_assert_str_eq(match.rest, rows[_i].rest);
		ck_assert_msg(match.n == rows[_i].n, "'%s': %zu", rows[_i].line,
		    match.n);
		ck_assert(match.unsafe == rows[_i].unsafe);
		completion_free_match(&match);
	}
}
END_TEST

/* A blank that trimming would remove is not inserted. */
static const struct {
	const char *line;
	const char *rest;
	bool unsafe;
} blanks[] = {
    {"", "", true},
    {"' ", "leads", false},
    {"./ ", "leads", false},
    {"./", " leads", false},
    {"ls ", "", true},
    {"ls ./", " leads", false},
};

START_TEST(test_blank_in_front)
{
	script_stat(&script, S_IFDIR | 0755, 1);
	script_begin_page(&script, 0);
	script_entry(&script, S_IFREG | 0644, 1, " leads");
	script_end_page(&script);
	script_start(&script, true);
	ck_assert_int_eq(completion_find(&completion, blanks[_i].line, &match),
	    0);
	ck_assert_str_eq(match.rest, blanks[_i].rest);
	ck_assert(match.unsafe == blanks[_i].unsafe);
	completion_free_match(&match);
}
END_TEST

static const struct {
	const char *line;
	const char *rest;
	bool unsafe;
} ends[] = {
    {"f", "", true},
    {"'f", "ile ", false},
    {"d", "ir /", false},
    {"m", "y ", false},
    {"ls f", "", true},
    {"ls 'f", "ile ", false},
};

START_TEST(test_blank_at_the_end)
{
	script_stat(&script, S_IFDIR | 0755, 1);
	script_begin_page(&script, 0);
	script_entry(&script, S_IFREG | 0644, 1, "file ");
	script_entry(&script, S_IFDIR | 0755, 1, "dir ");
	script_entry(&script, S_IFREG | 0644, 1, "my a");
	script_entry(&script, S_IFREG | 0644, 1, "my b");
	script_end_page(&script);
	script_start(&script, true);
	ck_assert_int_eq(completion_find(&completion, ends[_i].line, &match),
	    0);
	ck_assert_str_eq(match.rest, ends[_i].rest);
	ck_assert(match.unsafe == ends[_i].unsafe);
	completion_free_match(&match);
}
END_TEST

START_TEST(test_forgotten)
{
	say_folder();
	script_stat(&script, S_IFDIR | 0755, 1);
	script_begin_page(&script, 0);
	script_entry(&script, S_IFREG, 1, "later");
	script_end_page(&script);
	script_start(&script, true);
	ck_assert_int_eq(completion_find(&completion, "logb", &match), 0);
	completion_free_match(&match);
	ck_assert_int_eq(completion_find(&completion, "la", &match), -1);
	completion_forget(&completion);
	ck_assert_int_eq(completion_find(&completion, "la", &match), 0);
	ck_assert_str_eq(match.rest, "ter");
	completion_free_match(&match);
}
END_TEST

/* Names are relative to the current folder. */
START_TEST(test_place)
{
	say_folder();
	script_start(&script, true);
	remote_cwd_go(&place, "far/away");
	ck_assert_int_eq(completion_find(&completion, "lou", &match), 0);
	completion_free_match(&match);
	/* The same folder by other names, and another one. */
	ck_assert_int_eq(completion_find(&completion, "/far/away/lou", &match),
	    0);
	completion_free_match(&match);
	ck_assert_int_eq(completion_find(&completion, "../lou", &match), -1);
}
END_TEST

/* A server that refuses or has gone: nothing is found, or reported. */
START_TEST(test_refused)
{
	script_refuse(&script, PROTOCOL_DENIED, "no");
	script_refuse(&script, PROTOCOL_DENIED, "no");
	script_start(&script, true);
	ck_assert_int_eq(completion_find(&completion, "l", &match), -1);
	ck_assert_int_eq(completion_find(&completion, "l", &match), -1);
	ck_assert_int_eq(script.report.code, EXIT_OK);
	/* The limit was for this question alone. */
	ck_assert_int_eq(script.connection.timeout, script.settings.timeout);
}
END_TEST

Suite *
completion_suite(void)
{
	Suite *suite = suite_create("completion");
	TCase *tcase = unit_case(suite, "lines");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_lines, 0, (int)UNIT_ROWS(rows));
	tcase_add_loop_test(tcase, test_blank_in_front, 0,
	    (int)UNIT_ROWS(blanks));
	tcase_add_loop_test(tcase, test_blank_at_the_end, 0,
	    (int)UNIT_ROWS(ends));
	tcase_add_test(tcase, test_forgotten);
	tcase_add_test(tcase, test_place);
	tcase_add_test(tcase, test_refused);
	return suite;
}
