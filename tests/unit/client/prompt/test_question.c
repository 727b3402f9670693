/*
 * The text in front of a typed line, for terminals of any width.
 */

#include <string.h>

#include "client/prompt/question.h"
#include "tests/unit/unit.h"

static const struct {
	unsigned columns;
	const char *folder;
	const char *text;
} rows[] = {
    {80, "", "file to fetch (empty line to leave): "},
    {80, "logs", "file to fetch from logs (empty line to leave): "},
    {80, "a b", "file to fetch from a b (empty line to leave): "},
    {80, "\033", "file to fetch from \\033 (empty line to leave): "},
    {80, "logs/2026/11/29/today", "logs/2026/11/29/today> "},
    {40, "", "fileget> "},
    {40, "logs", "logs> "},
    {40, "logs/2026/11/29", "...ogs/2026/11/29> "},
    {5, "logs/2026/11/29", "...9> "},
    {200, "logs/2026/11/29/today",
	"file to fetch from logs/2026/11/29/today (empty line to leave): "},
};

START_TEST(test_rows)
{
	struct remote_cwd place;
	char text[QUESTION_TEXT];

	strlcpy(place.folder, rows[_i].folder, sizeof(place.folder));
	ck_assert_str_eq(question_write(&place, rows[_i].columns, text),
	    rows[_i].text);
}
END_TEST

/* The longest folder, of characters of three bytes: cut between two. */
START_TEST(test_any_width)
{
	struct remote_cwd place;
	char text[QUESTION_TEXT];
	unsigned columns;
	const char *cut;
	size_t i;

	for (i = 0; i + 3 < sizeof(place.folder); i += 3)
		memcpy(place.folder + i, "\342\202\254", 3);
	place.folder[i] = '\0';
	for (columns = 20; columns < 1000; columns++) {
		question_write(&place, columns, text);
		ck_assert_uint_le(strlen(text), columns / 2);
		ck_assert(strncmp(text, "...", 3) == 0);
		cut = text + 3;
		ck_assert(*cut == '\342' || strcmp(cut, "> ") == 0);
	}
}
END_TEST

Suite *
question_suite(void)
{
	Suite *suite = suite_create("question");
	TCase *tcase = unit_case(suite, "question");

	tcase_add_loop_test(tcase, test_rows, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_any_width);
	return suite;
}
