/*
 * Listings that break off, lie, or never end: a page counts as a whole or not
 * at all, and nothing is made of what is against the protocol.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/tree_folder.h"
#include "common/names.h"
#include "tests/unit/peer.h"
#include "tests/unit/queued.h"
#include "tests/unit/unit.h"

enum {
	FOLDER = 040755,
	FILE_ = 0100644,
	EMPTY = 10000, /* pages in a row that bring nothing, and no more */
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

/* Just the folder's own job is there, and nobody but it holds the folder. */
static void
expect_no_jobs(const char *row)
{
	const struct tree_folder *made = peer.job->folder.made;

	ck_assert_msg(job_queue_count(peer.queue) == 1, "%s: %zu", row,
	    job_queue_count(peer.queue));
	ck_assert_msg(!job_queue_has_work(peer.queue), "%s", row);
	ck_assert_msg(STAILQ_EMPTY(&peer.reply.folders), "%s", row);
	ck_assert_msg(peer.job->kind == JOB_KIND_FILE || made == NULL ||
		(made->holders == 1 && made->users == 0),
	    "%s", row);
}

static void
expect_fatal(const char *row, const char *words)
{
	enum outcome got = peer_receive(&peer);

	ck_assert_msg(got == OUTCOME_FATAL, "%s: %d", row, (int)got);
	ck_assert_int_eq(peer.reply.failure.code, EXIT_PROTOCOL);
	ck_assert_msg(strstr(peer.reply.failure.text, words) != NULL, "%s: %s",
	    row, peer.reply.failure.text);
	expect_no_jobs(row);
}

/* Cut off after each byte, by an end or by silence; the first page, with its
 * state, or another. What was cut off can be asked for again. */
START_TEST(test_truncated)
{
	static const char *const entries[] = {"fa", "dsub", "fb", NULL};
	bool first = _i % 2 == 0;
	size_t len, whole = 0;

	for (len = 0; len == 0 || len < whole; len++) {
		if (len > 0)
			setup();
		if (!first) {
			peer_say_state(&peer, 1, FOLDER);
			peer_say_page(&peer, 5, nothing);
			ck_assert_int_eq(peer_receive(&peer), OUTCOME_MORE);
		} else {
			peer_say_state(&peer, 1, FOLDER);
		}
		peer_say_page(&peer, 7, entries);
		whole = peer.len;
		peer.len = len;
		if (_i < 2)
			peer_end(&peer);
		else
			peer.target.settings.connection.timeout = 1;
		ck_assert_int_eq(peer_receive(&peer), OUTCOME_LOST);
		ck_assert_int_eq(peer.reply.failure.code, EXIT_STALLED);
		ck_assert_str_ne(peer.reply.failure.text, "");
		expect_no_jobs("truncated");
		ck_assert_uint_eq(peer.job->folder.cursor, first ? 0 : 5);
		ck_assert_int_eq(peer.job->stage, JOB_LIST);
		ck_assert(
		    target_has(&peer.target, "newd") == (!first || len >= 48));
		if (len < whole - 1)
			teardown();
	}
}
END_TEST

/* Receives; what is told is long, and not looked at here. */
static enum outcome
receive_silently(void)
{
	enum outcome outcome;
	int saved, null;

	saved = dup(STDERR_FILENO);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(dup2(null, STDERR_FILENO), 0);
	outcome = peer_receive(&peer);
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	close(saved);
	close(null);
	return outcome;
}

/* After a break the page comes as a whole. The fault: what cannot be fetched
 * of it was told both times. */
START_TEST(test_again)
{
	static char long_name[NAMES_MAX];
	const char *entries[] = {"fa", long_name, "dsub", NULL};
	int pair[2];

	memset(long_name, 'f', sizeof(long_name) - 1);

	peer_say_state(&peer, 1, FOLDER);
	peer_say_page(&peer, 0, entries);
	peer.len--;
	peer_end(&peer);
	ck_assert_int_eq(receive_silently(), OUTCOME_LOST);
	expect_no_jobs("lost");
	ck_assert_uint_eq(peer.report.failed, 0);
	unit_tcp_pair(pair);
	close(peer.connection.fd);
	close(peer.fd);
	stream_rest(&peer.connection.stream);
	peer.connection.fd = pair[0];
	peer.fd = pair[1];
	stream_open(&peer.connection.stream, pair[0], -1);
	peer_say_page(&peer, 0, entries);
	ck_assert_int_eq(receive_silently(), OUTCOME_OK);
	ck_assert_uint_eq(job_queue_count(peer.queue), 3);
	ck_assert_uint_eq(peer.report.failed, 1);
}
END_TEST

/* Names that would lead elsewhere: none of the page is believed, also of what
 * came before them. */
START_TEST(test_names)
{
	static const char *const names[] = {"f.", "f..", "d..", "f/", "f/etc",
	    "fa/b", "f../x", "da/", "d../..", "f"};
	const char *entries[] = {"fgood", "dgood", names[_i], "fother", NULL};

	peer_say_state(&peer, 1, FOLDER);
	peer_say_page(&peer, 0, entries);
	expect_fatal(names[_i], "the server does not speak this protocol");
	ck_assert_int_eq(target_count(&peer.target), 1);
}
END_TEST

