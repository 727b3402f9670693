/*
 * How far ahead one connection asks, in folders: few, where each brings files
 * enough to ask for; many, where it does not.
 */

#include <string.h>

#include "client/transfer/window.h"
#include "tests/unit/unit.h"

enum {
	FILES = 400, /* that a large folder brings */
	FOLDERS = 100,
};

static struct transfer_settings settings;
static struct job_queue *queue;
static struct window window;
static struct job folders[FOLDERS], files[FOLDERS * FILES];
static unsigned asked, brought;

static void
setup(void)
{
	memset(&settings, 0, sizeof(settings));
	queue = job_queue_new(&settings, NULL);
	ck_assert_ptr_nonnull(queue);
	memset(folders, 0, sizeof(folders));
	memset(files, 0, sizeof(files));
	asked = brought = 0;
	settings.jobs = 1;
	window_open(&window, &settings);
}

static void
teardown(void)
{
	job_queue_free(queue);
}

/* As many folders as may be, while there are any. */
static unsigned
ask_folders(void)
{
	while (asked < FOLDERS && window_may_list(&window)) {
		folders[asked].kind = JOB_KIND_FOLDER;
		folders[asked].stage = JOB_LIST;
		window_add(&window, queue, &folders[asked++]);
	}
	return window.n_listing;
}

/* Takes what has come up to the next folder's page, which brings n files. */
static void
take_page(unsigned n)
{
	bool is_page;

	do {
		is_page = window_first(&window)->stage == JOB_LIST;
		window_take_first(&window, queue);
	} while (!is_page);
	for (; n > 0 && window_has_room(&window); n--) {
		files[brought].stage = JOB_FETCH;
		window_add(&window, queue, &files[brought++]);
	}
}

START_TEST(test_large_folders)
{
	unsigned i, most = 0, n;

	for (i = 0; i < FOLDERS / 2; i++) {
		n = ask_folders();
		if (n > most)
			most = n;
		take_page(FILES);
	}
	ck_assert_uint_ge(most, 2);
	ck_assert_uint_le(most, 5);
}
END_TEST

START_TEST(test_small_folders)
{
	unsigned i;

	ck_assert_uint_eq(ask_folders(), 2);
	for (i = 0; i < FOLDERS / 2; i++) {
		take_page(1);
		(void)ask_folders();
	}
	ck_assert_uint_eq(window.n_listing, 32);
}
END_TEST

/* Requests without a reply do not change the number of folders. */
START_TEST(test_returned)
{
	ck_assert_uint_eq(ask_folders(), 2);
	files[0].stage = JOB_SNAPSHOT;
	window_put_next(&window, &files[0]);
	ck_assert(!window_is_empty(&window));
	window_return(&window, queue);
	ck_assert(window_is_empty(&window));
	ck_assert_ptr_null(window_first(&window));
	/* Nobody has answered the first; it is taken out by that. */
	ck_assert_ptr_eq(job_queue_take_suspect(queue), &folders[0]);
	ck_assert_ptr_eq(job_queue_take_any(queue), &files[0]);
	ck_assert_ptr_eq(job_queue_take_any(queue), &folders[1]);
	ck_assert_ptr_null(job_queue_take_any(queue));
	ck_assert_uint_eq(ask_folders(), 2);
}
END_TEST

/* Listings are broken by the loss of a connection that brought a page, or was
 * asked for another one; not by that of one that the server refused. */
START_TEST(test_breaks)
{
	struct job job = {.kind = JOB_KIND_FOLDER, .stage = JOB_LIST};

	window_add(&window, queue, &job);
	window_return(&window, queue);
	ck_assert_uint_eq(job_queue_breaks(queue), 0);
	ck_assert_ptr_eq(job_queue_take_any(queue), &job);

	job.folder.cursor = 7;
	window_add(&window, queue, &job);
	window_return(&window, queue);
	ck_assert_uint_eq(job_queue_breaks(queue), 1);
	ck_assert_ptr_eq(job_queue_take_any(queue), &job);

	window_add(&window, queue, &job);
	window_take_first(&window, queue);
	window_return(&window, queue);
	ck_assert_uint_eq(job_queue_breaks(queue), 2);
	/* Until it has brought another. */
	window_return(&window, queue);
	ck_assert_uint_eq(job_queue_breaks(queue), 2);
}
END_TEST

/* Files of 64 KiB under way, as many as there may be. */
static unsigned
ask_files(void)
{
	while (window_has_room(&window)) {
		files[brought].kind = JOB_KIND_FILE;
		files[brought].stage = JOB_FETCH;
		files[brought].file.size = 64 * 1024;
		window_add(&window, queue, &files[brought++]);
	}
	return window.n;
}

/* Beside others, a connection asks for as much as it has brought, so that a new
 * one does not keep files waiting. */
START_TEST(test_shares)
{
	unsigned i, n, before;

	settings.jobs = 2;
	window_open(&window, &settings);
	before = ask_files();
	ck_assert_uint_eq(before, 3);
	for (i = 0; i < 8; i++) {
		for (n = before; n > 0; n--)
			window_take_first(&window, queue);
		n = ask_files();
		ck_assert_uint_ge(n, before);
		ck_assert_uint_le(n, 2 * before + 2);
		before = n;
	}
	ck_assert_uint_eq(before, 12 * 1024 / 64 + 1);
}
END_TEST

/* One that is alone asks for as much as there is. */
START_TEST(test_alone)
{
	ck_assert_uint_ge(ask_files(), 256);
}
END_TEST

Suite *
window_suite(void)
{
	Suite *suite = suite_create("window");
	TCase *tcase = unit_case(suite, "ahead");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_large_folders);
	tcase_add_test(tcase, test_small_folders);
	tcase_add_test(tcase, test_returned);
	tcase_add_test(tcase, test_breaks);
	tcase_add_test(tcase, test_shares);
	tcase_add_test(tcase, test_alone);
	return suite;
}
