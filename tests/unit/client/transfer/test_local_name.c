/*
 * Local names by the command line alone: the folder, the name in it, and the
 * path that is shown.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/tree_folder.h"
#include "client/transfer/local_name.h"
#include "tests/unit/unit.h"

static const struct {
	const char *row;
	struct transfer_settings settings;
	const char *name;
	const char *folder;
	const char *final; /* NULL: standard output */
	const char *path;
} rows[] = {
    {"nothing said", {.output = NULL}, "f", ".", "newf", "newf"},
    {"last component", {.output = NULL}, "a/b/f", ".", "newf", "newf"},
    {"kept", {.keep_name = true}, "a/f", ".", "f", "f"},
    {"-P", {.directory = "a/b"}, "f", "a/b", "newf", "a/b/newf"},
    {"-P, kept", {.directory = "/", .keep_name = true}, "f", "/", "f", "//f"},
    {"-P .", {.directory = "."}, "f", ".", "newf", "./newf"},
    {"-o", {.output = "g"}, "f", ".", "g", "g"},
    {"-o in a folder", {.output = "a/b/g"}, "f", "a/b", "g", "a/b/g"},
    {"-o at the top", {.output = "/g"}, "f", "/", "g", "/g"},
    {"-o, dots", {.output = "../g"}, "f", "..", "g", "../g"},
    {"-o ./-", {.output = "./-"}, "f", ".", "-", "./-"},
    {"-o -", {.output = "-"}, "f", ".", NULL, NULL},
    {"-r", {.store.is_tree = true}, "a/d", ".", "newd", "newd"},
    {"-r, kept", {.store.is_tree = true, .keep_name = true}, "a/d", ".", "d",
	"d"},
    {"-r -P", {.store.is_tree = true, .directory = "p"}, "d", "p", "newd",
	"p/newd"},
    {"-r .", {.store.is_tree = true, .connection.host = "h"}, ".", ".", "newh",
	"newh"},
    {"-r ., kept",
	{.store.is_tree = true, .connection.host = "::1", .keep_name = true},
	".", ".", "::1", "::1"},
    {"-r ., -P",
	{.store.is_tree = true, .connection.host = "h", .directory = "p"}, ".",
	"p", "newh", "p/newh"},
    {"-r -o new", {.store.is_tree = true, .output = "x"}, "d", ".", "x", "x"},
    {"-r -o new/", {.store.is_tree = true, .output = "x///"}, "d", ".", "x",
	"x"},
    {"-r -o a/new", {.store.is_tree = true, .output = "a/x"}, "d", "a", "x",
	"a/x"},
    {"-r -o a/new/", {.store.is_tree = true, .output = "a/x/"}, "d", "a", "x",
	"a/x"},
    {"-r -o /new", {.store.is_tree = true, .output = "/x"}, "d", "/", "x",
	"//x"},
    {"-r . -o new",
	{.store.is_tree = true, .output = "x", .connection.host = "h"}, ".",
	".", "x", "x"},
    {"-r -o there",
	{.store.is_tree = true, .output = "x", .output_is_folder = true}, "a/d",
	"x", ".", "x/."},
    {"-r -o there/",
	{.store.is_tree = true, .output = "a/x//", .output_is_folder = true},
	"d", "a/x", ".", "a/x/."},
    {"-r -o .",
	{.store.is_tree = true, .output = ".", .output_is_folder = true}, "d",
	".", ".", "."},
    {"-r -o /",
	{.store.is_tree = true, .output = "/", .output_is_folder = true}, "d",
	"/", ".", "//."},
    {"-r -o ..",
	{.store.is_tree = true, .output = "../", .output_is_folder = true}, "d",
	"..", ".", "../."},
};

START_TEST(test_rows)
{
	char text[PATH_MAX];
	char *final;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		memset(text, 'x', sizeof(text));
		local_name_folder(&rows[i].settings, text, sizeof(text));
		ck_assert_msg(strcmp(text, rows[i].folder) == 0, "%s: %s",
		    rows[i].row, text);
		final = text;
		ck_assert_msg(local_name_final(&rows[i].settings, rows[i].name,
				  &final) == 0,
		    "%s", rows[i].row);
		ck_assert_msg((final == NULL) == (rows[i].final == NULL), "%s",
		    rows[i].row);
		ck_assert_msg(final == NULL ||
			strcmp(final, rows[i].final) == 0,
		    "%s: %s", rows[i].row, final);
		if (rows[i].path != NULL) {
			local_name_print(&rows[i].settings, NULL, final, text,
			    sizeof(text));
			ck_assert_msg(strcmp(text, rows[i].path) == 0, "%s: %s",
			    rows[i].row, text);
		}
		free(final);
	}
}
END_TEST

/* A file below a tree, two folders down, as a person would name it. */
START_TEST(test_job)
{
	static const struct {
		const char *row;
		struct transfer_settings settings;
		const char *top; /* the tree's own name here */
		const char *path;
	} jobs[] = {
	    {"here", {.store.is_tree = true}, "newd", "newd/sub/f"},
	    {"-P", {.store.is_tree = true, .directory = "p"}, "newd",
		"p/newd/sub/f"},
	    {"-o new", {.store.is_tree = true, .output = "a/x"}, "x",
		"a/x/sub/f"},
	    {"-o there",
		{.store.is_tree = true,
		    .output = "a/x/",
		    .output_is_folder = true},
		".", "a/x/sub/f"},
	    {"-o .",
		{.store.is_tree = true,
		    .output = ".",
		    .output_is_folder = true},
		".", "sub/f"},
	};
	const struct protocol_attributes attributes = {.size = 0};
	struct tree_folders all;
	struct tree_folder *top, *sub;
	char text[PATH_MAX];
	size_t i;

	tree_folders_open(&all, NULL, NULL);
	for (i = 0; i < UNIT_ROWS(jobs); i++) {
		top = tree_folder_new(&all, NULL, jobs[i].top, &attributes);
		sub = tree_folder_new(&all, top, "sub", &attributes);
		ck_assert(top != NULL && sub != NULL);
		tree_folder_release(top);
		local_name_print(&jobs[i].settings, sub, "f", text,
		    sizeof(text));
		ck_assert_msg(strcmp(text, jobs[i].path) == 0, "%s: %s",
		    jobs[i].row, text);
		tree_folder_release(sub);
	}
	local_name_print(&jobs[1].settings, NULL, "f", text, sizeof(text));
	ck_assert_str_eq(text, "p/f");
}
END_TEST

/* Cut where it does not fit, never written behind. */
START_TEST(test_cut)
{
	static const struct transfer_settings settings = {
	    .directory = "folder"};
	static const char whole[] = "folder/newfile";
	char text[sizeof(whole) + 1];
	size_t size;

	for (size = 1; size <= sizeof(whole); size++) {
		memset(text, 'x', sizeof(text));
		local_name_print(&settings, NULL, "newfile", text, size);
		ck_assert_uint_eq(strlen(text), size - 1);
		ck_assert_mem_eq(text, whole, size - 1);
		ck_assert_int_eq(text[size], 'x');
	}
	memset(text, 'x', sizeof(text));
	local_name_folder(&settings, text, 4);
	ck_assert_str_eq(text, "fol");
	ck_assert_int_eq(text[4], 'x');
}
END_TEST

Suite *
local_name_suite(void)
{
	Suite *suite = suite_create("local_name");
	TCase *tcase = unit_case(suite, "destination");

	tcase_add_test(tcase, test_rows);
	tcase_add_test(tcase, test_job);
	tcase_add_test(tcase, test_cut);
	return suite;
}
