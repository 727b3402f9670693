/*
 * Replies to a job that goes on from a part file: its proof, and the rest of
 * the file. "text" is half there, as "te".
 */

#include <string.h>
#include <unistd.h>

#include "client/store/output.h"
#include "tests/unit/peer.h"
#include "tests/unit/unit.h"

#define PART "newf.00000000000000010000000000000002.part"

static struct peer peer;

static void
setup(void)
{
	peer_open(&peer);
	target_write(&peer.target, PART, "te");
	target_write(&peer.target, "newf", "old");
}

static void
teardown(void)
{
	peer_close(&peer);
}

/* The part is there still, or gone and the job is to begin anew. */
static void
expect_part(const char *row, bool there)
{
	target_expect(&peer.target, "newf", "old");
	ck_assert_msg(target_has(&peer.target, PART) == there, "%s", row);
	ck_assert_msg(output_size(peer.job->file.output) == (there ? 2 : 0),
	    "%s", row);
	ck_assert_msg(peer.report.files == 0, "%s", row);
}

/* So much of it is here, as a part. */
static void
expect_part_of(uint64_t size)
{
	target_expect(&peer.target, "newf", "old");
	ck_assert(target_has(&peer.target, PART));
	ck_assert_uint_eq(output_size(peer.job->file.output), size);
	ck_assert_uint_eq(peer.report.files, 0);
}

/* Replies to a DIGEST of two bytes. */
static const struct {
	const char *row;
	unsigned status;
	uint64_t length;    /* of the body, 56 bytes */
	const char *digest; /* of this text */
	enum outcome outcome;
	enum exit_code code;
	enum job_stage stage;
	bool there; /* the part */
} proofs[] = {
    {"the same", 0, 56, "te", OUTCOME_OK, EXIT_OK, JOB_CONTINUE, true},
    {"another", 0, 56, "tE", OUTCOME_DIFFERENT, EXIT_OK, JOB_START, false},
    {"of nothing", 0, 56, "", OUTCOME_DIFFERENT, EXIT_OK, JOB_START, false},
    {"short", 0, 55, "te", OUTCOME_FATAL, EXIT_PROTOCOL, JOB_PROVE, true},
    {"long", 0, 57, "te", OUTCOME_FATAL, EXIT_PROTOCOL, JOB_PROVE, true},
    {"a file", 0, 66, "te", OUTCOME_FATAL, EXIT_PROTOCOL, JOB_PROVE, true},
    {"empty", 0, 0, "te", OUTCOME_FATAL, EXIT_PROTOCOL, JOB_PROVE, true},
    {"longest", 0, PROTOCOL_LENGTH_MAX, "te", OUTCOME_FATAL, EXIT_PROTOCOL,
	JOB_PROVE, true},
    {"not found", PROTOCOL_NOT_FOUND, 56, "te", OUTCOME_FAILED, EXIT_NOT_FOUND,
	JOB_PROVE, true},
    {"denied", PROTOCOL_DENIED, 56, "te", OUTCOME_FAILED, EXIT_DENIED,
	JOB_PROVE, true},
    {"changed", PROTOCOL_CHANGED, 56, "te", OUTCOME_AGAIN, EXIT_OK, JOB_PROVE,
	true},
    {"shorter now", PROTOCOL_BAD_RANGE, 56, "te", OUTCOME_DIFFERENT, EXIT_OK,
	JOB_START, false},
    {"busy", PROTOCOL_BUSY, 56, "te", OUTCOME_LOST, EXIT_BUSY, JOB_PROVE, true},
    {"on a bad disk", PROTOCOL_IO_ERROR, 56, "te", OUTCOME_FAILED,
	EXIT_IO_ERROR, JOB_PROVE, true},
};

static void
say_proof(int i)
{
	peer_say_header(&peer, proofs[i].status, proofs[i].length);
	peer_say_attributes(&peer, (struct protocol_token){1, 2}, 4);
	peer_say_digest(&peer, proofs[i].digest);
}

START_TEST(test_proof)
{
	enum outcome outcome;

	peer_begin(&peer, JOB_PROVE);
	say_proof(_i);
	outcome = peer_receive(&peer);
	ck_assert_msg(outcome == proofs[_i].outcome, "%s: %d", proofs[_i].row,
	    (int)outcome);
	ck_assert_msg(proofs[_i].code == EXIT_OK ||
		peer.reply.failure.code == proofs[_i].code,
	    "%s: %s", proofs[_i].row, peer.reply.failure.text);
	ck_assert_msg(peer.job->stage == proofs[_i].stage, "%s",
	    proofs[_i].row);
	expect_part(proofs[_i].row, proofs[_i].there);
	if (outcome != OUTCOME_FATAL)
		ck_assert_msg(peer_in_frame(&peer), "%s", proofs[_i].row);
}
END_TEST

