/*
 * The rules for names: a table, and each short name over the bytes that matter
 * compared with a second implementation.
 */

#include <string.h>

#include "common/names.h"
#include "tests/unit/unit.h"

static const struct {
	const char *title;
	const char *name;
	size_t len; /* 0: up to the NUL */
	bool valid;
	bool hidden; /* for valid names only */
} rows[] = {
    {"plain", "report.txt", 0, true, false},
    {"one byte", "a", 0, true, false},
    {"in a folder", "nested/deeper/notes.txt", 0, true, false},
    {"spaces", " a b ", 0, true, false},
    {"a control character", "a\nb", 0, true, false},
    {"not UTF-8", "\xff\xfe/\x80", 0, true, false},
    {"non-ASCII", "\xe6\xb5\x8b.txt", 0, true, false},
    {"a backslash is a byte", "..\\..\\x", 0, true, true},
    {"three dots", "...", 0, true, true},
    {"dot file", ".profile", 0, true, true},
    {"dot folder", "a/.git/config", 0, true, true},
    {"dot file in a folder", "a/.b", 0, true, true},
    {"begins with two dots", "..a", 0, true, true},
    {"ends with dots", "a..", 0, true, false},
    {"a dot inside", "a.b/c.d", 0, true, false},
    {"empty", "", 0, false, false},
    {"the folder itself", ".", 0, false, false},
    {"the parent", "..", 0, false, false},
    {"absolute", "/etc/passwd", 0, false, false},
    {"only a slash", "/", 0, false, false},
    {"up first", "../a", 0, false, false},
    {"up in the middle", "a/../b", 0, false, false},
    {"up at the end", "a/..", 0, false, false},
    {"here first", "./a", 0, false, false},
    {"here in the middle", "a/./b", 0, false, false},
    {"here at the end", "a/.", 0, false, false},
    {"empty component", "a//b", 0, false, false},
    {"slash at the end", "a/", 0, false, false},
    {"NUL at the start", "\0a", 2, false, false},
    {"NUL inside", "a\0b", 3, false, false},
    {"NUL at the end", "a\0", 2, false, false},
};

START_TEST(test_rules)
{
	size_t i, len;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		const uint8_t *name = (const uint8_t *)rows[i].name;

		len = rows[i].len != 0 ? rows[i].len : strlen(rows[i].name);
		ck_assert_msg(names_valid(name, len) == rows[i].valid,
		    "%s: validity", rows[i].title);
		if (rows[i].valid)
			ck_assert_msg(names_hidden(name, len) == rows[i].hidden,
			    "%s: hidden", rows[i].title);
	}
	/* The folder itself is not hidden. */
	ck_assert(!names_hidden((const uint8_t *)".", 1));
}
END_TEST

/* Implements the rules again, one component at a time from the end. */
static bool
second_opinion(const uint8_t *name, size_t len, bool *hidden)
{
	size_t end = len, start;

	*hidden = false;
	if (len == 0)
		return false;
	for (;;) {
		start = end;
		while (start > 0 && name[start - 1] != '/') {
			if (name[start - 1] == '\0')
				return false;
			start--;
		}
		if (start == end)
			return false;
		if (name[start] == '.') {
			*hidden = true;
			if (end - start == 1 ||
			    (end - start == 2 && name[start + 1] == '.'))
				return false;
		}
		if (start == 0)
			return true;
		end = start - 1;
	}
}

START_TEST(test_all_short_names)
{
	static const uint8_t alphabet[] = {'a', '.', '/', '\0'};
	unsigned code, rest, valid = 0;
	uint8_t name[8];
	size_t len, i;
	bool hidden;

	for (len = 0; len <= sizeof(name); len++) {
		for (code = 0; code < 1U << (2 * len); code++) {
			for (i = 0, rest = code; i < len; i++, rest >>= 2)
				name[i] = alphabet[rest & 3];
			if (!second_opinion(name, len, &hidden)) {
				ck_assert_msg(!names_valid(name, len),
				    "code %u of length %zu", code, len);
				continue;
			}
			valid++;
			ck_assert_msg(names_valid(name, len) &&
				names_hidden(name, len) == hidden,
			    "code %u of length %zu", code, len);
		}
	}
	/* Valid and invalid names occurred. */
	ck_assert_uint_gt(valid, 100);
}
END_TEST

START_TEST(test_lengths)
{
	uint8_t name[NAMES_MAX + 1];
	size_t len;

	memset(name, 'a', sizeof(name));
	for (len = 1; len <= NAMES_MAX; len++)
		ck_assert_msg(names_valid(name, len), "%zu bytes", len);
	ck_assert(!names_valid(name, NAMES_MAX + 1));
	/* A NUL at any position. */
	for (len = 0; len < NAMES_MAX; len++) {
		name[len] = '\0';
		ck_assert_msg(!names_valid(name, NAMES_MAX), "at %zu", len);
		name[len] = 'a';
	}
}
END_TEST

START_TEST(test_last)
{
	ck_assert_str_eq(names_last("a"), "a");
	ck_assert_str_eq(names_last("a/b.txt"), "b.txt");
	ck_assert_str_eq(names_last("a/b/c"), "c");
}
END_TEST

Suite *
names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tcase = unit_case(suite, "names");

	tcase_add_test(tcase, test_rules);
	tcase_add_test(tcase, test_all_short_names);
	tcase_add_test(tcase, test_lengths);
	tcase_add_test(tcase, test_last);
	return suite;
}