/* States that no server would tell. */
START_TEST(test_state)
{
	static const struct {
		const char *row;
		uint64_t length;
		const char *words;
	} rows[] = {
	    {"none", 0, "a state of the wrong length"},
	    {"short", 39, "a state of the wrong length"},
	    {"long", 41, "a state of the wrong length"},
	    {"longest", PROTOCOL_LENGTH_MAX, "a state of the wrong length"},
	    {"impossible size", 40, "an impossible file size"},
	};
	uint8_t bytes[40];

	memset(bytes, 0xff, sizeof(bytes));
	peer_say_header(&peer, PROTOCOL_OK, rows[_i].length);
	peer_say(&peer, bytes, sizeof(bytes));
	expect_fatal(rows[_i].row, rows[_i].words);
	ck_assert_int_eq(target_count(&peer.target), 0);
}
END_TEST

/* A listing that no listing can be, of a folder and of what is none. */
START_TEST(test_lengths)
{
	static const struct {
		uint64_t length;
		const char *words;
	} rows[] = {
	    {0, "too short"},
	    {7, "too short"},
	    {PROTOCOL_LIST_MAX + 1, "too long"},
	    {PROTOCOL_LENGTH_MAX, "too long"},
	};

	peer_say_state(&peer, 1, FOLDER);
	peer_say_header(&peer, PROTOCOL_OK, rows[_i].length);
	expect_fatal("length", rows[_i].words);
}
END_TEST

/* The same where it is to be passed over: never a failure without a reason,
 * nor one that is the connection's. */
START_TEST(test_pass_over)
{
	static const char *const entries[] = {"fa", NULL};

	peer_say_state(&peer, 1, FILE_);
	if (_i == 0) {
		peer_say_header(&peer, PROTOCOL_OK, PROTOCOL_LIST_MAX + 1);
		expect_fatal("too long", "a listing that is too long");
		return;
	}
	peer_say_page(&peer, 0, entries);
	peer.len -= (size_t)_i;
	peer_end(&peer);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_LOST);
	ck_assert_int_eq(peer.reply.failure.code, EXIT_STALLED);
	ck_assert_str_ne(peer.reply.failure.text, "");
	expect_no_jobs("passed over");
}
END_TEST

/* The longest body there can be is passed over. */
START_TEST(test_pass_over_all)
{
	static uint8_t bytes[8192];
	size_t left;

	peer_say_state(&peer, 1, FILE_);
	peer_say_header(&peer, PROTOCOL_OK, 100 * 1024);
	for (left = 100 * 1024; left > 0; left -= left < 8192 ? left : 8192) {
		if (peer.len + 8192 > sizeof(peer.said)) {
			unit_send(peer.fd, peer.said, peer.len);
			peer.len = 0;
		}
		peer_say(&peer, bytes, left < 8192 ? left : 8192);
	}
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_NOT_A_FOLDER);
	ck_assert(peer_in_frame(&peer));
}
END_TEST

/*
 * More than can be held: one that others take most of, and give back, is asked
 * for again. The fault: it had failed, with several connections, on ordinary
 * trees.
 */
START_TEST(test_too_much)
{
	static const char *const entries[] = {"fa", "dsub", NULL};
	static const struct {
		const char *row;
		size_t memory; /* bytes that entries of others take */
		bool has_file;
		size_t n_pages;
		enum outcome outcome;
	} rows[] = {
	    {"files of others", 41 << 20, true, 1, OUTCOME_MORE},
	    {"pages of others", 41 << 20, false, 2, OUTCOME_MORE},
	    {"folders on the way", 41 << 20, false, 1, OUTCOME_FAILED},
	    {"room", 39 << 20, true, 1, OUTCOME_OK},
	};
	struct job_list others = STAILQ_HEAD_INITIALIZER(others);
	struct job above = {.name = (char *)"above", .name_len = 5};
	struct job *job;
	const char *why;
	size_t i, taken = 0;

	above.folder.made =
	    tree_folder_new(&job_queue_target(peer.queue)->folders, NULL,
		"above", &(struct protocol_attributes){.mode = FOLDER});
	while (taken < rows[_i].memory) {
		job = job_queue_new_entry(peer.queue, &above, "f", false, 255,
		    &why);
		ck_assert_ptr_nonnull(job);
		taken += job_memory(job);
		STAILQ_INSERT_TAIL(&others, job, next);
	}
	if (rows[_i].has_file) {
		job = STAILQ_FIRST(&others);
		STAILQ_REMOVE_HEAD(&others, next);
		job_queue_put(peer.queue, job, JOB_PLACE_LAST);
	}
	for (i = 0; i < rows[_i].n_pages; i++)
		job_queue_count_pages(peer.queue, 1);
	peer_say_state(&peer, 1, FOLDER);
	peer_say_page(&peer, 0, entries);
	ck_assert_msg(peer_receive(&peer) == rows[_i].outcome, "%s",
	    rows[_i].row);
	ck_assert(peer_in_frame(&peer));
	while ((job = STAILQ_FIRST(&others)) != NULL) {
		STAILQ_REMOVE_HEAD(&others, next);
		job_queue_remove(peer.queue, job);
	}
	if (rows[_i].has_file)
		job_queue_remove(peer.queue, job_queue_take_file(peer.queue));
	if (rows[_i].outcome == OUTCOME_OK)
		queued_expect(peer.queue, "d/a ");
	else
		expect_no_jobs(rows[_i].row);
	tree_folder_release(above.folder.made);
}
END_TEST

