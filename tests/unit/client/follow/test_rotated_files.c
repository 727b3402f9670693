/*
 * The search for rotated files, against a scripted server: which files of the
 * folder are asked about, and which are found.
 */

#include <sys/stat.h>

#include <string.h>

#include "client/follow/rotated_files.h"
#include "common/clock.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

#define PRINTED "0123456789abcdef-" /* bytes of the old file */

enum {
	OLD = 7, /* ids */
	OLDER,
	FILE_MODE = S_IFREG | 0644,
	SIZE = sizeof(PRINTED) - 1,
};

static const uint64_t ids[] = {OLD, OLDER};
static struct script script;
static struct printed printed;
static struct rotated_files_query query;
static struct rotated_files found;
static struct failure failure;

static void
setup(void)
{
	script_open(&script);
	printed_reset(&printed);
	printed_add(&printed, PRINTED, SIZE);
	query = (struct rotated_files_query){
	    .name = "logs/log",
	    .ids = ids,
	    .n_ids = UNIT_ROWS(ids),
	    .mtime_ns = CLOCK_SEC,
	    .printed = &printed,
	};
	memset(&failure, 0, sizeof(failure));
}

static void
teardown(void)
{
	rotated_files_free(&found);
	ck_assert_uint_eq(found.n, 0);
	script_close(&script);
}

/* A page of files of SIZE bytes, up to NULL; all have the same time. */
static void
say_folder(const char *const *names)
{
	script_begin_page(&script, 0);
	for (; *names != NULL; names++)
		script_entry(&script, FILE_MODE, SIZE, *names);
	script_end_page(&script);
}

static void
say_bytes(uint64_t id, const char *bytes)
{
	const struct protocol_attributes attributes = {.token = {id, 1},
	    .size = SIZE};

	script_range(&script, &attributes, bytes, SIZE);
	script_trailer(&script, SIZE, bytes, SIZE);
}

static int
search(enum rotated_files_wanted wanted)
{
	query.wanted = wanted;
	script_start(&script, true);
	return rotated_files_find(&query, &script.connection, &found, &failure);
}