/*
 * The same where this run has received some of the part: then the file has
 * changed under it, which is a try that counts.
 */
START_TEST(test_proof_of_ours)
{
	bool again = proofs[_i].stage == JOB_START;
	enum outcome outcome;

	peer_begin(&peer, JOB_PROVE);
	peer.job->received = 1;
	say_proof(_i);
	outcome = peer_receive(&peer);
	ck_assert_int_eq(outcome, again ? OUTCOME_CHANGED : proofs[_i].outcome);
	ck_assert_uint_eq(peer.job->tries, again ? 1 : 0);
	ck_assert_int_eq(peer.job->stage, proofs[_i].stage);
	expect_part(proofs[_i].row, proofs[_i].there);
}
END_TEST

START_TEST(test_proof_last_try)
{
	peer.target.settings.connection.retry = 0;
	peer_begin(&peer, JOB_PROVE);
	peer.job->received = 1;
	say_proof(1);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_FAILED);
	ck_assert_int_eq(peer.reply.failure.code, EXIT_CHANGED);
	expect_part("last try", false);
}
END_TEST

START_TEST(test_proof_truncated)
{
	size_t len;

	for (len = 0; len < 8 + 56; len++) {
		if (len > 0)
			setup();
		peer_begin(&peer, JOB_PROVE);
		say_proof(0);
		peer.len = len;
		peer_end(&peer);
		ck_assert_int_eq(peer_receive(&peer), OUTCOME_LOST);
		ck_assert_int_eq(peer.reply.failure.code, EXIT_STALLED);
		ck_assert_int_eq(peer.job->stage, JOB_PROVE);
		expect_part("truncated", true);
		if (len < 8 + 55)
			teardown();
	}
}
END_TEST

/* Somebody has cut the part since: there is nothing to hold it against. */
START_TEST(test_proof_unreadable)
{
	char path[UNIT_PATH];

	peer_begin(&peer, JOB_PROVE);
	unit_path(path, peer.target.path, PART);
	ck_assert_int_eq(truncate(path, 1), 0);
	say_proof(0);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_FAILED);
	ck_assert_int_eq(peer.reply.failure.code, EXIT_LOCAL);
	ck_assert_ptr_nonnull(strstr(peer.reply.failure.text,
	    "the part that is here cannot be read: "));
	ck_assert(peer_in_frame(&peer));
}
END_TEST

START_TEST(test_rest)
{
	static const char *const texts[] = {"text", "te"};
	const char *text = texts[_i % 2];

	peer.target.settings.store.verify = _i < 2;
	peer_begin(&peer, JOB_CONTINUE);
	peer_say_file(&peer, text, 2);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_OK);
	ck_assert(peer_in_frame(&peer));
	target_expect(&peer.target, "newf", text);
	ck_assert_int_eq(target_count(&peer.target), 1);
	ck_assert_uint_eq(peer.job->received, strlen(text) - 2);
	ck_assert_uint_eq(peer.report.bytes, strlen(text));
}
END_TEST

/* Faults in the reply that brings the rest of "text". */
static const struct {
	const char *row;
	struct protocol_token token;
	uint64_t length, size;
	const char *digest; /* of this text */
	enum outcome outcome;
	enum exit_code code;
	const char *words;
	bool there; /* the part */
} rests[] = {
    {"version", {1, 3}, 66, 4, "xt", OUTCOME_FATAL, EXIT_PROTOCOL,
	"another version than the one asked for", true},
    {"file", {2, 2}, 66, 4, "xt", OUTCOME_FATAL, EXIT_PROTOCOL,
	"another version than the one asked for", true},
    {"no token", {0, 0}, 66, 4, "xt", OUTCOME_FATAL, EXIT_PROTOCOL,
	"another version than the one asked for", true},
    {"all of it", {1, 2}, 68, 4, "xt", OUTCOME_FATAL, EXIT_PROTOCOL,
	"a length that does not fit", true},
    {"smaller than what is here", {1, 2}, 66, 1, "xt", OUTCOME_FATAL,
	EXIT_PROTOCOL, "a length that does not fit", true},
    {"less than what is here", {1, 2}, 63, 1, "xt", OUTCOME_FATAL,
	EXIT_PROTOCOL, "a reply that is too short", true},
};

