/*
 * The whole-range proof of "text", whose two halves came from two servers: what
 * a reply that agrees, differs, is of another state or refuses leads to.
 */

#include <string.h>

#include "client/transfer/recv_whole.h"
#include "tests/unit/peer.h"
#include "tests/unit/unit.h"

#define PART "newf.00000000000000010000000000000002.part"

static const struct protocol_attributes attributes = {{1, 2}, 4, 0, 0100644};
static struct peer peer;

static void
setup(void)
{
	peer_open(&peer);
	target_write(&peer.target, "newf", "old");
	target_write(&peer.target, PART, "text");
	peer_begin(&peer, JOB_WHOLE_PROOF);
	output_set_proved(peer.job->file.output, &attributes);
	origin_add(&peer.job->file.origin, &peer.connection.address,
	    attributes.token);
}

static void
teardown(void)
{
	peer_close(&peer);
}

static void
say_digest(struct protocol_token token, uint64_t size, const char *text)
{
	peer_say_header(&peer, PROTOCOL_OK, 56);
	peer_say_attributes(&peer, token, size);
	peer_say_digest(&peer, text);
}

static void
expect(const char *row, enum outcome outcome, enum exit_code code,
    const char *words)
{
	enum outcome got = peer_receive(&peer);

	ck_assert_msg(got == outcome, "%s: %d", row, (int)got);
	ck_assert_msg(outcome == OUTCOME_OK || peer.reply.failure.code == code,
	    "%s: exit %d", row, (int)peer.reply.failure.code);
	ck_assert_msg(strstr(peer.reply.failure.text, words) != NULL, "%s: %s",
	    row, peer.reply.failure.text);
	target_expect(&peer.target, "newf",
	    outcome == OUTCOME_OK ? "text" : "old");
}

static const struct {
	const char *row;
	uint64_t other; /* id of a second origin; 0: there is none */
	bool is_mismatch;
	struct protocol_token token; /* of the reply */
	uint64_t size;
	const char *digest; /* of this text */
	enum outcome outcome;
	enum exit_code code;
	const char *words;
	bool is_there; /* the part */
} proofs[] = {
    {"agrees", 3, false, {1, 2}, 4, "text", OUTCOME_OK, EXIT_OK, "", false},
    {"a third agrees", 3, false, {5, 6}, 4, "text", OUTCOME_OK, EXIT_OK, "",
	false},
    {"differs", 3, false, {1, 2}, 4, "TEXT", OUTCOME_FAILED, EXIT_CHANGED,
	"the servers disagree", false},
    {"a second one differs", 0, false, {3, 4}, 4, "TEXT", OUTCOME_FAILED,
	EXIT_CHANGED, "the servers disagree", false},
    {"another state differs", 0, false, {1, 3}, 4, "TEXT", OUTCOME_CHANGED,
	EXIT_CHANGED, "it changed", false},
    {"damaged on its way", 0, true, {1, 2}, 4, "TEXT", OUTCOME_FAILED,
	EXIT_MISMATCH, "digest mismatch", false},
    {"another content", 3, false, {1, 2}, 5, "text", OUTCOME_FATAL,
	EXIT_PROTOCOL, "another version", true},
};

START_TEST(test_proof)
{
	if (proofs[_i].other != 0)
		origin_add(&peer.job->file.origin, &peer.connection.address,
		    (struct protocol_token){proofs[_i].other, 2});
	peer.job->is_mismatch = proofs[_i].is_mismatch;
	say_digest(proofs[_i].token, proofs[_i].size, proofs[_i].digest);
	expect(proofs[_i].row, proofs[_i].outcome, proofs[_i].code,
	    proofs[_i].words);
	ck_assert_int_eq(target_has(&peer.target, PART), proofs[_i].is_there);
}
END_TEST

/* Nothing is published after a refusal; a loss is tried again. */
static const struct {
	unsigned status;
	enum outcome outcome;
	enum exit_code code;
	bool is_there;
} refusals[] = {
    {PROTOCOL_CHANGED, OUTCOME_CHANGED, EXIT_CHANGED, false},
    {PROTOCOL_BAD_RANGE, OUTCOME_CHANGED, EXIT_CHANGED, false},
    {PROTOCOL_UNSUPPORTED, OUTCOME_FAILED, EXIT_PROTOCOL, true},
    {PROTOCOL_NOT_FOUND, OUTCOME_FAILED, EXIT_NOT_FOUND, true},
    {PROTOCOL_BUSY, OUTCOME_LOST, EXIT_BUSY, true},
};

START_TEST(test_refused)
{
	peer_say_header(&peer, refusals[_i].status, 3);
	peer_say(&peer, "why", 3);
	expect("refused", refusals[_i].outcome, refusals[_i].code, "");
	ck_assert_int_eq(target_has(&peer.target, PART), refusals[_i].is_there);
}
END_TEST

/* A second reply of another token begins the proof anew, so often as --retry
 * says. */
START_TEST(test_touched)
{
	peer.job->proof = (struct job_proof){.at = 2, .token = {1, 2}};
	peer.target.settings.connection.retry = 5;
	peer.job->tries = _i == 0 ? 4 : 5;
	say_digest((struct protocol_token){1, 3}, 4, "xt");
	if (_i == 0) {
		expect("touched", OUTCOME_AGAIN, EXIT_OK, "");
		ck_assert_uint_eq(peer.job->proof.at, 0);
		return;
	}
	expect("touched again", OUTCOME_FAILED, EXIT_CHANGED, "it changed");
}
END_TEST

/* The second half alone is compared with the second reply. */
START_TEST(test_second_reply)
{
	peer.job->proof = (struct job_proof){.at = 2, .token = {1, 2}};
	say_digest((struct protocol_token){1, 2}, 4, "xt");
	expect("second", OUTCOME_OK, EXIT_OK, "");
}
END_TEST

Suite *
recv_whole_suite(void)
{
	Suite *suite = suite_create("recv_whole");
	TCase *tcase = unit_case(suite, "whole");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_proof, 0, UNIT_ROWS(proofs));
	tcase_add_loop_test(tcase, test_refused, 0, UNIT_ROWS(refusals));
	tcase_add_loop_test(tcase, test_touched, 0, 2);
	tcase_add_test(tcase, test_second_reply);
	return suite;
}
