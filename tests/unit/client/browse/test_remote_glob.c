/*
 * Patterns against the folders of a scripted server.
 */

#include <sys/stat.h>

#include <string.h>

#include "client/browse/remote_glob.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

static struct script script;
static struct name_list list;
static struct remote_glob pattern;

static void
setup(void)
{
	memset(&list, 0, sizeof(list));
	script_open(&script);
	pattern = (struct remote_glob){.connection = &script.connection,
	    .report = &script.report};
}

static void
teardown(void)
{
	name_list_free(&list);
	script_close(&script);
}

/* The server has nothing of the pattern's own name. */
static void
say_no_such_name(void)
{
	script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
}

/* A folder; names that end with '/' are folders. */
static void
say_folder(const char *names)
{
	char copy[256], *left = copy, *name;
	size_t len;

	strlcpy(copy, names, sizeof(copy));
	script_stat(&script, S_IFDIR | 0755, 1);
	script_begin_page(&script, 0);
	while ((name = strsep(&left, " ")) != NULL) {
		len = strlen(name);
		if (len > 0 && name[len - 1] == '/') {
			name[len - 1] = '\0';
			script_entry(&script, S_IFDIR | 0755, 1, name);
		} else if (len > 0) {
			script_entry(&script, S_IFREG | 0644, 1, name);
		}
	}
	script_end_page(&script);
}

static void
expect_names(const char *row, const char *names)
{
	char text[256] = "";
	size_t i;

	for (i = 0; i < list.n; i++) {
		strlcat(text, i == 0 ? "" : " ", sizeof(text));
		strlcat(text, list.names[i], sizeof(text));
	}
	ck_assert_msg(strcmp(text, names) == 0, "%s: %s", row, text);
}

/* In a folder of these names; with folders, they match too. */
static const struct {
	const char *name;
	bool folders;
	const char *matches; /* "": none, a failure */
} rows[] = {
    {"*", false, "B a b.gz"},
    {"*", true, "B a b.gz d e"},
    {"?", false, "B a"},
    {"[a-b]*", false, "a b.gz"},
    {"*.gz", false, "b.gz"},
    {".*", false, ".h"},
    {"d*", false, ""},
    {"d*", true, "d"},
    {"x*", true, ""},
};

START_TEST(test_one_folder)
{
	say_no_such_name();
	say_folder("b.gz e/ a .h d/ B");
	script_start(&script, true);
	pattern.folders = rows[_i].folders;
	ck_assert_int_eq(remote_glob_expand(&pattern, rows[_i].name, 0, &list),
	    rows[_i].matches[0] == '\0' ? -1 : 0);
	expect_names(rows[_i].name, rows[_i].matches);
	ck_assert_int_eq(script.report.code,
	    rows[_i].matches[0] == '\0' ? EXIT_NOT_FOUND : EXIT_OK);
}
END_TEST

START_TEST(test_components)
{
	say_no_such_name();
	say_folder("l2/ l1/ log");
	say_folder("x y.gz");
	say_folder("a.gz z/");
	script_start(&script, true);
	ck_assert_int_eq(name_list_add(&list, "", "zero"), 0);
	ck_assert_int_eq(remote_glob_expand(&pattern, "l*/*.gz", 0, &list), 0);
	expect_names("two", "zero l1/y.gz l2/a.gz");
}
END_TEST

/* The last component is no pattern: one STAT a folder. */
START_TEST(test_plain_component)
{
	say_no_such_name();
	say_folder("a/ b/");
	script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
	script_stat(&script, S_IFREG | 0644, 2);
	script_start(&script, true);
	ck_assert_int_eq(remote_glob_expand(&pattern, "*/f", 0, &list), 0);
	expect_names("plain", "b/f");
}
END_TEST

/* The fixed folder has the characters of a pattern. */
START_TEST(test_fixed)
{
	say_no_such_name();
	say_folder("a b");
	script_start(&script, true);
	ck_assert_int_eq(remote_glob_expand(&pattern, "[d]/*", 3, &list), 0);
	expect_names("fixed", "[d]/a [d]/b");
	/* All of it is fixed: the server is not asked. */
	ck_assert_int_eq(remote_glob_expand(&pattern, "x*", 2, &list), 0);
	expect_names("fixed", "[d]/a [d]/b x*");
}
END_TEST

/* The server is not asked. */
START_TEST(test_no_pattern)
{
	script_start(&script, true);
	ck_assert_int_eq(remote_glob_expand(&pattern, "a/b", 0, &list), 0);
	ck_assert_int_eq(remote_glob_expand(&pattern, "../*", 0, &list), 0);
	expect_names("no pattern", "a/b ../*");
}
END_TEST

START_TEST(test_name_with_the_characters)
{
	script_stat(&script, S_IFREG | 0644, 1);
	script_start(&script, true);
	ck_assert_int_eq(remote_glob_expand(&pattern, "a[1]", 0, &list), 0);
	expect_names("a file", "a[1]");
}
END_TEST

/* Reported and skipped; what other folders have is found. */
START_TEST(test_folder_refused)
{
	say_no_such_name();
	say_folder("a/ b/");
	script_refuse(&script, PROTOCOL_DENIED, "no");
	script_refuse(&script, PROTOCOL_DENIED, "no");
	say_folder("f");
	script_start(&script, true);
	ck_assert_int_eq(remote_glob_expand(&pattern, "*/?", 0, &list), 0);
	expect_names("refused", "b/f");
	ck_assert_int_eq(script.report.code, EXIT_DENIED);
}
END_TEST

START_TEST(test_no_server)
{
	script_start(&script, true);
	ck_assert_int_eq(remote_glob_expand(&pattern, "*", 0, &list), -1);
	expect_names("no server", "");
	ck_assert_uint_eq(script.report.failed, 1);
}
END_TEST

Suite *
remote_glob_suite(void)
{
	Suite *suite = suite_create("remote_glob");
	TCase *tcase = unit_case(suite, "patterns");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_one_folder, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_components);
	tcase_add_test(tcase, test_plain_component);
	tcase_add_test(tcase, test_fixed);
	tcase_add_test(tcase, test_no_pattern);
	tcase_add_test(tcase, test_name_with_the_characters);
	tcase_add_test(tcase, test_folder_refused);
	tcase_add_test(tcase, test_no_server);
	return suite;
}
