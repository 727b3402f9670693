/*
 * Requests about a file whose bytes are all here, and what follows from the
 * replies: "text", or a body too long to have been copied before it was
 * sent, of version 1, 2.
 */

#include <string.h>

#include "client/store/output.h"
#include "tests/unit/peer.h"
#include "tests/unit/unit.h"

static struct peer peer;

static void
setup(void)
{
	peer_open(&peer);
	target_write(&peer.target, "newf", "old");
	peer_begin(&peer, JOB_FETCH);
}

static void
teardown(void)
{
	peer_close(&peer);
}

static void
say_refusal(unsigned status)
{
	peer_say_header(&peer, status, 3);
	peer_say(&peer, "why", 3);
}

static void
say_state(uint64_t version, uint64_t size)
{
	peer_say_header(&peer, PROTOCOL_OK, 40);
	peer_say_attributes(&peer, (struct protocol_token){1, version}, size);
}

static void
say_digest(uint64_t version, uint64_t size, const char *text)
{
	peer_say_header(&peer, PROTOCOL_OK, 56);
	peer_say_attributes(&peer, (struct protocol_token){1, version}, size);
	peer_say_digest(&peer, text);
}

/* All of the file has come, and its trailer says this. */
static void
receive_text(unsigned status, const char *digest)
{
	peer.job->stage = JOB_FETCH;
	peer_say_header(&peer, PROTOCOL_OK, 68);
	peer_say_attributes(&peer, (struct protocol_token){1, 2}, 4);
	peer_say(&peer, "text", 4);
	peer_say_trailer(&peer, status, digest);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_MOVED);
	ck_assert_int_eq(peer.job->stage, JOB_SNAPSHOT);
	target_expect(&peer.target, "newf", "old");
	ck_assert_uint_eq(peer.report.files, 0);
}

static const struct {
	const char *row;
	unsigned status;    /* of the trailer */
	const char *digest; /* in the trailer, of this text */
	uint64_t version;   /* what the file is now */
	uint64_t size;
	const char *now; /* its digest, of this text */
	enum outcome outcome;
	enum exit_code code;
} answers[] = {
    {"grown", PROTOCOL_CHANGED, "text", 3, 9, "text", OUTCOME_OK, EXIT_OK},
    {"linked", PROTOCOL_CHANGED, "text", 3, 4, "text", OUTCOME_OK, EXIT_OK},
    {"still as announced", PROTOCOL_CHANGED, "text", 2, 4, "text", OUTCOME_OK,
	EXIT_OK},
    {"rewritten", PROTOCOL_CHANGED, "text", 3, 4, "TEXT", OUTCOME_CHANGED,
	EXIT_CHANGED},
    {"shorter", PROTOCOL_CHANGED, "text", 3, 2, "te", OUTCOME_CHANGED,
	EXIT_CHANGED},
    {"rewritten before it was sent", PROTOCOL_CHANGED, "TEXT", 3, 4, "text",
	OUTCOME_OK, EXIT_OK},
    {"rewritten on its way", PROTOCOL_OK, "TEXT", 3, 4, "text", OUTCOME_OK,
	EXIT_OK},
    {"rewritten, and again", PROTOCOL_OK, "TEXT", 3, 4, "tExt", OUTCOME_CHANGED,
	EXIT_CHANGED},
    {"damaged on its way", PROTOCOL_OK, "TEXT", 2, 4, "TEXT", OUTCOME_FAILED,
	EXIT_MISMATCH},
    {"a lie in the trailer", PROTOCOL_OK, "TEXT", 2, 4, "text", OUTCOME_FAILED,
	EXIT_MISMATCH},
};

/* With the server's digest and without. */
START_TEST(test_answers)
{
	size_t row = (size_t)_i / 2;
	bool verify = _i % 2 == 0;
	enum outcome outcome;

	if (!verify && answers[row].status == PROTOCOL_OK)
		return;
	peer.target.settings.store.verify = verify;
	receive_text(answers[row].status, answers[row].digest);
	say_digest(answers[row].version, answers[row].size, answers[row].now);
	outcome = peer_receive(&peer);
	ck_assert_msg(outcome == answers[row].outcome, "%s: %d",
	    answers[row].row, (int)outcome);
	ck_assert_msg(outcome == OUTCOME_OK ||
		peer.reply.failure.code == answers[row].code,
	    "%s: %s", answers[row].row, peer.reply.failure.text);
	ck_assert(peer_in_frame(&peer));
	target_expect(&peer.target, "newf",
	    outcome == OUTCOME_OK ? "text" : "old");
	ck_assert_int_eq(target_count(&peer.target), 1);
	ck_assert_uint_eq(peer.report.files, outcome == OUTCOME_OK);
	if (outcome != OUTCOME_CHANGED)
		return;
	/* From the start, as if nothing had been. */
	ck_assert_int_eq(peer.job->stage, JOB_START);
	peer.job->stage = JOB_FETCH;
	peer_say_file(&peer, "TEXT", 0);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_OK);
	target_expect(&peer.target, "newf", "TEXT");
}
END_TEST

