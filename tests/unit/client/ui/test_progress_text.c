/* The row of a batch at several widths, the row of a file, and the object for
 * scripts. */

#include <locale.h>
#include <string.h>

#include "client/ui/progress_text.h"
#include "common/clock.h"
#include "tests/unit/unit.h"

#define MIB (UINT64_C(1) << 20)

/* Half of ten files. */
#define HALF                                                                 \
	.here = 50 * MIB, .all = 100 * MIB, .received = 40 * MIB,            \
	.rate = 10 * MIB, .files_over = 3, .files_all = 10, .has_all = true, \
	.name = "dir/name"

static const struct {
	const char *row;
	struct progress_figures figures;
	unsigned columns;
	const char *text;
	unsigned part;
} rows[] = {
    {"80", {HALF}, 79,
	"dir/name            50%  50 MiB of 100 MiB  10 MiB/s  00:05 left  3 "
	"of 10 files",
	500},
    {"40", {HALF}, 39, "dir/name  50% 50M/100M 10M/s 00:05 3/10", 500},
    {"the long form leaves no room for the name", {HALF}, 67,
	"dir/name                              50% 50M/100M 10M/s 00:05 3/10",
	500},
    {"a short name has room",
	{.here = 1,
	    .all = 2,
	    .has_all = true,
	    .files_all = 1,
	    .rate = 1,
	    .name = "a"},
	38, "a   50%  1 B of 2 B  1 B/s  00:01 left", 500},
    {"20", {HALF}, 19, "50% 50M/100M 10M/s", 500},
    {"one column", {HALF}, 0, "", 500},
    {"a name that is too long is cut",
	{.here = 1,
	    .all = 2,
	    .has_all = true,
	    .files_all = 1,
	    .rate = 1,
	    .name = "0123456789012345678901234567890123456789012345"},
	60, "01234567890123456789012   50%  1 B of 2 B  1 B/s  00:01 left",
	500},
    {"one file of unknown size", {.files_all = 1, .name = "a"}, 79,
	"a                                                                    "
	"0 B  0 B/s",
	0},
    {"names whose sizes are not known yet",
	{.here = 5 * MIB,
	    .all = 8 * MIB,
	    .rate = MIB,
	    .files_over = 500,
	    .files_all = 2000},
	79, "5.0 MiB of 8.0 MiB+  1.0 MiB/s  500 of 2,000 files", 250},
    {"a folder that is being listed",
	{.here = 5 * MIB,
	    .all = 8 * MIB,
	    .rate = MIB,
	    .files_over = 500,
	    .files_all = 2000,
	    .is_listing = true},
	79, "5.0 MiB of 8.0 MiB+  1.0 MiB/s  500 of 2,000+ files", 0},
    {"stalled", {HALF, .silent = 4 * CLOCK_SEC + 1}, 79,
	"dir/name                     50%  50 MiB of 100 MiB  stalled 4 s  3 "
	"of 10 files",
	500},
    {"stalled, 40", {HALF, .silent = 75 * CLOCK_SEC}, 39,
	"50% 50M/100M stalled 75 s 3/10", 500},
    {"not yet stalled", {HALF, .silent = CLOCK_SEC - 1}, 79,
	"dir/name            50%  50 MiB of 100 MiB  10 MiB/s  00:05 left  3 "
	"of 10 files",
	500},
    {"no byte yet", {.files_all = 1, .silent = CLOCK_SEC}, 79,
	"0 B  waiting 1 s", 0},
    {"a name to wait for", {.files_all = 1, .is_resting = true, .received = 1},
	79, "0 B  waiting", 0},
    {"a long wait",
	{.files_all = 1, .is_resting = true, .silent = 2 * CLOCK_SEC}, 79,
	"0 B  waiting 2 s", 0},
    {"the disk is slow",
	{.here = 9,
	    .all = 9,
	    .received = 9,
	    .has_all = true,
	    .files_all = 1,
	    .silent = 3 * CLOCK_SEC},
	79, "100%  9 B of 9 B  finishing 3 s", 1000},
    {"empty files", {.has_all = true, .files_over = 1, .files_all = 4}, 79,
	" 25%  0 B of 0 B  0 B/s  1 of 4 files", 250},
    {"hours",
	{.all = 3723,
	    .has_all = true,
	    .rate = 1,
	    .received = 1,
	    .files_all = 1},
	79, "  0%  0 B of 3.6 KiB  1 B/s  1:02:03 left", 0},
    {"most of it comes from an older copy",
	{.here = 50 * MIB,
	    .all = 100 * MIB,
	    .has_all = true,
	    .rate = MIB,
	    .reuse_rate = 9 * MIB,
	    .received = MIB,
	    .files_all = 1},
	79, " 50%  50 MiB of 100 MiB  1.0 MiB/s  00:05 left", 500},
    {"all of it comes from an older copy",
	{.here = 50 * MIB,
	    .all = 100 * MIB,
	    .has_all = true,
	    .reuse_rate = 10 * MIB,
	    .files_all = 1},
	79, " 50%  50 MiB of 100 MiB  0 B/s  00:05 left", 500},
    {"too long to tell",
	{.all = UINT64_C(1) << 40, .has_all = true, .rate = 1, .files_all = 1},
	79, "  0%  0 B of 1.0 TiB  1 B/s", 0},
    {"largest",
	{.here = UINT64_MAX,
	    .all = UINT64_MAX,
	    .rate = UINT64_MAX,
	    .has_all = true,
	    .files_over = UINT64_MAX,
	    .files_all = UINT64_MAX},
	39, "100% 8.0E/8.0E 8.0E/s 00:00", 1000},
    {"sizes of more than 64 bits together",
	{.here = UINT64_MAX / 2, .all = 1, .has_all = true, .files_all = 3}, 39,
	"100% 8.0E/1 0/s 0/3", 1000},
};