/* The same cursor again would never end. */
START_TEST(test_repeating)
{
	static const char *const entries[] = {"fa", "dsub", NULL};

	peer_say_state(&peer, 1, FOLDER);
	peer_say_page(&peer, 5, nothing);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_MORE);
	peer_say_page(&peer, 5, entries);
	expect_fatal("repeating", "a listing without end");
}
END_TEST

/* A server passes over what it does not show, but not for ever; one entry
 * begins the count anew. */
START_TEST(test_empty_pages)
{
	static const char *const entries[] = {"fa", NULL};
	uint64_t cursor = 1;
	int i, round;

	peer_say_state(&peer, 1, FOLDER);
	peer_say_page(&peer, cursor, nothing);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_MORE);
	for (round = 0; round < 2; round++) {
		for (i = 2; i < EMPTY; i++) {
			peer_say_page(&peer, ++cursor, nothing);
			ck_assert_int_eq(peer_receive(&peer), OUTCOME_MORE);
		}
		if (round == 0) {
			peer_say_page(&peer, ++cursor, entries);
			ck_assert_int_eq(peer_receive(&peer), OUTCOME_MORE);
			job_queue_remove(peer.queue,
			    job_queue_take_file(peer.queue));
			peer_say_page(&peer, ++cursor, nothing);
			ck_assert_int_eq(peer_receive(&peer), OUTCOME_MORE);
		}
	}
	peer_say_page(&peer, ++cursor, nothing);
	expect_fatal("empty", "a listing without end");
}
END_TEST

/* An entry with a name too long for the server or here is reported; the rest of
 * the page is taken. */
START_TEST(test_too_long)
{
	static char longest[NAMES_MAX + 2];
	const char *entries[] = {"fa", longest, "fb", NULL};

	memset(longest, 'f', sizeof(longest) - 1);
	if (_i == 0)
		longest[1 + peer.target.folder.volume->name_max + 1] = '\0';
	peer_say_state(&peer, 1, FOLDER);
	peer_say_page(&peer, 0, entries);
	ck_assert_int_eq(receive_silently(), OUTCOME_OK);
	ck_assert_uint_eq(peer.report.failed, 1);
	ck_assert_int_eq(peer.report.code, EXIT_LOCAL);
	ck_assert_uint_eq(job_queue_count(peer.queue), 3);
}
END_TEST

/* The way down to a folder counts for a name, to the byte. */
START_TEST(test_too_deep)
{
	const char *why;
	struct job *job;
	char *name = calloc(1, NAMES_MAX + 1);
	size_t len = NAMES_MAX - 2 - (size_t)_i;

	peer_say_state(&peer, 1, FOLDER);
	peer_say_page(&peer, 0, nothing);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_OK);
	free(peer.job->name);
	memset(name, 'x', len);
	peer.job->name = name;
	peer.job->name_len = len;
	job = job_queue_new_entry(peer.queue, peer.job, "ab", true, 255, &why);
	ck_assert((job == NULL) == (_i == 0));
	if (job == NULL) {
		ck_assert_str_eq(why, "its name is too long");
	} else {
		ck_assert_uint_eq(job->name_len, NAMES_MAX);
		ck_assert_str_eq(job->final, "ab");
		job_queue_remove(peer.queue, job);
	}
	expect_no_jobs("deep");
}
END_TEST

Suite *
recv_folder_hostile_suite(void)
{
	Suite *suite = suite_create("recv_folder_hostile");
	TCase *tcase = unit_case(suite, "hostile");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_truncated, 0, 4);
	tcase_add_test(tcase, test_again);
	tcase_add_loop_test(tcase, test_names, 0, 10);
	tcase_add_loop_test(tcase, test_state, 0, 5);
	tcase_add_loop_test(tcase, test_lengths, 0, 4);
	tcase_add_loop_test(tcase, test_pass_over, 0, 12);
	tcase_add_test(tcase, test_pass_over_all);
	tcase_add_loop_test(tcase, test_too_much, 0, 4);
	tcase_add_test(tcase, test_repeating);
	tcase_add_test(tcase, test_empty_pages);
	tcase_add_loop_test(tcase, test_too_long, 0, 2);
	tcase_add_loop_test(tcase, test_too_deep, 0, 2);
	return suite;
}
