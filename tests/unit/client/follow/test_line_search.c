/*
 * The place where the last lines begin, compared with a search that reads the
 * whole file forwards; for pieces of any size.
 */

#include <stdlib.h>
#include <string.h>

#include "client/follow/line_search.h"
#include "tests/unit/unit.h"

enum {
	ROUNDS = 3000,
	LONGEST = 60, /* bytes of a random file */
};

/* Returns the place by reading forwards: a newline ends a line, and so does the
 * end of the file. */
static uint64_t
find_simply(const uint8_t *bytes, size_t size, uint64_t lines)
{
	uint64_t starts[LONGEST + 1];
	size_t i, n = 0;

	for (i = 0; i < size; i++)
		if (i == 0 || bytes[i - 1] == '\n')
			starts[n++] = i;
	if (lines == 0)
		return size;
	return lines >= n ? 0 : starts[n - lines];
}

/* Returns the place as the search finds it, with pieces of this many bytes at
 * first. */
static uint64_t
find(const uint8_t *bytes, size_t size, uint64_t lines, size_t piece)
{
	struct line_search search;
	size_t n;

	line_search_begin(&search, lines, size);
	search.piece = piece;
	while ((n = line_search_next(&search)) > 0) {
		ck_assert_uint_le(n, search.at);
		line_search_add(&search, bytes + search.at - n, n);
	}
	ck_assert(search.is_found);
	return search.at;
}

static const struct {
	const char *row;
	const char *text;
	uint64_t lines;
	uint64_t at;
} rows[] = {
    {"empty", "", 3, 0},
    {"empty, none", "", 0, 0},
    {"none", "a\nb\n", 0, 4},
    {"one of one", "a\n", 1, 0},
    {"one of two", "a\nb\n", 1, 2},
    {"no newline at the end", "a\nb", 1, 2},
    {"two, no newline at the end", "a\nb", 2, 0},
    {"more than there are", "a\nb\n", 9, 0},
    {"most", "a\nb\n", UINT64_MAX, 0},
    {"empty lines", "\n\n\n", 2, 1},
    {"carriage returns", "a\r\nb\r\nc\r\n", 2, 3},
    {"only a carriage return", "a\rb\rc", 1, 0},
    {"no line end at all", "abcdefghijklmnop", 1, 0},
};

START_TEST(test_rows)
{
	size_t len = strlen(rows[_i].text), piece;

	for (piece = 1; piece <= len + 1; piece++)
		ck_assert_msg(find((const uint8_t *)rows[_i].text, len,
				  rows[_i].lines, piece) == rows[_i].at,
		    "%s: pieces of %zu", rows[_i].row, piece);
}
END_TEST

START_TEST(test_random)
{
	uint8_t bytes[LONGEST];
	size_t size, piece, i;
	uint64_t lines;
	int round;

	srandom(1);
	for (round = 0; round < ROUNDS; round++) {
		size = (size_t)random() % (LONGEST + 1);
		for (i = 0; i < size; i++)
			bytes[i] = (uint8_t) "\n\n\na\0\r\xff"[random() % 7];
		lines = (uint64_t)random() % 12;
		piece = 1 + (size_t)random() % 9;
		ck_assert_uint_eq(find(bytes, size, lines, piece),
		    find_simply(bytes, size, lines));
	}
}
END_TEST

/* The pieces grow, up to a limit. */
START_TEST(test_pieces)
{
	static const uint8_t zeros[LINE_SEARCH_PIECE_MAX];
	uint64_t size = 8 * (uint64_t)LINE_SEARCH_PIECE_MAX;
	size_t expected = LINE_SEARCH_PIECE, n;
	struct line_search search;
	uint64_t at = size;

	line_search_begin(&search, 1, size);
	while ((n = line_search_next(&search)) > 0) {
		ck_assert_uint_eq(n, at < expected ? at : expected);
		line_search_add(&search, zeros, n);
		at -= n;
		ck_assert_uint_eq(search.at, at);
		if (expected < LINE_SEARCH_PIECE_MAX)
			expected *= 2;
	}
	ck_assert_uint_eq(at, 0);
}
END_TEST

Suite *
line_search_suite(void)
{
	Suite *suite = suite_create("line_search");
	TCase *tcase = unit_case(suite, "search");

	tcase_add_loop_test(tcase, test_rows, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_random);
	tcase_add_test(tcase, test_pieces);
	return suite;
}
