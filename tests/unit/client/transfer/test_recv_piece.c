/*
 * Replies about a piece: the second of a file, "text", of version 1, 2. Each
 * has one thing that is not as it was asked for.
 */

#include <string.h>
#include <unistd.h>

#include "client/transfer/pieces.h"
#include "client/transfer/recv_piece.h"
#include "common/clock.h"
#include "tests/unit/peer.h"

enum {
	PIECE = 8 * 1024 * 1024, /* bytes */
	SIZE = PIECE + 4,
};

static const struct protocol_attributes attributes = {{1, 2}, SIZE, 0, 0100644};
static struct peer peer;
static struct pieces *pieces;
static struct job *whole;

static void
setup(void)
{
	struct failure failure;

	peer_open(&peer);
	whole = peer.job;
	whole->stage = JOB_SPLIT;
	ck_assert_int_eq(pieces_begin(&peer.target.settings,
			     &peer.target.folder, whole, &attributes, &pieces,
			     &failure),
	    1);
	job_queue_remove(peer.queue, pieces_take_next(pieces));
	peer.job = pieces_take_next(pieces);
	ck_assert_uint_eq(peer.job->piece.number, 1);
}

static void
teardown(void)
{
	job_queue_remove(peer.queue, peer.job);
	peer.job = pieces_free(pieces);
	ck_assert_ptr_eq(peer.job, whole);
	peer_close(&peer);
}

static void
expect(const char *row, enum outcome outcome, enum exit_code code,
    const char *words)
{
	enum outcome got = peer_receive(&peer);

	ck_assert_msg(got == outcome, "%s: %d, %s", row, (int)got,
	    peer.reply.failure.text);
	if (outcome == OUTCOME_FATAL || outcome == OUTCOME_FAILED) {
		ck_assert_msg(peer.reply.failure.code == code, "%s", row);
		ck_assert_msg(strstr(peer.reply.failure.text, words) != NULL,
		    "%s: %s", row, peer.reply.failure.text);
	}
	if (outcome != OUTCOME_FATAL && outcome != OUTCOME_LOST)
		ck_assert_msg(peer_in_frame(&peer), "%s", row);
}

/* The bytes stand in their place in the part file. */
static void
expect_bytes(const char *text)
{
	char got[4];

	ck_assert_int_eq(pread(pieces->fd, got, 4, PIECE), 4);
	ck_assert_mem_eq(got, text, 4);
}

static void
say_refusal(unsigned status)
{
	peer_say_header(&peer, status, 3);
	peer_say(&peer, "why", 3);
}

/* Says a reply to FETCH; length and size are what they differ by. */
static void
say_piece(struct protocol_token token, int64_t length, int64_t size,
    unsigned status, const char *digest)
{
	peer_say_header(&peer, PROTOCOL_OK, (uint64_t)(68 + length));
	peer_say_attributes(&peer, token, (uint64_t)(SIZE + size));
	peer_say(&peer, "text", 4);
	peer_say_trailer(&peer, status, digest);
}

#define OTHER_VERSION "another version than the one asked for"

static const struct {
	const char *row;
	enum job_form form;
	struct protocol_token token;
	int64_t length, size;
	unsigned status;
	const char *digest;
	enum outcome outcome;
	enum exit_code code;
	const char *words;
} bodies[] = {
    {"right", JOB_FORM_CONTENT, {1, 2}, 0, 0, 0, "text", OUTCOME_OK, EXIT_OK,
	""},
    {"a replica's", JOB_FORM_CONTENT, {3, 4}, 0, 0, 0, "text", OUTCOME_OK,
	EXIT_OK, ""},
    {"state, by token", JOB_FORM_TOKEN, {1, 3}, 0, 0, 0, "text", OUTCOME_FATAL,
	EXIT_PROTOCOL, OTHER_VERSION},
    {"size", JOB_FORM_CONTENT, {1, 2}, 0, 1, 0, "text", OUTCOME_FATAL,
	EXIT_PROTOCOL, OTHER_VERSION},
    {"version, by id", JOB_FORM_ANY, {1, 3}, 0, 9, 0, "text", OUTCOME_OK,
	EXIT_OK, ""},
    {"id, by id", JOB_FORM_ANY, {2, 2}, 0, 0, 0, "text", OUTCOME_FATAL,
	EXIT_PROTOCOL, OTHER_VERSION},
    {"shorter, by id", JOB_FORM_ANY, {1, 3}, 0, -1, 0, "text", OUTCOME_FAILED,
	EXIT_CHANGED, "it became shorter while it was fetched"},
    {"a byte long", JOB_FORM_CONTENT, {1, 2}, 1, 0, 0, "text", OUTCOME_FATAL,
	EXIT_PROTOCOL, "a length that does not fit the piece"},
    {"a byte short", JOB_FORM_CONTENT, {1, 2}, -1, 0, 0, "text", OUTCOME_FATAL,
	EXIT_PROTOCOL, "a length that does not fit the piece"},
    {"touched", JOB_FORM_CONTENT, {1, 2}, 0, 0, PROTOCOL_CHANGED, "text",
	OUTCOME_UNPROVED, EXIT_OK, ""},
    {"changed, in any state", JOB_FORM_ANY, {1, 2}, 0, 0, PROTOCOL_CHANGED,
	"text", OUTCOME_OK, EXIT_OK, ""},
    {"digest", JOB_FORM_CONTENT, {1, 2}, 0, 0, 0, "TEXT", OUTCOME_UNPROVED,
	EXIT_OK, ""},
    {"digest, changed", JOB_FORM_CONTENT, {1, 2}, 0, 0, PROTOCOL_CHANGED,
	"TEXT", OUTCOME_DIFFERENT, EXIT_OK, ""},
};

