/*
 * Several connections at the same files: parallel_run returns when no job is
 * left, however many connections there are and whichever of them end.
 */

#include <stdio.h>
#include <string.h>

#include "client/transfer/named_jobs.h"
#include "client/transfer/parallel.h"
#include "tests/unit/target.h"
#include "tests/unit/text_server.h"

enum {
	FILES = 300, /* more than one connection asks for ahead */
};

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
	target.settings.jobs = 2;
	target_serve(&target, "127.0.0.1", server.port);
	progress_open(&progress, &target.progress_settings);
	report_open(&report, &target.report_settings, &progress);
}

static void
teardown(void)
{
	job_queue_free(queue);
	pipeline_close(&pipeline);
	text_server_close(&server);
	target_close(&target);
}

/* Fetches so many files. */
static void
run(int files)
{
	struct failure failure;
	char name[16];
	int i;

	queue = job_queue_new(&target.settings, &target.folder);
	ck_assert_ptr_nonnull(queue);
	for (i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "%d", i);
		ck_assert_int_eq(named_jobs_add(queue, name, strlen(name), NULL,
				     NULL, &failure),
		    0);
	}
	text_server_start(&server);
	pipeline_open(&pipeline, &target.settings, &target.folder, &report,
	    &progress, NULL);
	parallel_run(&pipeline, queue);
	text_server_stop(&server);
	ck_assert_uint_eq(job_queue_count(queue), 0);
	ck_assert_uint_eq(job_queue_workers(queue), 0);
}

static void
expect_files(int files)
{
	char name[16];
	int i;

	ck_assert_uint_eq(report.files, (uint64_t)files);
	ck_assert_uint_eq(report.failed, 0);
	ck_assert_int_eq(report.code, EXIT_OK);
	ck_assert_int_eq(target_count(&target), files);
	for (i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "new%d", i);
		target_expect(&target, name, TEXT_SERVER_TEXT);
	}
}

/* The server replies once there are as many connections as a run of this many
 * files may have; the connection of the caller is kept. */
START_TEST(test_connections)
{
	static const struct {
		int jobs, files;
		unsigned connections;
	} rows[] = {
	    {1, FILES, 1},
	    {2, 0, 0},
	    {2, 1, 1},
	    {2, FILES, 2},
	};

	target.settings.jobs = rows[_i].jobs;
	server.hold_connections = rows[_i].connections;
	run(rows[_i].files);
	expect_files(rows[_i].files);
	/* On a slow machine one of two that brings nothing ends, and another
	 * is tried. */
	if (rows[_i].connections < 2)
		ck_assert_uint_eq(server.connections, rows[_i].connections);
	else
		ck_assert_uint_ge(server.connections, rows[_i].connections);
	ck_assert_int_eq(pipeline.connection.fd >= 0, rows[_i].files > 0);
}
END_TEST

/* A connection that ends leaves what it has asked for to the others: the one
 * that was tried, before any reply and within a file, or the first. */
START_TEST(test_one_ends)
{
	server.hold_connections = 2;
	if (_i < 2)
		server.cut_after[1] = _i * (TEXT_SERVER_HEAD + 4);
	else
		server.cut_after[0] = TEXT_SERVER_HEAD + 4;
	run(FILES);
	expect_files(FILES);
	ck_assert_uint_ge(server.connections, 2);
}
END_TEST

/* The first job fails when no connection can be made, the others are not begun,
 * and parallel_run returns. */
START_TEST(test_no_server)
{
	target_serve(&target, "127.0.0.1", 1);
	run(2);
	ck_assert_uint_eq(report.failed, 1);
	ck_assert_uint_eq(report.not_begun, 1);
	ck_assert_int_eq(report.code, EXIT_CONNECT);
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

Suite *
parallel_suite(void)
{
	Suite *suite = suite_create("parallel");
	TCase *tcase = unit_case(suite, "runs");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_connections, 0, 4);
	tcase_add_loop_test(tcase, test_one_ends, 0, 3);
	tcase_add_test(tcase, test_no_server);
	return suite;
}