static void
expect_found(const char *const *names)
{
	size_t i;

	for (i = 0; names[i] != NULL; i++) {
		ck_assert_uint_gt(found.n, i);
		ck_assert_str_eq(found.found[i].name, names[i]);
	}
	ck_assert_uint_eq(found.n, i);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE	   ((const char *const[]){NULL})

/* Related names are asked about first; the id decides. */
START_TEST(test_old_by_id)
{
	say_folder(NAMES("archived", "log.1"));
	script_stat(&script, FILE_MODE, 50);
	say_bytes(50, "0123456789abcdeX-");
	script_stat(&script, FILE_MODE, OLD);
	ck_assert_int_eq(search(ROTATED_FILES_OLD), 0);
	expect_found(NAMES("logs/archived"));
	ck_assert_uint_eq(found.found[0].id, OLD);
}
END_TEST

START_TEST(test_old_by_its_copy)
{
	query.name = "log";
	say_folder(NAMES("log.1"));
	script_stat(&script, FILE_MODE, 50);
	say_bytes(50, PRINTED);
	ck_assert_int_eq(search(ROTATED_FILES_OLD), 0);
	expect_found(NAMES("log.1"));
	ck_assert_uint_eq(found.found[0].id, 50);
}
END_TEST

/* The truncated file itself is no copy, nor is a file of another name. */
START_TEST(test_copy)
{
	say_folder(NAMES("unrelated", "log.1", "log.2"));
	script_stat(&script, FILE_MODE, OLD);
	script_stat(&script, FILE_MODE, 50);
	say_bytes(50, PRINTED);
	ck_assert_int_eq(search(ROTATED_FILES_COPY), 0);
	expect_found(NAMES("logs/log.2"));
}
END_TEST

START_TEST(test_no_copy)
{
	say_folder(NAMES("unrelated"));
	script_stat(&script, FILE_MODE, 50);
	ck_assert_int_eq(search(ROTATED_FILES_COPY), 0);
	expect_found(NONE);
}
END_TEST

/* Not asked about: older and shorter files, folders, and the name itself. */
START_TEST(test_not_candidates)
{
	query.mtime_ns = CLOCK_SEC + 1;
	say_folder(NAMES("log.1"));
	ck_assert_int_eq(search(ROTATED_FILES_OLD), 0);
	expect_found(NONE);
	script_close(&script);
	setup();
	script_begin_page(&script, 0);
	script_entry(&script, FILE_MODE, SIZE - 1, "log.1");
	script_entry(&script, S_IFDIR | 0755, SIZE, "log.2");
	script_entry(&script, FILE_MODE, SIZE, "log");
	script_end_page(&script);
	ck_assert_int_eq(search(ROTATED_FILES_OLD), 0);
	expect_found(NONE);
}
END_TEST

/* Files under rotated names that were not read and are no copy of the old one;
 * oldest first. */
START_TEST(test_between)
{
	say_folder(NAMES("log.1", "log.2", "log.3", "log.4", "log.bak"));
	script_stat(&script, FILE_MODE, 50);
	say_bytes(50, "0123456789abcdeX-");
	script_stat(&script, FILE_MODE, OLDER);
	script_stat(&script, FILE_MODE, OLD);
	script_stat(&script, FILE_MODE, 51);
	say_bytes(51, "0123456789abcdeY-");
	ck_assert_int_eq(search(ROTATED_FILES_BETWEEN), 0);
	expect_found(NAMES("logs/log.4", "logs/log.1"));
	ck_assert(found.has_old);
}
END_TEST

/* A file that had the name is between, whatever its name is now. */
START_TEST(test_between_by_id)
{
	query.passed = 50;
	say_folder(NAMES("other"));
	script_stat(&script, FILE_MODE, 50);
	ck_assert_int_eq(search(ROTATED_FILES_BETWEEN), 0);
	expect_found(NAMES("logs/other"));
	ck_assert(!found.has_old);
	/* The old file is gone, and perhaps another one. */
	ck_assert(rotated_files_have_gap(&found, &query));
	found.has_old = true;
	ck_assert(!rotated_files_have_gap(&found, &query));
	query.passed = 51;
	ck_assert(rotated_files_have_gap(&found, &query));
}
END_TEST

START_TEST(test_no_list)
{
	script_refuse(&script, PROTOCOL_DENIED, "no");
	ck_assert_int_eq(search(ROTATED_FILES_OLD), 0);
	expect_found(NONE);
}
END_TEST

/* A file that is gone meanwhile is skipped. */
START_TEST(test_candidate_refused)
{
	say_folder(NAMES("log.1", "log.2"));
	script_refuse(&script, PROTOCOL_NOT_FOUND, "no");
	script_stat(&script, FILE_MODE, OLD);
	ck_assert_int_eq(search(ROTATED_FILES_OLD), 0);
	expect_found(NAMES("logs/log.2"));
}
END_TEST

START_TEST(test_no_server)
{
	say_folder(NAMES("log.1"));
	ck_assert_int_eq(search(ROTATED_FILES_OLD), -1);
	ck_assert_int_ne(failure.code, EXIT_OK);
	ck_assert_uint_eq(found.n, 0);
}
END_TEST

START_TEST(test_violation)
{
	say_folder(NAMES("a/b"));
	ck_assert_int_eq(search(ROTATED_FILES_OLD), -1);
	ck_assert_int_eq(failure.code, EXIT_PROTOCOL);
	ck_assert_uint_eq(found.n, 0);
}
END_TEST

Suite *
rotated_files_suite(void)
{
	Suite *suite = suite_create("rotated_files");
	TCase *tcase = unit_case(suite, "search");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_old_by_id);
	tcase_add_test(tcase, test_old_by_its_copy);
	tcase_add_test(tcase, test_copy);
	tcase_add_test(tcase, test_no_copy);
	tcase_add_test(tcase, test_not_candidates);
	tcase_add_test(tcase, test_between);
	tcase_add_test(tcase, test_between_by_id);
	tcase_add_test(tcase, test_no_list);
	tcase_add_test(tcase, test_candidate_refused);
	tcase_add_test(tcase, test_no_server);
	tcase_add_test(tcase, test_violation);
	return suite;
}