START_TEST(test_body)
{
	bool is_kept = bodies[_i].outcome == OUTCOME_OK;

	pieces->form = peer.job->form = bodies[_i].form;
	say_piece(bodies[_i].token, bodies[_i].length, bodies[_i].size,
	    bodies[_i].status, bodies[_i].digest);
	expect(bodies[_i].row, bodies[_i].outcome, bodies[_i].code,
	    bodies[_i].words);
	ck_assert_int_eq(pieces->map.marks[1], is_kept);
	ck_assert_uint_eq(pieces->left, is_kept ? 1 : 2);
	ck_assert_int_eq(pieces->form,
	    bodies[_i].outcome == OUTCOME_DIFFERENT ? JOB_FORM_ANY :
						      bodies[_i].form);
	ck_assert_int_eq(pieces->origin.is_set, is_kept);
	ck_assert_int_eq(peer.job->is_mismatch,
	    bodies[_i].outcome == OUTCOME_UNPROVED &&
		bodies[_i].status == PROTOCOL_OK);
	ck_assert_uint_eq(peer.job->tries,
	    bodies[_i].outcome == OUTCOME_DIFFERENT);
	if (is_kept)
		expect_bytes("text");
}
END_TEST

/* A refusal: of the version, which is then asked for in the next form; or of
 * all. */
START_TEST(test_refused)
{
	static const struct {
		enum job_stage stage;
		enum job_form form;
		unsigned status;
		enum outcome outcome;
		enum exit_code code;
		const char *words;
	} rows[] = {
	    {JOB_PIECE, JOB_FORM_CONTENT, PROTOCOL_CHANGED, OUTCOME_AGAIN,
		EXIT_OK, ""},
	    {JOB_PIECE, JOB_FORM_TOKEN, PROTOCOL_CHANGED, OUTCOME_AGAIN,
		EXIT_OK, ""},
	    {JOB_PIECE, JOB_FORM_ANY, PROTOCOL_CHANGED, OUTCOME_FAILED,
		EXIT_CHANGED, "it changed while it was fetched"},
	    {JOB_PIECE, JOB_FORM_CONTENT, PROTOCOL_BAD_RANGE, OUTCOME_FAILED,
		EXIT_CHANGED, "it changed while it was fetched"},
	    {JOB_PIECE, JOB_FORM_CONTENT, PROTOCOL_NOT_FOUND, OUTCOME_FAILED,
		EXIT_NOT_FOUND, "why"},
	    {JOB_PIECE_PROOF, JOB_FORM_CONTENT, PROTOCOL_CHANGED, OUTCOME_AGAIN,
		EXIT_OK, ""},
	    {JOB_PIECE_PROOF, JOB_FORM_CONTENT, PROTOCOL_NOT_FOUND,
		OUTCOME_FAILED, EXIT_NOT_FOUND, "why"},
	    {JOB_PIECE_LOOK, JOB_FORM_CONTENT, PROTOCOL_NOT_FOUND,
		OUTCOME_FAILED, EXIT_CHANGED,
		"it changed while it was fetched"},
	};

	peer.job->stage = rows[_i].stage;
	pieces->form = peer.job->form = rows[_i].form;
	say_refusal(rows[_i].status);
	expect("refused", rows[_i].outcome, rows[_i].code, rows[_i].words);
	if (rows[_i].outcome == OUTCOME_AGAIN)
		ck_assert_int_eq(pieces->form, rows[_i].form + 1);
}
END_TEST

/* A proof by id alone is asked for again, so often and no more. */
START_TEST(test_proof_refused)
{
	int i;

	peer.job->stage = JOB_PIECE_PROOF;
	pieces->form = peer.job->form = JOB_FORM_ANY;
	for (i = 1; i < JOB_REPLY_REFUSALS; i++) {
		say_refusal(PROTOCOL_CHANGED);
		expect("proof", OUTCOME_AGAIN, EXIT_OK, "");
	}
	say_refusal(PROTOCOL_CHANGED);
	expect("proof", OUTCOME_FAILED, EXIT_CHANGED, "it changed");
}
END_TEST

/* Bytes that came before a break stay; they have no digest, so the piece is
 * proved. */
