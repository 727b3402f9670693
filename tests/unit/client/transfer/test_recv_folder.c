/*
 * Folders as the client lists them: what is in a page becomes jobs, in which
 * order, and what does not.
 */

#include <sys/stat.h>

#include <string.h>

#include "client/store/tree_folder.h"
#include "client/transfer/named_jobs.h"
#include "common/clock.h"
#include "tests/unit/peer.h"
#include "tests/unit/queued.h"
#include "tests/unit/unit.h"

enum {
	FOLDER = 040755,
	FILE_ = 0100644,
};

static const char *const nothing[] = {NULL};
static struct peer peer;

static void
setup(void)
{
	peer_open(&peer);
	peer_begin_tree(&peer);
}

static void
teardown(void)
{
	peer_close(&peer);
}

/* Receives, does as the pipeline does, and compares what is in the queue: files
 * and then folders, among them the job itself if there is more of it. */
static void
expect(enum outcome outcome, const char *names)
{
	enum outcome got = peer_receive(&peer);

	ck_assert_msg(got == outcome, "%d: %s", (int)got,
	    peer.reply.failure.text);
	if (got == OUTCOME_MORE)
		job_queue_put(peer.queue, peer.job, JOB_PLACE_NEXT);
	job_queue_put_all_next(peer.queue, &peer.reply.folders);
	queued_expect(peer.queue, names);
	if (got == OUTCOME_MORE) {
		job_queue_suspect(peer.queue, peer.job);
		ck_assert_ptr_eq(job_queue_take_suspect(peer.queue), peer.job);
	}
	ck_assert(peer_in_frame(&peer));
}

static void
say_folder(uint64_t cursor, const char *const *entries)
{
	peer_say_state(&peer, 1, FOLDER);
	peer_say_page(&peer, cursor, entries);
}

START_TEST(test_page)
{
	static const char *const entries[] = {"fb", "dsub", "fa", "f.hidden",
	    "f\xff\x1b[m", "demp ty", NULL};
	struct job *job;

	peer.connection.tries = 2;
	peer.target.settings.hidden = true;
	say_folder(0, entries);
	expect(OUTCOME_OK, "d/b d/a d/.hidden d/\xff\x1b[m d/sub d/emp ty ");
	ck_assert_uint_eq(job_queue_count(peer.queue), 7);
	ck_assert_uint_eq(job_queue_count_files(peer.queue), 4);
	ck_assert_int_eq(peer.connection.tries, 0);
	ck_assert(target_has(&peer.target, "newd"));
	ck_assert_int_eq(target_count(&peer.target), 1);
	/* All of these hold it, and nobody has it open. */
	ck_assert_uint_eq(peer.job->folder.made->holders, 7);
	ck_assert_uint_eq(peer.job->folder.made->users, 0);
	while ((job = job_queue_take_file(peer.queue)) != NULL) {
		ck_assert_ptr_eq(job->tree, peer.job->folder.made);
		ck_assert_str_eq(job->final, job->name + 2);
		ck_assert_int_eq(job->stage, JOB_START);
		ck_assert_uint_eq(job->file.size, 5);
		ck_assert_int_eq(job->file.mtime_ns, CLOCK_SEC);
		job_queue_remove(peer.queue, job);
	}
	job = job_queue_take_any(peer.queue);
	ck_assert_int_eq(job->kind, JOB_KIND_FOLDER);
	ck_assert_int_eq(job->stage, JOB_LIST);
	ck_assert_ptr_null(job->folder.made);
	ck_assert_uint_eq(job->folder.cursor, 0);
	job_queue_remove(peer.queue, job);
}
END_TEST

/* Names that begin with a dot become jobs only with --hidden; else they are
 * counted once the page is there. */
START_TEST(test_hidden)
{
	static const char *const entries[] = {"f.a", "fb", "d.ssh", "d..c",
	    NULL};

	say_folder(0, entries);
	expect(OUTCOME_OK, "d/b ");
	ck_assert_uint_eq(peer.report.left_out, 3);
	ck_assert_int_eq(peer.report.code, EXIT_OK);
}
END_TEST

