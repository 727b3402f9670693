/*
 * Progress on something that is no terminal: which mode becomes which, and what
 * is shown when. Times are given, so that no test waits for them; one test has
 * the thread draw.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/progress.h"
#include "common/clock.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static struct progress progress;

START_TEST(test_modes)
{
	static const struct {
		struct progress_settings settings;
		enum progress_mode mode;
		bool start_line;
	} rows[] = {
	    {{.mode = PROGRESS_MODE_AUTO}, PROGRESS_MODE_NONE, true},
	    {{.mode = PROGRESS_MODE_BAR}, PROGRESS_MODE_BAR, false},
	    {{.mode = PROGRESS_MODE_PLAIN}, PROGRESS_MODE_PLAIN, true},
	    {{.mode = PROGRESS_MODE_NONE}, PROGRESS_MODE_NONE, false},
	    {{.mode = PROGRESS_MODE_AUTO, .quiet = true}, PROGRESS_MODE_NONE,
		false},
	    /* Asked for in so many words. */
	    {{.mode = PROGRESS_MODE_BAR, .quiet = true}, PROGRESS_MODE_BAR,
		false},
	    {{.mode = PROGRESS_MODE_PLAIN, .quiet = true}, PROGRESS_MODE_PLAIN,
		false},
	};
	size_t i;

	/* However the tests are run, nothing can draw here. */
	setenv("TERM", "dumb", 1);
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		progress_open(&progress, &rows[i].settings);
		ck_assert_int_eq(progress.mode, rows[i].mode);
		ck_assert_int_eq(progress.start_line, rows[i].start_line);
	}
}
END_TEST

/* A batch of two files, of which one is half here. argument: the settings. */
static void
show_there(void *argument)
{
	static struct tally_file file;
	int64_t now;

	progress_open(&progress, argument);
	progress_begin(&progress, 2, false);
	/* The thread has ended before it draws. */
	progress_end(&progress);
	now = clock_now();
	tally_begin_file(&progress.tally, &file, "n\x1b", 10, 0);
	tally_receive(&progress.tally, &file, 5);
	progress_show(&progress, now + CLOCK_SEC / 2);
	/* Of a line or an object, only one of these is due. */
	progress_show(&progress, now + 11 * CLOCK_SEC);
	progress_show(&progress, now + 11 * CLOCK_SEC + CLOCK_SEC / 2);
	progress_hold(&progress);
	dprintf(STDERR_FILENO, "message\n");
	progress_release(&progress);
	progress_end(&progress);
}

static void
run_there(struct child *child, enum progress_mode mode, bool verbose, bool json)
{
	struct progress_settings settings = {.mode = mode,
	    .verbose = verbose,
	    .json = json};

	child_run(child, show_there, &settings);
	ck_assert_int_eq(child->code, CHILD_ALIVE);
}

START_TEST(test_plain)
{
	struct child child;

	run_there(&child, PROGRESS_MODE_PLAIN, true, false);
	ck_assert_ptr_eq(strstr(child.err, "n\\033  "), child.err);
	ck_assert_ptr_nonnull(strstr(child.err,
	    "  5 B of 10 B+  stalled 10 s  0 of 2 files\nmessage\n"));
	ck_assert_ptr_null(strchr(child.err, '\033'));
	ck_assert_str_eq(child.out, "");
}
END_TEST

/* A bar is drawn in place, and is away while a message is printed. In a file
 * there is one row, also with -v. */
START_TEST(test_bar)
{
	struct child child;
	unsigned i;

	for (i = 0; i < 2; i++) {
		run_there(&child, PROGRESS_MODE_BAR, i == 1, false);
		ck_assert_ptr_eq(strstr(child.err, "\rn\\033  "), child.err);
		ck_assert_ptr_nonnull(
		    strstr(child.err, " B/s  0 of 2 files\033[K\033[J\r"));
		ck_assert_ptr_nonnull(strstr(child.err, "  stalled 10 s  "));
		ck_assert_ptr_nonnull(
		    strstr(child.err, "\r\033[Jmessage\n\rn\\033  "));
		ck_assert_ptr_null(strstr(child.err, "\n\r\n"));
	}
}
END_TEST