START_TEST(test_lost)
{
	int i;

	peer_say_header(&peer, PROTOCOL_OK, 68);
	peer_say_attributes(&peer, attributes.token, SIZE);
	peer_say(&peer, "te", 2);
	peer.target.settings.connection.timeout = 1;
	expect("lost", OUTCOME_LOST, EXIT_STALLED, "");
	ck_assert_uint_eq(peer.job->piece.here, 2);
	ck_assert_uint_eq(whole->received, 2);
	peer.target.settings.connection.timeout = UNIT_TIMEOUT * CLOCK_SEC;
	for (i = 0; i < 2; i++) {
		peer_say_header(&peer, PROTOCOL_OK, i == 0 ? 66 : 56);
		peer_say_attributes(&peer, attributes.token, SIZE);
		if (i == 1) {
			peer_say_digest(&peer, "text");
			expect("proof", OUTCOME_OK, EXIT_OK, "");
			continue;
		}
		peer_say(&peer, "xt", 2);
		peer_say_trailer(&peer, PROTOCOL_OK, "xt");
		expect("rest", OUTCOME_UNPROVED, EXIT_OK, "");
		ck_assert_int_eq(peer.job->stage, JOB_PIECE_PROOF);
		ck_assert_int_eq(pieces->map.marks[1], 0);
	}
	ck_assert_int_eq(pieces->map.marks[1], 1);
	expect_bytes("text");
}
END_TEST

/* The digest of a piece that is here, "text". */
static const struct {
	const char *row, *digest;
	uint64_t version;
	bool is_mismatch, is_proving;
	unsigned tries; /* of the piece, of which 5 are allowed */
	enum outcome outcome;
	enum exit_code code;
} proofs[] = {
    {"same", "text", 2, false, false, 0, OUTCOME_OK, EXIT_OK},
    {"same, another version", "text", 3, false, false, 0, OUTCOME_OK, EXIT_OK},
    {"other", "TEXT", 2, false, false, 0, OUTCOME_DIFFERENT, EXIT_OK},
    {"other than in its trailer", "TEXT", 2, true, false, 0, OUTCOME_FAILED,
	EXIT_MISMATCH},
    {"changed on its way", "TEXT", 3, true, false, 0, OUTCOME_DIFFERENT,
	EXIT_OK},
    {"changed on its way, as now", "text", 3, true, false, 0, OUTCOME_OK,
	EXIT_OK},
    {"all proved together", "TEXT", 3, false, true, 0, OUTCOME_DIFFERENT,
	EXIT_OK},
    {"last try", "TEXT", 3, true, false, 5, OUTCOME_FAILED, EXIT_CHANGED},
};

START_TEST(test_proof)
{
	bool is_kept = proofs[_i].outcome == OUTCOME_OK;

	ck_assert_int_eq(pwrite(pieces->fd, "text", 4, PIECE), 4);
	pieces->map.marks[1] = 1;
	pieces->is_proving = proofs[_i].is_proving;
	peer.job->stage = JOB_PIECE_PROOF;
	peer.job->is_mismatch = proofs[_i].is_mismatch;
	peer.job->tries = proofs[_i].tries;
	if (proofs[_i].is_mismatch)
		origin_add(&peer.job->piece.origin, &peer.connection.address,
		    attributes.token);
	peer_say_header(&peer, PROTOCOL_OK, 56);
	peer_say_attributes(&peer,
	    (struct protocol_token){1, proofs[_i].version}, SIZE);
	peer_say_digest(&peer, proofs[_i].digest);
	expect(proofs[_i].row, proofs[_i].outcome, proofs[_i].code, "");
	if (is_kept || proofs[_i].outcome == OUTCOME_DIFFERENT)
		ck_assert_int_eq(pieces->map.marks[1], is_kept);
	ck_assert_uint_eq(whole->tries, proofs[_i].is_proving ? 1 : 0);
}
END_TEST

/* The state when all pieces are here: another one has them proved; with
 * --settle the file has failed. */
START_TEST(test_look)
{
	bool settles = _i == 2;

	if (settles) {
		peer.target.settings.settle = 1;
		whole->file.seen = attributes.token;
	}
	peer.job->stage = JOB_PIECE_LOOK;
	origin_add(&pieces->origin, &peer.connection.address, attributes.token);
	peer_say_header(&peer, PROTOCOL_OK, 40);
	peer_say_attributes(&peer, (struct protocol_token){1, _i == 0 ? 2 : 3},
	    SIZE + settles);
	expect("look", settles ? OUTCOME_FAILED : OUTCOME_OK, EXIT_CHANGED,
	    "it changed while it was fetched");
	ck_assert_int_eq(origin_is_one(&pieces->origin), _i == 0);
	ck_assert_int_eq(pieces->form,
	    settles ? JOB_FORM_ANY : JOB_FORM_CONTENT);
}
END_TEST

Suite *
recv_piece_suite(void)
{
	Suite *suite = suite_create("recv_piece");
	TCase *tcase = unit_case(suite, "piece");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_body, 0, (int)UNIT_ROWS(bodies));
	tcase_add_loop_test(tcase, test_refused, 0, 8);
	tcase_add_test(tcase, test_proof_refused);
	tcase_add_test(tcase, test_lost);
	tcase_add_loop_test(tcase, test_proof, 0, (int)UNIT_ROWS(proofs));
	tcase_add_loop_test(tcase, test_look, 0, 3);
	return suite;
}
