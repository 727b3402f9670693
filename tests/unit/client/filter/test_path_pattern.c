/*
 * Patterns: what each matches and does not, what is none, and how long hostile
 * ones take.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/filter/path_pattern.h"
#include "common/clock.h"
#include "common/names.h"
#include "tests/unit/unit.h"

static struct path_pattern *
make(const char *text)
{
	const char *why = "";
	struct path_pattern *pattern = path_pattern_new(text, &why);

	ck_assert_msg(pattern != NULL, "'%s': %s", text, why);
	return pattern;
}

/* A pattern, and paths that it matches and does not, each followed by a NUL. A
 * path that ends with a slash is a folder's. */
static const struct {
	const char *pattern, *matches, *others;
} rows[] = {
    {"a", "a\0b/a\0a/\0", "b\0ab\0ba\0a/b\0A\0"},
    {"*", "a\0a/b\0.a\0a/.b\0", ""},
    {"*.o", "a.o\0.o\0d/a.o\0d.o/\0", "a.oo\0a.o/b\0ao\0"},
    {"a*b*c", "abc\0axxbxxc\0abcbc\0d/abc\0", "ab/c\0abcd\0acb\0"},
    {"?", "a\0d/a\0\377\0", "ab\0d/ab\0"},
    {"a?c", "abc\0", "a/c\0ac\0"},
    {"[ab]", "a\0b\0d/b\0", "c\0ab\0"},
    {"[!ab]", "c\0]\0", "a\0b\0d/a\0"},
    {"[^ab]", "c\0", "a\0"},
    {"a[!b]c", "axc\0", "a/c\0abc\0"},
    {"[]]", "]\0", "a\0"},
    {"[!]]", "a\0", "]\0"},
    {"[a-c]x", "ax\0bx\0", "dx\0-x\0"},
    {"[[:digit:]]", "7\0", "a\0:\0"},
    {"[[:digit:]a]", "7\0a\0", "b\0"},
    {"[\\]]", "]\0", "\\\0"},
    {"[\200-\377]", "\303\0", "a\0"},
    {"a]", "a]\0", "a\0"},
    {"\\*", "*\0", "a\0"},
    {"\\\\", "\\\0", "a\0"},
    {"\\a", "a\0", "\\a\0"},
    {"a\\?", "a?\0", "ab\0"},
    {"\303\244", "\303\244\0", "a\0"},
    /* folders only */
    {"a/", "a/\0b/a/\0", "a\0b/a\0"},
    {"*/", "a/\0b/a/\0", "a\0"},
    {"a/b/", "a/b/\0x/a/b/\0", "a/b\0"},
    /* at the top */
    {"/a", "a\0a/\0", "b/a\0a/a\0"},
    {"/a/b", "a/b\0", "x/a/b\0b\0"},
    {"/*", "a\0", "a/b\0"},
    {"/a/", "a/\0", "a\0b/a/\0"},
    /* with a slash */
    {"a/b", "a/b\0x/a/b\0x/y/a/b\0", "b\0a/b/c\0xa/b\0"},
    {"a/*/c", "a/b/c\0x/a/b/c\0", "a/c\0a/b/b/c\0"},
    {"*/b", "a/b\0x/a/b\0", "b\0"},
    /* two stars */
    {"**", "a\0a/b\0", ""},
    {"a/**", "a/b\0a/b/c\0x/a/b\0", "a\0b\0"},
    {"/a/**", "a/b\0a/b/c\0", "x/a/b\0a\0"},
    {"a**b", "ab\0axb\0a/b\0a/x/y/b\0x/a/b\0", "a\0b\0xa/c\0"},
    {"**/b", "a/b\0a/x/b\0b\0", "ab\0b/a\0"},
    {"/**/b", "a/b\0a/x/b\0", "b\0"},
    {"a/**/b", "a/x/b\0a/x/y/b\0", "a/b\0"},
    {"/**.o", "a.o\0d/a.o\0", "a.oo\0"},
    {"**/*.o/", "d/a.o/\0a.o/\0", "d/a.o\0"},
    {"a*/**b", "ax/yb\0ax/y/z/b\0", "a/\0a/c\0"},
};

