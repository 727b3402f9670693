/*
 * Entries as columns and as objects of --json.
 */

#include <sys/stat.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/browse/ls_format.h"
#include "common/clock.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

#define NOON (INT64_C(1795262400) * CLOCK_SEC) /* 2026-11-21 12:00 UTC */

static struct child child;

struct writing {
	enum ls_format_style style;
	struct remote_folder_entry entries[3];
	size_t n;
};

static void
write_rows(void *argument)
{
	const struct writing *writing = argument;
	int width;
	size_t i;

	setenv("TZ", "UTC0", 1);
	tzset();
	width = ls_format_width(writing->style, writing->entries, writing->n);
	for (i = 0; i < writing->n; i++)
		ls_format_print(writing->style, &writing->entries[i],
		    writing->entries[i].name, "top/of it", width);
}

static const struct {
	const char *row;
	struct writing writing;
	const char *text;
} rows[] = {
    {"aligned",
	{LS_FORMAT_EXACT,
	    {{"a", 5, NOON, S_IFREG | 0644},
		{"b c", 123456, 0, S_IFREG | 04755},
		{"d", 4096, NOON + CLOCK_SEC - 1, S_IFDIR | 01777}},
	    3},
	"-rw-r--r--       5  2026-11-21 12:00  a\n"
	"-rwsr-xr-x  123456  1970-01-01 00:00  b c\n"
	"drwxrwxrwt    4096  2026-11-21 12:00  d\n"},
    {"not to be looked at",
	{LS_FORMAT_EXACT,
	    {{"a", 123, NOON, S_IFREG | 0644}, {"b", 0, 0, S_IFREG},
		{"d", 0, 0, S_IFDIR}},
	    3},
	"-rw-r--r--  123  2026-11-21 12:00  a\n"
	"-?????????    ?  ?  b\n"
	"d?????????    ?  ?  d\n"},
    {"not to be looked at, as an object",
	{LS_FORMAT_JSON, {{"b", 0, 0, S_IFDIR}}, 1},
	"{\"name\":\"top/of it\",\"type\":\"folder\",\"size\":null,"
	"\"mtime_ns\":null,\"mode\":null}\n"},
    {"as it is",
	{LS_FORMAT_EXACT, {{"\033[2J\377\n", INT64_MAX, NOON, S_IFREG}}, 1},
	"----------  9223372036854775807  2026-11-21 12:00  \033[2J\377\n\n"},
    {"for people",
	{LS_FORMAT_TERMINAL,
	    {{"\033[2J", 2048, NOON, S_IFREG | 0644},
		{"\342\200\256", 0, NOON, S_IFREG | 0644}},
	    2},
	"-rw-r--r--  2.0 KiB  2026-11-21 12:00  \\033[2J\n"
	"-rw-r--r--      0 B  2026-11-21 12:00  \\342\\200\\256\n"},
    {"long ago",
	{LS_FORMAT_EXACT,
	    {{"a", 0, -1, S_IFREG}, {"b", 0, INT64_MIN, S_IFREG},
		{"c", 0, INT64_MAX, S_IFREG}},
	    3},
	"----------  0  1969-12-31 23:59  a\n"
	"----------  0  1677-09-21 00:12  b\n"
	"----------  0  2262-04-11 23:47  c\n"},
    {"objects",
	{LS_FORMAT_JSON,
	    {{"a", 5, -7, S_IFREG | 0644},
		{"b", INT64_MAX, NOON, S_IFDIR | 07000}},
	    2},
	"{\"name\":\"top/of it\",\"type\":\"file\",\"size\":5,"
	"\"mtime_ns\":-7,\"mode\":\"0644\"}\n"
	"{\"name\":\"top/of it\",\"type\":\"folder\","
	"\"size\":9223372036854775807,\"mtime_ns\":1795262400000000000,"
	"\"mode\":\"7000\"}\n"},
};

START_TEST(test_rows)
{
	struct writing writing = rows[_i].writing;

	child_run(&child, write_rows, &writing);
	ck_assert_msg(strcmp(child.out, rows[_i].text) == 0, "%s:\n%s",
	    rows[_i].row, child.out);
	ck_assert_str_eq(child.err, "");
}
END_TEST

static void
write_titles(void *argument)
{
	(void)argument;
	ls_format_print_title(LS_FORMAT_EXACT, "\001", true);
	ls_format_print_title(LS_FORMAT_TERMINAL, "\001", false);
	ls_format_print_title(LS_FORMAT_JSON, "c", false);
}

START_TEST(test_titles)
{
	child_run(&child, write_titles, NULL);
	ck_assert_str_eq(child.out, "\001:\n\n\\001:\n");
}
END_TEST

static void
write_styles(void *argument)
{
	(void)argument;
	if (ls_format_style(false) != LS_FORMAT_EXACT ||
	    ls_format_style(true) != LS_FORMAT_JSON)
		printf("wrong");
}

/* Standard output is no terminal there. */
START_TEST(test_styles)
{
	child_run(&child, write_styles, NULL);
	ck_assert_str_eq(child.out, "");
}
END_TEST

Suite *
ls_format_suite(void)
{
	Suite *suite = suite_create("ls_format");
	TCase *tcase = unit_case(suite, "rows");

	tcase_add_loop_test(tcase, test_rows, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_titles);
	tcase_add_test(tcase, test_styles);
	return suite;
}