/* "." is the served folder itself: names in it have no folder in front. */
START_TEST(test_top)
{
	static const char *const entries[] = {"fa", "dsub", NULL};
	struct failure failure;

	job_queue_remove(peer.queue, peer.job);
	ck_assert_int_eq(named_jobs_add(peer.queue, ".", 1, NULL, NULL,
			     &failure),
	    0);
	peer.job = job_queue_take_any(peer.queue);
	say_folder(0, entries);
	expect(OUTCOME_OK, "a sub ");
	ck_assert(target_has(&peer.target, "newtest"));
}
END_TEST

START_TEST(test_empty)
{
	say_folder(0, nothing);
	expect(OUTCOME_OK, "");
	ck_assert(target_has(&peer.target, "newd"));
	ck_assert_uint_eq(job_queue_count(peer.queue), 1);
}
END_TEST

/* Page by page: what is in the folders of one comes before the next page, so
 * that no more than a page of each is ever held. */
START_TEST(test_pages)
{
	static const char *const first[] = {"fa", "dp", "dq", NULL};
	static const char *const second[] = {"dr", "fb", NULL};
	static const char *const third[] = {"fc", NULL};

	say_folder(7, first);
	expect(OUTCOME_MORE, "d/a d/p d/q d ");
	ck_assert_uint_eq(peer.job->folder.cursor, 7);

	/* No STAT any more, and in front of what others have brought. */
	peer_say_page(&peer, 3, second);
	expect(OUTCOME_MORE, "d/a d/b d/r d d/p d/q ");
	ck_assert_uint_eq(peer.job->folder.cursor, 3);

	/* Without a folder in it there is nothing to wait for. */
	peer_say_page(&peer, 9, third);
	expect(OUTCOME_MORE, "d/a d/b d/c d d/r d/p d/q ");
	peer_say_page(&peer, 0, nothing);
	expect(OUTCOME_OK, "d/a d/b d/c d/r d/p d/q ");
	ck_assert_uint_eq(job_queue_count(peer.queue), 7);
}
END_TEST

/* It is a file: then it is fetched as one, whatever its LIST came to. */
START_TEST(test_file)
{
	peer.target.settings.store.update = _i % 2 == 1;
	peer_say_state(&peer, 1, FILE_);
	if (_i < 2) {
		peer_say_header(&peer, PROTOCOL_NOT_A_FILE, 3);
		peer_say(&peer, "why", 3);
	} else {
		peer_say_page(&peer, 0,
		    (const char *const[]){"fa", "fb", NULL});
	}
	expect(OUTCOME_NOT_A_FOLDER, "");
	ck_assert_int_eq(peer.job->kind, JOB_KIND_FILE);
	ck_assert_int_eq(peer.job->stage, JOB_START);
	/* The size of the STAT, not of the list. */
	ck_assert_uint_eq(peer.job->file.size, 4096);
	ck_assert_int_eq(target_count(&peer.target), 0);
}
END_TEST

/* Both requests refused: the first one says why. */
START_TEST(test_refused)
{
	static const struct {
		unsigned state, list;
		enum outcome outcome;
		enum exit_code code;
		const char *words;
	} rows[] = {
	    {PROTOCOL_NOT_FOUND, PROTOCOL_NOT_FOUND, OUTCOME_FAILED,
		EXIT_NOT_FOUND, "the server says: first (NOT_FOUND)"},
	    {PROTOCOL_DENIED, PROTOCOL_NOT_FOUND, OUTCOME_FAILED, EXIT_DENIED,
		"the server says: first (DENIED)"},
	    {PROTOCOL_NOT_A_FILE, PROTOCOL_NOT_A_FILE, OUTCOME_FAILED,
		EXIT_DENIED, "the server says: first (NOT_A_FILE)"},
	    {PROTOCOL_UNSUPPORTED, PROTOCOL_UNSUPPORTED, OUTCOME_FAILED,
		EXIT_PROTOCOL, "the server says: first (UNSUPPORTED)"},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		peer_say_header(&peer, rows[i].state, 5);
		peer_say(&peer, "first", 5);
		peer_say_header(&peer, rows[i].list, 6);
		peer_say(&peer, "second", 6);
		expect(rows[i].outcome, "");
		ck_assert_int_eq(peer.reply.failure.code, rows[i].code);
		ck_assert_str_eq(peer.reply.failure.text, rows[i].words);
	}
	ck_assert_int_eq(target_count(&peer.target), 0);
	/* A name that may come yet. */
	peer.target.settings.wait = UNIT_TIMEOUT * CLOCK_SEC;
	job_queue_begin_run(peer.queue);
	for (i = 0; i < 2; i++)
		peer_say_header(&peer, PROTOCOL_NOT_FOUND, 0);
	expect(OUTCOME_NOT_YET, "");
}
END_TEST

