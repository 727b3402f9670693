/* The screen that end-to-end tests read: characters, wide ones and marks; the
 * right margin; cursor and erasing; scrolling; another size. */

#include <string.h>

#include "tests/harness/screen.h"
#include "tests/unit/unit.h"

static struct screen screen;

static void
feed(const char *bytes)
{
	screen_feed(&screen, bytes, strlen(bytes));
}

#define WIDE "\346\227\245" /* two columns */

/* On a screen of 4 rows and 10 columns. */
static const struct {
	const char *row;
	const char *bytes;
	const char *shown;
	unsigned at_row, at_column;
} rows[] = {
    {"nothing", "", "", 0, 0},
    {"text", "abc", "abc\n", 0, 3},
    {"lines", "a\r\nb\r\n\r\nc", "a\nb\n\nc\n", 3, 1},
    {"a newline alone stays in its column", "a\nb", "a\n b\n", 1, 2},
    {"overwritten", "abcdef\rxy", "xycdef\n", 0, 2},
    {"exactly a row", "0123456789", "0123456789\n", 0, 9},
    {"a row, then a newline", "0123456789\r\nx", "0123456789\nx\n", 1, 1},
    {"wraps", "0123456789ab", "0123456789\nab\n", 1, 2},
    {"a return at the margin", "0123456789\rx", "x123456789\n", 0, 1},
    {"scrolls", "1\r\n2\r\n3\r\n4\r\n5", "2\n3\n4\n5\n", 3, 1},
    {"wraps in the last row", "1\r\n2\r\n3\r\n0123456789ab",
	"2\n3\n0123456789\nab\n", 3, 2},
    {"a wide character", WIDE "x", WIDE "x\n", 0, 3},
    {"a wide one wraps early", "012345678" WIDE, "012345678\n" WIDE "\n", 1, 2},
    {"a mark", "e\314\201x", "e\314\201x\n", 0, 2},
    {"no UTF-8", "a\377b", "a?b\n", 0, 3},
    {"erased to the end", "abcdef\r\033[2C\033[K", "ab\n", 0, 2},
    {"erased to the cursor", "abcdef\033[3D\033[1K", "    ef\n", 0, 3},
    {"erased row", "abc\033[2K", "", 0, 3},
    {"erased below", "a\r\nb\r\nc\033[2A\r\033[J", "", 0, 0},
    {"erased above", "a\r\nbc\033[2D\033[1J", "\n c\n", 1, 0},
    {"erased, all", "a\r\nb\033[2J\033[H", "", 0, 0},
    {"up and down", "a\r\nb\033[Ax\033[2By", "ax\nb\n  y\n", 2, 3},
    {"not beyond the edges", "\033[9A\033[9D\033[99Bx\033[99Cy",
	"\n\n\nx        y\n", 3, 9},
    {"places", "\033[2;3Hx\033[GY\033[Hz", "z\nY x\n", 0, 1},
    {"inserted", "abc\r\033[2@x", "x abc\n", 0, 1},
    {"removed", "abcdef\r\033[2P", "cdef\n", 0, 0},
    {"back and tab", "ab\bc\tX", "ac      X\n", 0, 9},
    {"colours", "\033[7mab\033[27mc\033[0;1md", "abcd\n", 0, 4},
    {"modes", "\033[?25la\033[?25h", "a\n", 0, 1},
    {"a bell", "a\a", "a\n", 0, 1},
};

/* However the bytes are cut, the screen is the same. */
START_TEST(test_feed)
{
	size_t i, len = strlen(rows[_i].bytes);
	unsigned pass;

	for (pass = 0; pass < 2; pass++) {
		screen_open(&screen, SCREEN_CUTS, 4, 10);
		for (i = 0; pass == 1 && i < len; i++)
			screen_feed(&screen, &rows[_i].bytes[i], 1);
		if (pass == 0)
			feed(rows[_i].bytes);
		ck_assert_msg(strcmp(screen_text(&screen), rows[_i].shown) == 0,
		    "%s: '%s'", rows[_i].row, screen_text(&screen));
		ck_assert_msg(screen.row == rows[_i].at_row &&
			screen.column == rows[_i].at_column,
		    "%s: %u, %u", rows[_i].row, screen.row, screen.column);
		ck_assert_uint_eq(screen.unknown, 0);
	}
}
END_TEST

START_TEST(test_looks)
{
	screen_open(&screen, SCREEN_CUTS, 4, 10);
	feed("\033[7mabc\033[27mdef\r\nabd");
	ck_assert_str_eq(screen_row(&screen, 0), "abcdef");
	ck_assert_str_eq(screen_row(&screen, 3), "");
	ck_assert_uint_eq(screen_count(&screen, "ab"), 2);
	ck_assert_uint_eq(screen_count(&screen, "abd"), 1);
	ck_assert_uint_eq(screen_count_reverse(&screen, 0), 3);
	ck_assert_uint_eq(screen_count_reverse(&screen, 1), 0);
	feed("\033[5n\033c");
	ck_assert_uint_eq(screen.unknown, 2);
}
END_TEST

static const struct {
	const char *row;
	enum screen_kind kind;
	const char *bytes;
	unsigned rows, columns;
	const char *shown; /* and an x at the cursor */
} sizes[] = {
    {"same", SCREEN_CUTS, "abc\r\nd", 4, 10, "abc\ndx\n"},
    {"narrower, cut", SCREEN_CUTS, "01234567\r\nd", 4, 5, "01234\ndx\n"},
    {"narrower, wrapped", SCREEN_WRAPS, "01234567\r\nd", 4, 5,
	"01234\n567\ndx\n"},
    {"the cursor stays in front", SCREEN_WRAPS, "01234567\r", 4, 5,
	"x1234\n567\n"},
    {"and amid", SCREEN_WRAPS, "01234567\033[2D", 4, 5, "01234\n5x7\n"},
    {"wider again", SCREEN_WRAPS, "0123456789ab", 4, 20, "0123456789abx\n"},
    {"wider, but two lines", SCREEN_WRAPS, "012345678\r\nab", 4, 20,
	"012345678\nabx\n"},
    {"wrapped beyond the top", SCREEN_WRAPS, "0123456789\r\n0123456789\r\nab",
	4, 5, "56789\n01234\n56789\nabx\n"},
    {"shorter", SCREEN_CUTS, "1\r\n2\r\n3\r\n4", 2, 10, "3\n4x\n"},
    {"shorter below", SCREEN_CUTS, "1\r\n2", 2, 10, "1\n2x\n"},
    {"taller", SCREEN_CUTS, "1\r\n2\r\n3\r\n4", 6, 10, "1\n2\n3\n4x\n"},
};

START_TEST(test_resize)
{
	screen_open(&screen, sizes[_i].kind, 4, 10);
	feed(sizes[_i].bytes);
	screen_resize(&screen, sizes[_i].rows, sizes[_i].columns);
	feed("x");
	ck_assert_msg(strcmp(screen_text(&screen), sizes[_i].shown) == 0,
	    "%s: '%s'", sizes[_i].row, screen_text(&screen));
}
END_TEST

Suite *
screen_suite(void)
{
	Suite *suite = suite_create("screen");
	TCase *tcase = unit_case(suite, "screen");

	tcase_add_loop_test(tcase, test_feed, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_looks);
	tcase_add_loop_test(tcase, test_resize, 0, (int)UNIT_ROWS(sizes));
	return suite;
}