START_TEST(test_none)
{
	struct child child;

	run_there(&child, PROGRESS_MODE_NONE, false, false);
	ck_assert_str_eq(child.err, "message\n");
	ck_assert_str_eq(child.out, "");
}
END_TEST

START_TEST(test_objects)
{
	struct child child;

	run_there(&child, PROGRESS_MODE_NONE, false, true);
	ck_assert_str_eq(child.err, "message\n");
	ck_assert_ptr_eq(strstr(child.out, "{\"status\":\"progress\","),
	    child.out);
	ck_assert_ptr_nonnull(strstr(child.out, "\"silent\":10,"));
}
END_TEST

/* Bytes come at a steady rate, then fast: the rate is that of the last seconds,
 * and what was here before does not count. */
START_TEST(test_rate)
{
	static const struct progress_settings none = {
	    .mode = PROGRESS_MODE_NONE};
	struct tally_file file = {.size = 0};
	int64_t now;
	int i;

	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	progress_open(&progress, &none);
	progress_begin(&progress, 1, false);
	now = progress.samples[0].at;
	tally_begin_file(&progress.tally, &file, "a", UINT64_MAX / 2, 1 << 30);
	for (i = 0; i < 200; i++) {
		now += 100 * CLOCK_MS;
		tally_receive(&progress.tally, &file, i < 100 ? 100 : 1000);
		tally_reuse(&progress.tally, &file, 50);
		progress_show(&progress, now);
	}
	ck_assert_uint_eq(progress.n_samples, PROGRESS_SAMPLES);
	/* Five seconds, of the second half. */
	ck_assert_int_ge(now - progress.samples[0].at, 5 * CLOCK_SEC);
	ck_assert_int_le(now - progress.samples[0].at, 6 * CLOCK_SEC);
	ck_assert_uint_eq((progress.tally.received -
			      progress.samples[0].received) *
		100,
	    (uint64_t)(now - progress.samples[0].at) / CLOCK_MS * 1000);
	/* Those of an older copy (--reuse) are counted by themselves. */
	ck_assert_uint_eq((progress.tally.reused - progress.samples[0].reused) *
		100,
	    (uint64_t)(now - progress.samples[0].at) / CLOCK_MS * 50);
}
END_TEST

/* Nothing calls into the progress, and yet it is drawn. */
static void
stall_there(void *argument)
{
	(void)argument;
	progress_open(&progress,
	    &(const struct progress_settings){.mode = PROGRESS_MODE_BAR});
	progress_begin(&progress, 1, false);
	clock_sleep(1500 * CLOCK_MS);
	progress_end(&progress);
	/* Another batch, which is over before a drawing. */
	progress_begin(&progress, 1, false);
	progress_end(&progress);
}

START_TEST(test_thread)
{
	struct child child;
	size_t len;

	child_run(&child, stall_there, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert_ptr_nonnull(strstr(child.err, "\r0 B  0 B/s\033[K"));
	ck_assert_ptr_nonnull(strstr(child.err, "\r0 B  waiting 1 s\033[K"));
	len = strlen(child.err);
	ck_assert_str_eq(child.err + len - 4, "\r\033[J");
}
END_TEST

Suite *
progress_suite(void)
{
	Suite *suite = suite_create("progress");
	TCase *tcase = unit_case(suite, "lines");

	tcase_add_test(tcase, test_modes);
	tcase_add_test(tcase, test_plain);
	tcase_add_test(tcase, test_bar);
	tcase_add_test(tcase, test_none);
	tcase_add_test(tcase, test_objects);
	tcase_add_test(tcase, test_rate);
	tcase_add_test(tcase, test_thread);
	return suite;
}