static void
expect(const char *text, const char *paths, bool matches)
{
	struct path_pattern *pattern = make(text);
	char path[64];
	size_t len;

	for (; paths[0] != '\0'; paths += len + 1) {
		len = strlen(paths);
		strlcpy(path, paths, sizeof(path));
		if (path[len - 1] == '/')
			path[len - 1] = '\0';
		ck_assert_msg(path_pattern_matches(pattern, path,
				  paths[len - 1] == '/') == matches,
		    "'%s', '%s'", text, paths);
	}
	path_pattern_free(pattern);
}

START_TEST(test_matches)
{
	expect(rows[_i].pattern, rows[_i].matches, true);
	expect(rows[_i].pattern, rows[_i].others, false);
}
END_TEST

START_TEST(test_refused)
{
	static const struct {
		const char *text, *why;
	} wrong[] = {
	    {"", "it is empty"},
	    {"/", "it is empty"},
	    {"//", "it is empty"},
	    {"a//b", "two slashes in a row"},
	    {"a//", "two slashes in a row"},
	    {"[", "a '[' without its ']'"},
	    {"a[", "a '[' without its ']'"},
	    {"[]", "a '[' without its ']'"},
	    {"[!]", "a '[' without its ']'"},
	    {"[^", "a '[' without its ']'"},
	    {"[a", "a '[' without its ']'"},
	    {"[a\\]", "a '[' without its ']'"},
	    {"[a\\", "a '[' without its ']'"},
	    {"[[:alpha:]", "a '[' without its ']'"},
	    {"[[", "a '[' without its ']'"},
	    {"[[:", "a '[' without its ']'"},
	    {"a[/]c", "a bracket expression that matches nothing"},
	    {"[z-a]", "a bracket expression that matches nothing"},
	    {"\\", "a backslash at the end"},
	    {"a\\", "a backslash at the end"},
	    {"***", "more than two stars in a row"},
	    {"a/***", "more than two stars in a row"},
	};
	const char *why = "";
	char text[NAMES_MAX + 2];
	size_t i;

	for (i = 0; i < UNIT_ROWS(wrong); i++) {
		ck_assert_msg(path_pattern_new(wrong[i].text, &why) == NULL,
		    "%s", wrong[i].text);
		ck_assert_msg(strcmp(why, wrong[i].why) == 0, "%s: %s",
		    wrong[i].text, why);
	}
	memset(text, 'a', sizeof(text));
	text[NAMES_MAX + 1] = '\0';
	ck_assert_ptr_null(path_pattern_new(text, &why));
	ck_assert_str_eq(why, "it is longer than any name");
}
END_TEST

/* Fills size bytes with a unit over and over, and ends with last. */
static void
repeat(char *text, size_t size, const char *unit, const char *last)
{
	size_t len = strlen(unit), at;

	for (at = 0; at + len + strlen(last) < size; at += len)
		memcpy(text + at, unit, len);
	strlcpy(text + at, last, size - at);
}

/* Patterns on which a matcher that goes back takes exponential time. */
START_TEST(test_time_is_bounded)
{
	static const struct {
		const char *pattern, *pattern_end, *path, *path_end;
	} hostile[] = {
	    {"*a", "b", "a", "a"},
	    {"**a", "b", "a", "a"},
	    {"**/*a", "b", "a/", "a"},
	    {"*/", "b", "a/", "a"},
	    {"[ab]*", "c", "ab", "a"},
	    {"a", "b", "a", "a"},
	};
	char text[NAMES_MAX + 1], path[NAMES_MAX + 1];
	int64_t began = clock_now();
	struct path_pattern *pattern;

	repeat(text, sizeof(text), hostile[_i].pattern,
	    hostile[_i].pattern_end);
	repeat(path, sizeof(path), hostile[_i].path, hostile[_i].path_end);
	pattern = make(text);
	ck_assert(!path_pattern_matches(pattern, path, false));
	path_pattern_free(pattern);
	ck_assert_int_lt(clock_now() - began, 10 * CLOCK_SEC);
}
END_TEST

Suite *
path_pattern_suite(void)
{
	Suite *suite = suite_create("path_pattern");
	TCase *tcase = unit_case(suite, "path_pattern");

	tcase_add_loop_test(tcase, test_matches, 0, UNIT_ROWS(rows));
	tcase_add_test(tcase, test_refused);
	tcase_add_loop_test(tcase, test_time_is_bounded, 0, 6);
	return suite;
}