/* The sum that a person requires is of the bytes that were announced. */
START_TEST(test_required)
{
	/* SHA-256 of "text". */
	static const char sum[] = "982d9e3eb996f559e633f4d194def3761d909f5a3b64"
				  "7d1a851fead67c32c9d1";

	peer.job->file.has_sum = true;
	unit_bytes(sum, peer.job->file.sum, sizeof(peer.job->file.sum));
	peer.job->file.sum[0] ^= (uint8_t)_i;
	output_free(peer.job->file.output);
	peer_begin(&peer, JOB_FETCH);
	receive_text(PROTOCOL_CHANGED, "text");
	say_digest(3, 9, "text");
	ck_assert_int_eq(peer_receive(&peer),
	    _i == 0 ? OUTCOME_OK : OUTCOME_FAILED);
	target_expect(&peer.target, "newf", _i == 0 ? "text" : "old");
}
END_TEST

/* An older server may say CHANGED for as long as the file is written to: a few
 * times it is asked again. */
START_TEST(test_refused)
{
	receive_text(PROTOCOL_CHANGED, "text");
	say_refusal(PROTOCOL_CHANGED);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_AGAIN);
	say_refusal(PROTOCOL_CHANGED);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_AGAIN);
	ck_assert_int_eq(peer.job->stage, JOB_SNAPSHOT);
	if (_i == 0) {
		say_digest(5, 9, "text");
		ck_assert_int_eq(peer_receive(&peer), OUTCOME_OK);
		return;
	}
	/* The id is gone: perhaps a file with these contents is there. */
	say_refusal(PROTOCOL_CHANGED);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_MIXED);
	ck_assert_int_eq(peer.job->stage, JOB_WHOLE_PROOF);
	say_refusal(PROTOCOL_CHANGED);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_CHANGED);
	ck_assert_uint_eq(peer.job->tries, 1);
	ck_assert_int_eq(peer.job->stage, JOB_START);
	target_expect(&peer.target, "newf", "old");
	ck_assert_int_eq(target_count(&peer.target), 1);
}
END_TEST

/* Others end the try, and one of them the connection. */
START_TEST(test_refused_otherwise)
{
	static const unsigned statuses[] = {PROTOCOL_NOT_FOUND, PROTOCOL_DENIED,
	    PROTOCOL_NOT_A_FILE, PROTOCOL_UNSUPPORTED, PROTOCOL_BAD_RANGE,
	    PROTOCOL_IO_ERROR};
	size_t i;

	for (i = 0; i < UNIT_ROWS(statuses); i++) {
		receive_text(PROTOCOL_CHANGED, "text");
		say_refusal(statuses[i]);
		ck_assert_int_eq(peer_receive(&peer),
		    i < 5 ? OUTCOME_CHANGED : OUTCOME_FAILED);
		target_expect(&peer.target, "newf", "old");
	}
	ck_assert_int_eq(peer.reply.failure.code, EXIT_CHANGED);
}
END_TEST

START_TEST(test_lost)
{
	receive_text(PROTOCOL_CHANGED, "text");
	if (_i == 0)
		say_refusal(PROTOCOL_BUSY);
	else
		peer_end(&peer);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_LOST);
	/* The next connection asks about the bytes here. */
	ck_assert_int_eq(peer.job->stage, JOB_SNAPSHOT);
	ck_assert_uint_eq(output_size(peer.job->file.output), 4);
	target_expect(&peer.target, "newf", "old");
}
END_TEST

enum {
	COPIED = 32 * 1024, /* bytes that a server copies */
};

/* Without a digest, a long body is asked about once more, a short one never. */
START_TEST(test_unverified)
{
	static char text[COPIED + 2];
	size_t len = _i == 0 ? COPIED : COPIED + 1;

	memset(text, 'x', len);
	text[len] = '\0';
	peer.target.settings.store.verify = false;
	peer_say_file(&peer, text, 0);
	if (_i == 0) {
		ck_assert_int_eq(peer_receive(&peer), OUTCOME_OK);
		return;
	}
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_UNPROVED);
	ck_assert_int_eq(peer.job->stage, JOB_LOOK_AGAIN);
	target_expect(&peer.target, "newf", "old");
	say_state(_i == 1 ? 2 : 3, len);
	ck_assert_int_eq(peer_receive(&peer),
	    _i == 1 ? OUTCOME_OK : OUTCOME_MOVED);
	if (_i > 1) {
		target_expect(&peer.target, "newf", "old");
		ck_assert_int_eq(peer.job->stage, JOB_SNAPSHOT);
		/* It has grown, or was written to on its way. */
		text[0] = _i == 2 ? 'x' : 'X';
		say_digest(3, len, text);
		ck_assert_int_eq(peer_receive(&peer),
		    _i == 2 ? OUTCOME_OK : OUTCOME_CHANGED);
	}
	if (_i == 3)
		target_expect(&peer.target, "newf", "old");
	ck_assert_int_eq(target_count(&peer.target), 1);
}
END_TEST

Suite *
recv_snapshot_suite(void)
{
	Suite *suite = suite_create("recv_snapshot");
	TCase *tcase = unit_case(suite, "snapshot");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_answers, 0, 2 * UNIT_ROWS(answers));
	tcase_add_loop_test(tcase, test_required, 0, 2);
	tcase_add_loop_test(tcase, test_refused, 0, 2);
	tcase_add_test(tcase, test_refused_otherwise);
	tcase_add_loop_test(tcase, test_lost, 0, 2);
	tcase_add_loop_test(tcase, test_unverified, 0, 4);
	return suite;
}