START_TEST(test_rest_wrong)
{
	enum outcome outcome;

	peer_begin(&peer, JOB_CONTINUE);
	peer_say_header(&peer, PROTOCOL_OK, rests[_i].length);
	peer_say_attributes(&peer, rests[_i].token, rests[_i].size);
	peer_say(&peer, "xt", 2);
	peer_say_trailer(&peer, PROTOCOL_OK, rests[_i].digest);
	outcome = peer_receive(&peer);
	ck_assert_msg(outcome == rests[_i].outcome, "%s: %d", rests[_i].row,
	    (int)outcome);
	ck_assert_int_eq(peer.reply.failure.code, rests[_i].code);
	ck_assert_msg(strstr(peer.reply.failure.text, rests[_i].words) != NULL,
	    "%s: %s", rests[_i].row, peer.reply.failure.text);
	expect_part(rests[_i].row, rests[_i].there);
}
END_TEST

static void
say_refusal(unsigned status)
{
	peer_say_header(&peer, status, 3);
	peer_say(&peer, "why", 3);
}

/* Between the proof and the rest the file may still change: it is proved once
 * more, as the beginning of whatever it is now, before it is begun anew. */
START_TEST(test_rest_refused)
{
	unsigned i;

	peer_begin(&peer, JOB_CONTINUE);
	if (_i == 0) {
		for (i = 0; i < 3; i++) {
			say_refusal(PROTOCOL_CHANGED);
			ck_assert_int_eq(peer_receive(&peer), OUTCOME_AGAIN);
			ck_assert_int_eq(peer.job->stage, JOB_PROVE);
			ck_assert_int_eq(peer.job->form, JOB_FORM_ANY);
			expect_part("refused", true);
		}
		say_refusal(PROTOCOL_CHANGED);
	} else {
		say_refusal(PROTOCOL_BAD_RANGE);
	}
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_DIFFERENT);
	ck_assert_int_eq(peer.job->stage, JOB_START);
	ck_assert_int_eq(peer.job->form, JOB_FORM_CONTENT);
	ck_assert(peer_in_frame(&peer));
	expect_part("refused", false);
	/* And then it is fetched from the start. */
	peer.job->stage = JOB_FETCH;
	peer_say_file(&peer, "other", 0);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_OK);
	target_expect(&peer.target, "newf", "other");
	ck_assert_int_eq(target_count(&peer.target), 1);
}
END_TEST

/* "te" is the beginning of a file that has grown to "text", and goes on
 * growing. */
START_TEST(test_grown)
{
	const bool moves = _i > 0, is_same = _i < 2;

	peer_begin(&peer, JOB_PROVE);
	say_refusal(PROTOCOL_CHANGED);
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_AGAIN);
	peer_say_header(&peer, PROTOCOL_OK, 56);
	peer_say_attributes(&peer, (struct protocol_token){1, 7}, 3);
	peer_say_digest(&peer, "te");
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_OK);
	ck_assert_int_eq(peer.job->stage, JOB_CONTINUE);
	ck_assert_uint_eq(peer.job->received, 0);
	ck_assert_uint_eq(peer.job->tries, 0);

	peer_say_header(&peer, PROTOCOL_OK, 66);
	peer_say_attributes(&peer, (struct protocol_token){1, moves ? 8 : 7},
	    4);
	peer_say(&peer, "xt", 2);
	peer_say_trailer(&peer, PROTOCOL_OK, "xt");
	ck_assert_int_eq(peer_receive(&peer),
	    moves ? OUTCOME_MOVED : OUTCOME_OK);
	if (moves) {
		/* Bytes of two versions are proved together. */
		expect_part_of(4);
		peer_say_header(&peer, PROTOCOL_OK, 56);
		peer_say_attributes(&peer, (struct protocol_token){1, 9}, 5);
		peer_say_digest(&peer, is_same ? "text" : "Text");
		ck_assert_int_eq(peer_receive(&peer),
		    is_same ? OUTCOME_OK : OUTCOME_CHANGED);
	}
	ck_assert(peer_in_frame(&peer));
	target_expect(&peer.target, "newf", is_same ? "text" : "old");
	ck_assert_int_eq(target_count(&peer.target), 1);
}
END_TEST

Suite *
job_reply_part_suite(void)
{
	Suite *suite = suite_create("job_reply_part");
	TCase *tcase = unit_case(suite, "part");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_proof, 0, UNIT_ROWS(proofs));
	tcase_add_loop_test(tcase, test_proof_of_ours, 0, UNIT_ROWS(proofs));
	tcase_add_test(tcase, test_proof_last_try);
	tcase_add_test(tcase, test_proof_truncated);
	tcase_add_test(tcase, test_proof_unreadable);
	tcase_add_loop_test(tcase, test_rest, 0, 4);
	tcase_add_loop_test(tcase, test_rest_wrong, 0, UNIT_ROWS(rests));
	tcase_add_loop_test(tcase, test_rest_refused, 0, 2);
	tcase_add_loop_test(tcase, test_grown, 0, 3);
	return suite;
}
