/*
 * One connection at several files: requests go ahead, a connection that ends is
 * followed by another, and when none lasts every job that is left fails.
 */

#include <string.h>

#include "client/transfer/named_jobs.h"
#include "client/transfer/pipeline.h"
#include "common/clock.h"
#include "tests/unit/target.h"
#include "tests/unit/text_server.h"

static struct target target;
static struct progress progress;
static struct report report;
static struct text_server server;
static struct pipeline pipeline;
static struct job_queue *queue;

static void
setup(void)
{
	target_open(&target);
	text_server_open(&server);
	target.settings.jobs = 1;
	target_serve(&target, "127.0.0.1", server.port);
	target.settings.connection.retry = 0;
	progress_open(&progress, &target.progress_settings);
	report_open(&report, &target.report_settings, &progress);
	pipeline_open(&pipeline, &target.settings, &target.folder, &report,
	    &progress, NULL);
	queue = job_queue_new(&target.settings, &target.folder);
	ck_assert_ptr_nonnull(queue);
}

static void
teardown(void)
{
	job_queue_free(queue);
	pipeline_close(&pipeline);
	text_server_close(&server);
	target_close(&target);
}

/* Fetches these names; no job is left afterwards. */
static void
run(const char *const *names)
{
	struct failure failure;

	for (; *names != NULL; names++)
		ck_assert_int_eq(named_jobs_add(queue, *names, strlen(*names),
				     NULL, NULL, &failure),
		    0);
	pipeline_run(&pipeline, queue);
	ck_assert_uint_eq(job_queue_count(queue), 0);
	ck_assert_uint_eq(job_queue_workers(queue), 0);
}

static void
expect(uint64_t files, uint64_t failed, uint64_t not_begun, enum exit_code code)
{
	ck_assert_uint_eq(report.files, files);
	ck_assert_uint_eq(report.failed, failed);
	ck_assert_uint_eq(report.not_begun, not_begun);
	ck_assert_int_eq(report.code, code);
}

static const char *const two[] = {"f", "g", NULL};
static const char *const three[] = {"f", "g", "h", NULL};

/* The server replies to none before it has all requests; a run after this one
 * has the same connection. */
START_TEST(test_window)
{
	static const char *const more[] = {"h", NULL};

	server.hold_requests = 2;
	text_server_start(&server);
	run(two);
	expect(2, 0, 0, EXIT_OK);
	target_expect(&target, "newf", TEXT_SERVER_TEXT);
	target_expect(&target, "newg", TEXT_SERVER_TEXT);
	ck_assert_int_ge(pipeline.connection.fd, 0);
	run(more);
	expect(3, 0, 0, EXIT_OK);
	text_server_stop(&server);
	ck_assert_uint_eq(server.connections, 1);
	ck_assert_uint_eq(server.peers[0].requests, 3);
}
END_TEST

/* A name that the server refuses leaves the others as they are. */
START_TEST(test_refused)
{
	static const char *const names[] = {"f", "no", "g", NULL};

	text_server_start(&server);
	run(names);
	text_server_stop(&server);
	expect(2, 1, 0, EXIT_NOT_FOUND);
	ck_assert_int_eq(target_count(&target), 2);
	ck_assert_uint_eq(server.connections, 1);
}
END_TEST

/* The last of several connections, which was cut before the others ended, goes
 * on like a new one: it never handed work over any more. */
START_TEST(test_cut)
{
	static const char *const names[] = {"f", NULL};

	text_server_start(&server);
	pipeline.is_cut = true;
	run(names);
	text_server_stop(&server);
	expect(1, 0, 0, EXIT_OK);
	ck_assert(!pipeline.is_cut);
}
END_TEST

/* The server ends a kept connection: that is no try, and another is made. */
START_TEST(test_idle_lost)
{
	static const char *const first[] = {"e", NULL};

	server.cut_after[0] = TEXT_SERVER_FILE;
	text_server_start(&server);
	run(first);
	run(two);
	text_server_stop(&server);
	expect(3, 0, 0, EXIT_OK);
	ck_assert_uint_eq(server.connections, 2);
	ck_assert_uint_eq(server.peers[1].requests, 2);
}
END_TEST

/* The connection ends within the first file, all of whose tries are used up:
 * its bytes stay, and the others come on a second connection. */
START_TEST(test_lost)
{
	static const struct protocol_attributes attributes = {
	    .size = sizeof(TEXT_SERVER_TEXT) - 1,
	    .mtime_ns = CLOCK_SEC,
	};

	server.cut_after[0] = TEXT_SERVER_HEAD + 4;
	server.hold_requests = 2;
	text_server_start(&server);
	run(three);
	text_server_stop(&server);
	expect(2, 1, 0, EXIT_STALLED);
	ck_assert_uint_eq(server.connections, 2);
	target_expect(&target, target_part_of("newf", &attributes, ""), "some");
	ck_assert(!target_has(&target, "newf"));
	target_expect(&target, "newg", TEXT_SERVER_TEXT);
	target_expect(&target, "newh", TEXT_SERVER_TEXT);
}
END_TEST

/* The second file fares no better: the third is not begun. */
START_TEST(test_give_up)
{
	server.hold_requests = 1;
	server.cut_after[0] = TEXT_SERVER_HEAD + 4;
	server.cut_after[1] = TEXT_SERVER_HEAD + 4;
	text_server_start(&server);
	run(three);
	text_server_stop(&server);
	expect(0, 2, 1, EXIT_STALLED);
	ck_assert_uint_eq(server.connections, 2);
	ck_assert_int_lt(pipeline.connection.fd, 0);
	ck_assert(!target_has(&target, "newf"));
}
END_TEST

/* A reply that breaks the protocol ends the run, and the connection. */
START_TEST(test_violation)
{
	server.speaks_http = true;
	text_server_start(&server);
	run(two);
	text_server_stop(&server);
	expect(0, 1, 1, EXIT_PROTOCOL);
	ck_assert_uint_eq(server.connections, 1);
	ck_assert_int_lt(pipeline.connection.fd, 0);
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

/* No connection can be made. */
START_TEST(test_no_server)
{
	/* A port on which no server listens. */
	target_serve(&target, "127.0.0.1", 1);
	run(two);
	expect(0, 1, 1, EXIT_CONNECT);
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

Suite *
pipeline_suite(void)
{
	Suite *suite = suite_create("pipeline");
	TCase *tcase = unit_case(suite, "runs");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_window);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_cut);
	tcase_add_test(tcase, test_idle_lost);
	tcase_add_test(tcase, test_lost);
	tcase_add_test(tcase, test_give_up);
	tcase_add_test(tcase, test_violation);
	tcase_add_test(tcase, test_no_server);
	return suite;
}
