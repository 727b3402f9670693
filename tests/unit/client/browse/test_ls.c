/*
 * Lists of a scripted server's folders, as they are printed.
 */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/browse/ls.h"
#include "tests/unit/child.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

enum {
	FILE_MODE = S_IFREG | 0644,
	FOLDER_MODE = S_IFDIR | 0755,
};

/* An entry that script_entry makes, of 1 byte and 1 second after 1970. */
#define FILE_LINE(name)	  "-rw-r--r--  1  1970-01-01 00:00  " name "\n"
#define FOLDER_LINE(name) "drwxr-xr-x  1  1970-01-01 00:00  " name "\n"

static struct script script;
static struct child child;
static struct ls ls;
static const char *names[3];
static size_t n;

static void
setup(void)
{
	script_open(&script);
	ls = (struct ls){.connection = &script.connection,
	    .report = &script.report};
	n = 0;
}

static void
teardown(void)
{
	script_close(&script);
}

/* A page of entries; names that end with '/' are folders. */
static void
say_folder(uint64_t id, const char *entries)
{
	char copy[256], *left = copy, *name;
	size_t len;

	strlcpy(copy, entries, sizeof(copy));
	script_stat(&script, FOLDER_MODE, id);
	script_begin_page(&script, 0);
	while ((name = strsep(&left, " ")) != NULL) {
		len = strlen(name);
		if (len > 0 && name[len - 1] == '/') {
			name[len - 1] = '\0';
			script_entry(&script, FOLDER_MODE, 1, name);
		} else if (len > 0) {
			script_entry(&script, FILE_MODE, 1, name);
		}
	}
	script_end_page(&script);
}

/* Both requests for a name are refused. */
static void
say_refused(void)
{
	script_refuse(&script, PROTOCOL_DENIED, "no");
	script_refuse(&script, PROTOCOL_DENIED, "no");
}

static void
print(void *argument)
{
	(void)argument;
	setenv("TZ", "UTC0", 1);
	tzset();
	script.report_settings.quiet = false;
	ls_names(&ls, names, n);
	exit((int)script.report.code);
}

static void
expect(int code, const char *out, const char *err)
{
	script_send(&script);
	child_run(&child, print, NULL);
	ck_assert_str_eq(child.out, out);
	if (err == NULL)
		ck_assert_str_eq(child.err, "");
	else
		ck_assert_msg(strstr(child.err, err) != NULL, "%s", child.err);
	ck_assert_int_eq(child.code, code);
}

START_TEST(test_folder)
{
	names[n++] = ".";
	say_folder(1, "b a d/");
	expect(EXIT_OK, FILE_LINE("a") FILE_LINE("b") FOLDER_LINE("d"), NULL);
}
END_TEST

START_TEST(test_file)
{
	const struct protocol_attributes attributes = {.size = 1,
	    .mtime_ns = 1,
	    .mode = FILE_MODE};

	names[n++] = "d/f";
	script_state(&script, &attributes);
	script_refuse(&script, PROTOCOL_NOT_A_FILE, "no");
	expect(EXIT_OK, FILE_LINE("d/f"), NULL);
}
END_TEST

/* Each has a title; one that is refused is reported, and the next follows. */
START_TEST(test_several)
{
	names[n++] = "d";
	names[n++] = "none";
	names[n++] = "e";
	say_folder(1, "a");
	say_refused();
	say_folder(2, "b");
	expect(EXIT_DENIED, "d:\n" FILE_LINE("a") "\ne:\n" FILE_LINE("b"),
	    "none: ");
}
END_TEST

START_TEST(test_bad_name)
{
	names[n++] = "../x";
	names[n++] = "d";
	say_folder(1, "a");
	expect(EXIT_USAGE, "\nd:\n" FILE_LINE("a"), "../x: not a name");
}
END_TEST

/* Each folder's own line, then its entries, relative to the name. */
START_TEST(test_tree)
{
	names[n++] = "top";
	ls.recursive = true;
	say_folder(1, "a d/ z");
	say_folder(2, "e/ f");
	say_folder(3, "");
	expect(EXIT_OK,
	    FILE_LINE("a") FOLDER_LINE("d") FOLDER_LINE("d/e") FILE_LINE("d/f")
		FILE_LINE("z"),
	    NULL);
}
END_TEST

/* Of a tree, a folder that is refused is left out. */
START_TEST(test_folder_refused)
{
	names[n++] = "top";
	ls.recursive = true;
	say_folder(1, "d/ e/");
	say_refused();
	say_folder(3, "f");
	expect(EXIT_DENIED, FOLDER_LINE("d") FOLDER_LINE("e") FILE_LINE("e/f"),
	    "top/d: ");
}
END_TEST

START_TEST(test_circle)
{
	names[n++] = "top";
	ls.recursive = true;
	say_folder(1, "d/");
	say_folder(2, "up/");
	say_folder(1, "d/");
	expect(EXIT_OK, FOLDER_LINE("d") FOLDER_LINE("d/up"),
	    "top/d/up: not followed");
}
END_TEST

START_TEST(test_json)
{
	names[n++] = "top";
	ls.recursive = ls.json = true;
	say_folder(1, "d/");
	say_folder(2, "f");
	expect(EXIT_OK,
	    "{\"name\":\"top/d\",\"type\":\"folder\",\"size\":1,"
	    "\"mtime_ns\":1000000000,\"mode\":\"0755\"}\n"
	    "{\"name\":\"top/d/f\",\"type\":\"file\",\"size\":1,"
	    "\"mtime_ns\":1000000000,\"mode\":\"0644\"}\n",
	    NULL);
}
END_TEST

/* The connection ends: the other names fail without being asked for. */
START_TEST(test_no_server)
{
	names[n++] = "d";
	names[n++] = "e";
	expect(EXIT_CONNECT, "", "d: ");
	ck_assert_ptr_null(strstr(child.err, "e: "));
}
END_TEST

Suite *
ls_suite(void)
{
	Suite *suite = suite_create("ls");
	TCase *tcase = unit_case(suite, "lists");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_folder);
	tcase_add_test(tcase, test_file);
	tcase_add_test(tcase, test_several);
	tcase_add_test(tcase, test_bad_name);
	tcase_add_test(tcase, test_tree);
	tcase_add_test(tcase, test_folder_refused);
	tcase_add_test(tcase, test_circle);
	tcase_add_test(tcase, test_json);
	tcase_add_test(tcase, test_no_server);
	return suite;
}
