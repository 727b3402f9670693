/*
 * Bodies of FETCH: those that do not fit what was asked for, and what becomes
 * of a file whose bytes are all here. (The other replies to FETCH are in
 * test_job_reply.c.)
 */

#include <string.h>

#include "client/store/output.h"
#include "client/transfer/recv_file.h"
#include "common/clock.h"
#include "tests/unit/peer.h"

static struct peer peer;

static void
setup(void)
{
	peer_open(&peer);
}

static void
teardown(void)
{
	peer_close(&peer);
}

static void
expect_failed(enum outcome got, enum exit_code code, const char *text)
{
	ck_assert_int_eq(got, OUTCOME_FAILED);
	ck_assert_int_eq(peer.reply.failure.code, code);
	ck_assert_str_eq(peer.reply.failure.text, text);
	ck_assert_uint_eq(peer.report.files, 0);
}

/* The rest of a file of which "te" is here, of version 1, 2. */
START_TEST(test_rest)
{
	static const struct {
		struct protocol_token token;
		enum job_form form;
		enum outcome outcome;
	} rows[] = {
	    {{1, 2}, JOB_FORM_CONTENT, OUTCOME_OK},
	    {{1, 3}, JOB_FORM_CONTENT, OUTCOME_FATAL},
	    {{1, 3}, JOB_FORM_ANY, OUTCOME_MOVED},
	    {{2, 2}, JOB_FORM_ANY, OUTCOME_FATAL},
	};

	target_write(&peer.target, "newf.00000000000000010000000000000002.part",
	    "te");
	peer_begin(&peer, JOB_CONTINUE);
	peer.job->form = rows[_i].form;
	peer_say_header(&peer, PROTOCOL_OK, 66);
	peer_say_attributes(&peer, rows[_i].token, 4);
	peer_say(&peer, "xt", 2);
	peer_say_trailer(&peer, PROTOCOL_OK, "xt");
	ck_assert_int_eq(peer_receive(&peer), rows[_i].outcome);
	if (rows[_i].outcome != OUTCOME_FATAL)
		ck_assert_int_eq(origin_is_one(&peer.job->file.origin),
		    rows[_i].outcome == OUTCOME_OK);
	ck_assert_int_eq(target_has(&peer.target, "newf"),
	    rows[_i].outcome == OUTCOME_OK);
	if (rows[_i].outcome == OUTCOME_OK)
		target_expect(&peer.target, "newf", "text");
	if (rows[_i].outcome == OUTCOME_FATAL)
		ck_assert_ptr_nonnull(strstr(peer.reply.failure.text,
		    "another version than the one asked for"));
}
END_TEST

/* Bytes that come, and those that do not come any more. */
START_TEST(test_bytes)
{
	const struct protocol_attributes attributes = {{1, 2}, 4, 0, 0100644};
	struct job_reply *reply = &peer.reply;

	peer_begin(&peer, JOB_FETCH);
	reply->reader = (struct reply_reader){
	    .stream = &peer.connection.stream,
	    .stall = UNIT_TIMEOUT * CLOCK_SEC,
	    .lock = job_queue_mutex(peer.queue),
	    .failure = &reply->failure,
	};
	ck_assert_int_eq(output_begin(peer.job->file.output, &attributes, false,
			     &reply->failure),
	    0);
	peer_say(&peer, "tex", 3);
	peer_end(&peer);
	job_queue_lock(peer.queue);
	ck_assert_int_eq(recv_file_bytes(reply, peer.job, peer.job->file.output,
			     &peer.job->file.tally, 2),
	    OUTCOME_OK);
	ck_assert_int_eq(recv_file_bytes(reply, peer.job, peer.job->file.output,
			     &peer.job->file.tally, 2),
	    OUTCOME_LOST);
	job_queue_unlock(peer.queue);
	ck_assert_int_eq(reply->failure.code, EXIT_STALLED);
	ck_assert_uint_eq(peer.job->received, 3);
	ck_assert_uint_eq(output_size(peer.job->file.output), 3);
}
END_TEST

/* Receives "text", which waits for a last question. */
static void
receive_text(void)
{
	peer_begin(&peer, JOB_FETCH);
	peer_say_header(&peer, PROTOCOL_OK, 68);
	peer_say_attributes(&peer, (struct protocol_token){1, 2}, 4);
	peer_say(&peer, "text", 4);
	peer_say_trailer(&peer, PROTOCOL_CHANGED, "text");
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_MOVED);
}

static enum outcome
finish(void)
{
	enum outcome outcome;

	job_queue_lock(peer.queue);
	outcome = recv_file_finish(&peer.reply, peer.job);
	job_queue_unlock(peer.queue);
	return outcome;
}

/* With --fsync and without. */
START_TEST(test_finish)
{
	peer.target.settings.store.fsync = _i == 1;
	receive_text();
	ck_assert_int_eq(finish(), OUTCOME_OK);
	target_expect(&peer.target, "newf", "text");
	ck_assert_uint_eq(peer.report.files, 1);
	ck_assert_uint_eq(peer.report.bytes, 4);
}
END_TEST

/* Another sum is required: nothing of the file stays. */
START_TEST(test_finish_sum)
{
	peer.job->file.has_sum = true;
	receive_text();
	expect_failed(finish(), EXIT_MISMATCH,
	    "its SHA-256 is not the one required");
	ck_assert_int_eq(target_count(&peer.target), 0);
}
END_TEST

/* The file does not have the size and time that it stood still with. */
START_TEST(test_finish_settle)
{
	receive_text();
	peer.target.settings.settle = CLOCK_SEC;
	peer.job->file.knows_state = true;
	ck_assert_int_eq(finish(), OUTCOME_CHANGED);
	ck_assert_uint_eq(peer.job->tries, 1);
	ck_assert(!peer.job->file.knows_state);
	ck_assert_int_eq(target_count(&peer.target), 0);
	ck_assert_uint_eq(peer.report.files, 0);
}
END_TEST

START_TEST(test_mismatch)
{
	receive_text();
	expect_failed(recv_file_mismatch(&peer.reply, peer.job, "what"),
	    EXIT_MISMATCH, "what");
	ck_assert_uint_eq(output_size(peer.job->file.output), 0);
	ck_assert_int_eq(target_count(&peer.target), 0);
}
END_TEST

Suite *
recv_file_suite(void)
{
	Suite *suite = suite_create("recv_file");
	TCase *tcase = unit_case(suite, "file");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_rest, 0, 4);
	tcase_add_test(tcase, test_bytes);
	tcase_add_loop_test(tcase, test_finish, 0, 2);
	tcase_add_test(tcase, test_finish_sum);
	tcase_add_test(tcase, test_finish_settle);
	tcase_add_test(tcase, test_mismatch);
	return suite;
}
