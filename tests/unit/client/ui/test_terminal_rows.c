/* Rows drawn into a file, and what a screen makes of them: in place, of any
 * number, through another size, and gone at the end. */

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/terminal_rows.h"
#include "tests/harness/screen.h"
#include "tests/unit/unit.h"

static struct terminal_rows rows;
static struct screen screen;
static int fds[2];

/* Opens rows whose output goes to a screen of this kind. */
static void
open_rows(enum screen_kind kind, bool has_colour)
{
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	screen_open(&screen, kind, 6, 80);
	terminal_rows_open(&rows, fds[1], has_colour);
}

static void
show(void)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(fds[0], bytes, sizeof(bytes))) > 0)
		screen_feed(&screen, bytes, (size_t)n);
}

/* Draws n rows that begin with this text. A pipe has one row: more are given
 * here, as if it were a terminal. */
static void
draw(const char *text, unsigned n, unsigned columns)
{
	char row[128];
	unsigned i;

	terminal_rows_begin(&rows);
	ck_assert_uint_eq(rows.most, 1);
	ck_assert_uint_eq(rows.columns, 79);
	rows.most = 5;
	rows.columns = columns - 1;
	for (i = 0; i < n; i++) {
		snprintf(row, sizeof(row), "%s %u", text, i);
		terminal_rows_add(&rows, row, 0);
	}
	terminal_rows_draw(&rows);
	show();
}

START_TEST(test_in_place)
{
	open_rows(SCREEN_CUTS, false);
	screen_feed(&screen, "before\r\n", 8);
	draw("a", 3, 80);
	ck_assert_str_eq(screen_text(&screen), "before\na 0\na 1\na 2\n");
	ck_assert_uint_eq(screen.row, 1);
	ck_assert_uint_eq(screen.column, 0);
	draw("longer", 2, 80);
	ck_assert_str_eq(screen_text(&screen), "before\nlonger 0\nlonger 1\n");
	draw("b", 1, 80);
	ck_assert_str_eq(screen_text(&screen), "before\nb 0\n");
	terminal_rows_erase(&rows);
	terminal_rows_erase(&rows);
	show();
	ck_assert_str_eq(screen_text(&screen), "before\n");
	screen_feed(&screen, "message\r\n", 9);
	terminal_rows_draw(&rows);
	show();
	ck_assert_str_eq(screen_text(&screen), "before\nmessage\nb 0\n");
	ck_assert_uint_eq(screen.unknown, 0);
}
END_TEST

/* At the bottom the screen scrolls, by as much as is needed. */
START_TEST(test_at_the_bottom)
{
	open_rows(SCREEN_CUTS, false);
	screen_feed(&screen, "1\r\n2\r\n3\r\n4\r\n5\r\n", 15);
	draw("a", 3, 80);
	ck_assert_str_eq(screen_text(&screen), "3\n4\n5\na 0\na 1\na 2\n");
	draw("b", 3, 80);
	ck_assert_str_eq(screen_text(&screen), "3\n4\n5\nb 0\nb 1\nb 2\n");
	/* No more than the terminal has, less one. */
	draw("c", 9, 80);
	ck_assert_str_eq(screen_text(&screen), "5\nc 0\nc 1\nc 2\nc 3\nc 4\n");
	terminal_rows_erase(&rows);
	show();
	ck_assert_str_eq(screen_text(&screen), "5\n");
}
END_TEST

/* Whatever the terminal makes of rows that are too wide, none is left. */
START_TEST(test_resized)
{
	static const char wide[] = "a row that is much wider than the terminal "
				   "will be in a moment";

	open_rows(_i == 0 ? SCREEN_CUTS : SCREEN_WRAPS, true);
	screen_feed(&screen, "before\r\n", 8);
	draw(wide, 2, 80);
	screen_resize(&screen, 6, 40);
	draw("narrow", 2, 40);
	ck_assert_str_eq(screen_text(&screen), "before\nnarrow 0\nnarrow 1\n");
	screen_resize(&screen, 6, 20);
	screen_resize(&screen, 6, 60);
	draw("wide", 2, 60);
	ck_assert_str_eq(screen_text(&screen), "before\nwide 0\nwide 1\n");
	terminal_rows_erase(&rows);
	show();
	ck_assert_str_eq(screen_text(&screen), "before\n");
}
END_TEST

START_TEST(test_reverse)
{
	open_rows(SCREEN_CUTS, true);
	terminal_rows_begin(&rows);
	rows.columns = 10;
	terminal_rows_add(&rows, "\346\227\245bcdefghij", 500);
	terminal_rows_draw(&rows);
	show();
	ck_assert_str_eq(screen_row(&screen, 0), "\346\227\245bcdefghi");
	ck_assert_uint_eq(screen_count_reverse(&screen, 0), 5);
	close(fds[0]);
	close(fds[1]);
	open_rows(SCREEN_CUTS, false);
	terminal_rows_begin(&rows);
	terminal_rows_add(&rows, "abcdefghij", 500);
	terminal_rows_draw(&rows);
	show();
	ck_assert_uint_eq(screen_count_reverse(&screen, 0), 0);
}
END_TEST

START_TEST(test_fit)
{
	unsigned taken;

	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	ck_assert_uint_eq(terminal_rows_fit("abc", 2, &taken), 2);
	ck_assert_uint_eq(taken, 2);
	ck_assert_uint_eq(terminal_rows_fit("a\346\227\245", 2, &taken), 1);
	ck_assert_uint_eq(taken, 1);
	ck_assert_uint_eq(terminal_rows_fit("a\346\227\245", 3, &taken), 4);
	ck_assert_uint_eq(taken, 3);
	ck_assert_uint_eq(terminal_rows_fit("", 3, &taken), 0);
}
END_TEST

Suite *
terminal_rows_suite(void)
{
	Suite *suite = suite_create("terminal_rows");
	TCase *tcase = unit_case(suite, "rows");

	tcase_add_test(tcase, test_in_place);
	tcase_add_test(tcase, test_at_the_bottom);
	tcase_add_loop_test(tcase, test_resized, 0, 2);
	tcase_add_test(tcase, test_reverse);
	tcase_add_test(tcase, test_fit);
	return suite;
}