/* It is there, and may not be listed. */
START_TEST(test_no_list)
{
	peer_say_state(&peer, 1, FOLDER);
	peer_say_header(&peer, PROTOCOL_DENIED, 3);
	peer_say(&peer, "why", 3);
	expect(OUTCOME_FAILED, "");
	ck_assert_str_eq(peer.reply.failure.text,
	    "the server says: why (DENIED)");
}
END_TEST

/* The folder cannot be made: its page is passed over, others follow it. */
START_TEST(test_in_the_way)
{
	static const char *const entries[] = {"fa", "dsub", NULL};

	target_write(&peer.target, "newd", "mine");
	say_folder(7, entries);
	expect(OUTCOME_FAILED, "");
	ck_assert_int_eq(peer.reply.failure.code, EXIT_LOCAL);
	ck_assert_ptr_nonnull(strstr(peer.reply.failure.text, "newd"));
	target_expect(&peer.target, "newd", "mine");
	ck_assert_uint_eq(job_queue_count(peer.queue), 1);
}
END_TEST

/* The fault: when the page to be passed over broke off, the folder counted as
 * begun, and was gone on with. */
START_TEST(test_in_the_way_and_lost)
{
	static const char *const entries[] = {"fa", "dsub", NULL};

	target_write(&peer.target, "newd", "mine");
	say_folder(7, entries);
	peer.len--;
	peer_end(&peer);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_LOST);
	ck_assert_ptr_null(peer.job->folder.made);
	ck_assert_uint_eq(peer.job->folder.cursor, 0);
}
END_TEST

/* Below it, the server's own folder again, by the id that it bears. */
START_TEST(test_circle)
{
	static const char *const entries[] = {"dback", NULL};
	struct job *top = peer.job;

	say_folder(0, entries);
	expect(OUTCOME_OK, "d/back ");
	peer.job = job_queue_take_any(peer.queue);
	peer_say_state(&peer, _i == 0 ? 1 : 2, FOLDER);
	peer_say_page(&peer, 0, entries);
	expect(_i == 0 ? OUTCOME_SAME : OUTCOME_OK,
	    _i == 0 ? "" : "d/back/back ");
	ck_assert(target_has(&peer.target, "newd/back") == (_i == 1));
	job_queue_remove(peer.queue, top);
}
END_TEST

/* -u: what is here already is no job. */
START_TEST(test_update)
{
	static const char *const entries[] = {"fsame", "folder", "fsize",
	    "fmissing", NULL};
	struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	int fd = peer.target.folder.fd;

	peer.target.settings.store.update = true;
	ck_assert_int_eq(mkdirat(fd, "newd", 0755), 0);
	target_write(&peer.target, "newd/same", "12345");
	target_write(&peer.target, "newd/older", "12345");
	target_write(&peer.target, "newd/size", "1234");
	ck_assert_int_eq(utimensat(fd, "newd/same", times, 0), 0);
	ck_assert_int_eq(utimensat(fd, "newd/size", times, 0), 0);
	say_folder(0, entries);
	expect(OUTCOME_OK, "d/older d/size d/missing ");
	ck_assert_uint_eq(peer.report.skipped, 1);
	ck_assert_uint_eq(peer.report.failed, 0);
	ck_assert_uint_eq(job_queue_count(peer.queue), 4);
}
END_TEST

Suite *
recv_folder_suite(void)
{
	Suite *suite = suite_create("recv_folder");
	TCase *tcase = unit_case(suite, "walk");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_page);
	tcase_add_test(tcase, test_hidden);
	tcase_add_test(tcase, test_top);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_pages);
	tcase_add_loop_test(tcase, test_file, 0, 4);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_no_list);
	tcase_add_test(tcase, test_in_the_way);
	tcase_add_test(tcase, test_in_the_way_and_lost);
	tcase_add_loop_test(tcase, test_circle, 0, 2);
	tcase_add_test(tcase, test_update);
	return suite;
}