START_TEST(test_batch)
{
	char text[PROGRESS_TEXT];
	unsigned part;

	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	part = progress_text_batch(&rows[_i].figures, rows[_i].columns, text);
	ck_assert_msg(strcmp(text, rows[_i].text) == 0, "%s: '%s'",
	    rows[_i].row, text);
	ck_assert_uint_eq(part, rows[_i].part);
}
END_TEST

/* However wide it is, the row fits. */
START_TEST(test_widths)
{
	struct progress_figures figures = {HALF};
	char text[PROGRESS_TEXT];
	unsigned columns;

	memset(figures.name, 'x', sizeof(figures.name) - 1);
	for (columns = 0; columns < 2000; columns++) {
		(void)progress_text_batch(&figures, columns, text);
		ck_assert_uint_le(strlen(text), columns);
		(void)progress_text_file(figures.name, 1, 2, true, columns,
		    text);
		ck_assert_uint_le(strlen(text), columns);
	}
}
END_TEST

START_TEST(test_file)
{
	char text[PROGRESS_TEXT];

	ck_assert_uint_eq(progress_text_file("name", 5 * MIB, 20 * MIB, true,
			      60, text),
	    250);
	ck_assert_str_eq(text,
	    "name                                  25%  5.0 MiB of 20 MiB");
	ck_assert_uint_eq(progress_text_file("name", 5 * MIB, 20 * MIB, true,
			      30, text),
	    250);
	ck_assert_str_eq(text, "name              25% 5.0M/20M");
	ck_assert_uint_eq(progress_text_file("name", 0, 0, false, 30, text), 0);
	ck_assert_str_eq(text, "name                         0");
}
END_TEST

START_TEST(test_json)
{
	const struct progress_figures half = {HALF};
	const struct progress_figures stalled = {HALF, .silent = 4 * CLOCK_SEC,
	    .is_listing = true};
	char text[PROGRESS_TEXT];

	progress_text_json(&half, text);
	ck_assert_str_eq(text,
	    "{\"status\":\"progress\",\"here\":52428800,\"all\":104857600,"
	    "\"all_known\":true,\"received\":41943040,\"rate\":10485760,"
	    "\"files_over\":3,\"files_all\":10,\"listing\":false,\"silent\":0,"
	    "\"seconds_left\":5}");
	progress_text_json(&stalled, text);
	ck_assert_ptr_nonnull(strstr(text,
	    "\"listing\":true,\"silent\":4,\"seconds_left\":null}"));
}
END_TEST

Suite *
progress_text_suite(void)
{
	Suite *suite = suite_create("progress_text");
	TCase *tcase = unit_case(suite, "text");

	tcase_add_loop_test(tcase, test_batch, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_widths);
	tcase_add_test(tcase, test_file);
	tcase_add_test(tcase, test_json);
	return suite;
}
