/*
 * Columns of names: their order and width, names that are too long, wide
 * characters and control characters.
 */

#include <sys/stat.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/prompt/tab_list.h"
#include "tests/unit/unit.h"

enum {
	MOST = 150, /* entries of a test */
};

static char *shown;
static size_t shown_len;

/* Prints these names; those that end with '/' are folders. */
static void
print(const char *const *names, size_t n, unsigned columns)
{
	static struct remote_folder_entry entries[MOST];
	const struct remote_folder_entry *pointers[MOST];
	static char copies[MOST][300];
	FILE *file = open_memstream(&shown, &shown_len);
	size_t i, len;

	ck_assert_ptr_nonnull(file);
	for (i = 0; i < n; i++) {
		strlcpy(copies[i], names[i], sizeof(copies[i]));
		len = strlen(copies[i]);
		entries[i] = (struct remote_folder_entry){.name = copies[i],
		    .mode = S_IFREG | 0644};
		if (len > 0 && copies[i][len - 1] == '/') {
			copies[i][len - 1] = '\0';
			entries[i].mode = S_IFDIR | 0755;
		}
		pointers[i] = &entries[i];
	}
	tab_list_print(file, pointers, n, columns);
	fclose(file);
}

static void
teardown(void)
{
	free(shown);
	shown = NULL;
}

static const struct {
	const char *row;
	unsigned columns;
	const char *names[8];
	const char *shown;
} rows[] = {
    {"one row", 80, {"a", "bb", "c/"}, "a  bb  c/\n"},
    {"just fits", 10, {"a", "bb", "c/"}, "a  bb  c/\n"},
    {"downwards", 9, {"a", "bb", "c/"}, "a   c/\nbb\n"},
    {"one column", 4, {"a", "bb", "c/"}, "a\nbb\nc/\n"},
    {"of different width", 14, {"a", "bbbbbbb", "c", "d"},
	"a        c\nbbbbbbb  d\n"},
    {"cut", 8, {"0123456789"}, "0123...\n"},
    {"not cut", 8, {"0123456"}, "0123456\n"},
    {"cut folder", 8, {"0123456/"}, "0123...\n"},
    {"too narrow to cut", 3, {"abc"}, "abc\n"},
    {"escaped", 80, {"a\033[31m", "b\377"}, "a\\033[31m  b\\377\n"},
    {"wide characters", 11, {"\346\227\245\346\234\254", "x", "y"},
	"\346\227\245\346\234\254  x  y\n"},
    {"wide characters, downwards", 10, {"\346\227\245\346\234\254", "x", "y"},
	"\346\227\245\346\234\254  y\nx\n"},
    {"a wide character is cut whole", 8,
	{"a\346\227\245\346\234\254\346\227\245b"}, "a\346\227\245...\n"},
    {"marks take no column", 6, {"e\314\201", "f"}, "e\314\201  f\n"},
};

START_TEST(test_rows)
{
	size_t n = 0;

	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	while (n < 8 && rows[_i].names[n] != NULL)
		n++;
	print(rows[_i].names, n, rows[_i].columns);
	ck_assert_msg(strcmp(shown, rows[_i].shown) == 0, "%s:\n%s",
	    rows[_i].row, shown);
}
END_TEST

/* Any width: no line is wider, each name is there once. */
START_TEST(test_widths)
{
	static char texts[TAB_LIST_MOST][32];
	const char *names[TAB_LIST_MOST];
	const char *line;
	unsigned columns;
	size_t i, n;

	srandom(3);
	for (i = 0; i < TAB_LIST_MOST; i++) {
		snprintf(texts[i], sizeof(texts[i]), "<%zu>%.*s", i,
		    (int)(random() % 12), "xxxxxxxxxxxx");
		names[i] = texts[i];
	}
	for (columns = 20; columns < 200; columns += 7) {
		print(names, TAB_LIST_MOST, columns);
		for (line = shown; *line != '\0'; line += n + 1) {
			n = strcspn(line, "\n");
			ck_assert_uint_lt(n, columns);
		}
		for (i = 0; i < TAB_LIST_MOST; i++)
			ck_assert_msg(strstr(shown, names[i]) != NULL, "%s",
			    names[i]);
		teardown();
	}
}
END_TEST

START_TEST(test_many)
{
	const char *names[TAB_LIST_MOST + 7];
	size_t i;

	for (i = 0; i < UNIT_ROWS(names); i++)
		names[i] = i < TAB_LIST_MOST ? "a" : "b";
	print(names, UNIT_ROWS(names), 80);
	ck_assert_ptr_null(strchr(shown, 'b'));
	ck_assert_str_eq(strrchr(shown, 'a'), "and 7 more\n");
}
END_TEST

Suite *
tab_list_suite(void)
{
	Suite *suite = suite_create("tab_list");
	TCase *tcase = unit_case(suite, "columns");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, test_rows, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_widths);
	tcase_add_test(tcase, test_many);
	return suite;
}
