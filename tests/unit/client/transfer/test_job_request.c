/*
 * The request of each stage, and the first stage of a file by the files here.
 * Requests are decoded on the server's end.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/output.h"
#include "client/transfer/job_request.h"
#include "client/transfer/pieces.h"
#include "tests/unit/peer.h"

enum {
	PIECE = 8 * 1024 * 1024,  /* bytes */
	SUITS = 64 * 1024 * 1024, /* bytes of a file that suits pieces */
};

#define PART "newf.00000000000000010000000000000002.part"

static struct peer peer;
static struct failure failure;

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

/* The stage of a file in JOB_START with this option and this file here. */
static const struct {
	const char *row, *here;
	int jobs;
	bool update, knows_state;
	enum job_stage stage;
} starts[] = {
    {"nothing here", NULL, 1, false, false, JOB_FETCH},
    {"a file of its name", "newf", 1, false, false, JOB_FETCH},
    {"a part", PART, 1, false, true, JOB_PROVE},
    {"a part in pieces", "newf.00000000000000010000000000000002.map.part", 1,
	false, false, JOB_STAT},
    {"to update", NULL, 1, true, false, JOB_STAT},
    {"to update, known", NULL, 1, true, true, JOB_FETCH},
    {"for several connections", NULL, 2, false, false, JOB_STAT},
    {"for several, known", NULL, 2, false, true, JOB_FETCH},
};

START_TEST(test_start)
{
	if (starts[_i].here != NULL)
		target_write(&peer.target, starts[_i].here, "te");
	target_reopen(&peer.target);
	peer.target.settings.jobs = starts[_i].jobs;
	peer.target.settings.store.update = starts[_i].update;
	peer.job->file.knows_state = starts[_i].knows_state;
	ck_assert_int_eq(job_request_prepare(peer.queue, peer.job, &failure),
	    0);
	ck_assert_msg(peer.job->stage == starts[_i].stage, "%s: %d",
	    starts[_i].row, (int)peer.job->stage);
	/* An output is made once the file is to be fetched. */
	ck_assert_int_eq(peer.job->file.output == NULL,
	    starts[_i].stage == JOB_STAT);
}
END_TEST

/* A file that is here and stays: it fails before it is asked for. */
START_TEST(test_start_fails)
{
	target_write(&peer.target, "newf", "mine");
	peer.target.settings.store.no_clobber = true;
	ck_assert_int_eq(job_request_prepare(peer.queue, peer.job, &failure),
	    -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_ptr_nonnull(strstr(failure.text, "newf"));
	ck_assert_ptr_null(peer.job->file.output);
}
END_TEST

/* In another stage nothing is decided anew. */
START_TEST(test_other_stage)
{
	peer_begin(&peer, JOB_LOOK_AGAIN);
	ck_assert_int_eq(job_request_prepare(peer.queue, peer.job, &failure),
	    0);
	ck_assert_int_eq(peer.job->stage, JOB_LOOK_AGAIN);
}
END_TEST

static struct pieces pieces = {.attributes = {{1, 2}, PIECE + 4, 0, 0100644},
    .map = {.size = PIECE + 4, .piece = PIECE, .n = 2}};

/* A piece all of whose bytes came before a break is proved. */
START_TEST(test_piece)
{
	static const struct {
		uint64_t here;
		enum job_form form;
		enum job_stage stage;
	} rows[] = {
	    {0, JOB_FORM_CONTENT, JOB_PIECE},
	    {3, JOB_FORM_ANY, JOB_PIECE},
	    {4, JOB_FORM_TOKEN, JOB_PIECE_PROOF},
	};
	struct job piece = {.kind = JOB_KIND_PIECE,
	    .stage = JOB_PIECE,
	    .piece = {.pieces = &pieces, .number = 1, .here = rows[_i].here}};

	pieces.form = rows[_i].form;
	ck_assert_int_eq(job_request_prepare(peer.queue, &piece, &failure), 0);
	ck_assert_int_eq(piece.stage, rows[_i].stage);
	ck_assert_int_eq(piece.form, rows[_i].form);
}
END_TEST

START_TEST(test_suits_pieces)
{
	peer.target.settings.jobs = 2;
	peer.job->file.size = SUITS;
	ck_assert(
	    job_request_suits_pieces(job_queue_target(peer.queue), peer.job));
	peer.job->file.size--;
	ck_assert(
	    !job_request_suits_pieces(job_queue_target(peer.queue), peer.job));
	peer.job->file.size++;
	peer.target.settings.jobs = 1;
	ck_assert(
	    !job_request_suits_pieces(job_queue_target(peer.queue), peer.job));
}
END_TEST

/* Puts the request of a job, and decodes what the server receives. */
static void
put(const struct job *job, struct protocol_request *request)
{
	static uint8_t bytes[PROTOCOL_REQUEST_MAX];
	struct stream *stream = &peer.connection.stream;
	size_t size, len = 0;
	ssize_t n;

	ck_assert_int_eq(job_request_put(&peer.target.settings, job, stream),
	    0);
	ck_assert_int_ge(stream_push(stream), 0);
	n = read(peer.fd, bytes, sizeof(bytes));
	ck_assert_int_gt(n, 0);
	len = (size_t)n;
	ck_assert_int_eq(protocol_decode_request(bytes, len, request, &size),
	    PROTOCOL_OK);
	ck_assert_uint_eq(request->name_len, 1);
	ck_assert_uint_eq(request->name[0], 'f');
	ck_assert_uint_eq(size, len);
}

/* Of a file, of which "te" is here, of version 1, 2. */
static const struct {
	enum job_stage stage;
	enum job_form form;
	enum protocol_op op;
	struct protocol_token token;
	uint64_t offset, count;
} requests[] = {
    {JOB_STAT, 0, PROTOCOL_OP_STAT, {0, 0}, 0, 0},
    {JOB_FETCH, 0, PROTOCOL_OP_FETCH, {7, 8}, 0, PROTOCOL_TO_END},
    {JOB_PROVE, 0, PROTOCOL_OP_DIGEST, {1, 2}, 0, 2},
    {JOB_PROVE, JOB_FORM_ANY, PROTOCOL_OP_DIGEST, {0, 0}, 0, 2},
    {JOB_CONTINUE, 0, PROTOCOL_OP_FETCH, {1, 2}, 2, PROTOCOL_TO_END},
    {JOB_CONTINUE, JOB_FORM_ANY, PROTOCOL_OP_FETCH, {1, 0}, 2, PROTOCOL_TO_END},
    {JOB_LOOK_AGAIN, 0, PROTOCOL_OP_STAT, {0, 0}, 0, 0},
    {JOB_SNAPSHOT, 0, PROTOCOL_OP_DIGEST, {1, 0}, 0, 2},
};

/* Asserts that this was asked; STAT has no range. */
static void
expect_request(const struct protocol_request *got, enum protocol_op op,
    struct protocol_token token, uint64_t offset, uint64_t count)
{
	ck_assert_uint_eq(got->op, op);
	if (op == PROTOCOL_OP_STAT)
		return;
	ck_assert_uint_eq(got->token.id, token.id);
	ck_assert_uint_eq(got->token.version, token.version);
	ck_assert_uint_eq(got->offset, offset);
	ck_assert_uint_eq(got->count, count);
}

/* With a digest of the bytes that are fetched, and without. */
START_TEST(test_file)
{
	size_t row = (size_t)_i / 2;
	bool verify = _i % 2 == 0;
	struct protocol_request got;

	target_write(&peer.target, PART, "te");
	peer_begin(&peer, requests[row].stage);
	if (requests[row].stage == JOB_SNAPSHOT)
		output_set_proved(peer.job->file.output,
		    &(struct protocol_attributes){.token = {1, 2}, .size = 2});
	/* As with --settle: the version that has stood still. */
	peer.job->file.seen = (struct protocol_token){7, 8};
	peer.job->form = requests[row].form;
	peer.target.settings.store.verify = verify;
	put(peer.job, &got);
	expect_request(&got, requests[row].op, requests[row].token,
	    requests[row].offset, requests[row].count);
	ck_assert_uint_eq(got.flags,
	    verify && got.op == PROTOCOL_OP_FETCH ? PROTOCOL_FETCH_DIGEST : 0);
}
END_TEST

/* Of the second piece, one byte of which came before a break. */
START_TEST(test_piece_request)
{
	char name[] = "f";
	struct job piece = {.kind = JOB_KIND_PIECE,
	    .stage = JOB_PIECE,
	    .name = name,
	    .name_len = 1,
	    .piece = {.pieces = &pieces, .number = 1, .here = 1}};
	struct protocol_request got;

	put(&piece, &got);
	expect_request(&got, PROTOCOL_OP_FETCH,
	    protocol_content_token(&pieces.attributes), PIECE + 1, 3);
	piece.form = JOB_FORM_TOKEN;
	put(&piece, &got);
	expect_request(&got, PROTOCOL_OP_FETCH, pieces.attributes.token,
	    PIECE + 1, 3);
	piece.form = JOB_FORM_ANY;
	piece.piece.here = 0;
	piece.stage = JOB_PIECE_PROOF;
	put(&piece, &got);
	expect_request(&got, PROTOCOL_OP_DIGEST, (struct protocol_token){1, 0},
	    PIECE, 4);
	piece.stage = JOB_PIECE_LOOK;
	put(&piece, &got);
	ck_assert_uint_eq(got.op, PROTOCOL_OP_STAT);
}
END_TEST

#define RANGE (UINT64_C(64) * 1024 * 1024)

/* A whole-range proof: the ranges of its requests, four at a time, from where
 * it stands. The bytes on standard output are one range. */
START_TEST(test_whole_ranges)
{
	struct pieces large = {.attributes = {.size = 5 * RANGE + 1}};
	struct job piece = {.kind = JOB_KIND_PIECE,
	    .stage = JOB_PIECE_WHOLE,
	    .piece = {.pieces = &large}};

	ck_assert_uint_eq(job_request_whole_end(&piece), 4 * RANGE);
	ck_assert_uint_eq(job_request_whole_count(&piece, 4 * RANGE), RANGE);
	ck_assert_uint_eq(job_request_whole_count(&piece, 5 * RANGE), 1);
	piece.proof.at = 4 * RANGE;
	ck_assert_uint_eq(job_request_whole_end(&piece), 5 * RANGE + 1);

	peer_begin(&peer, JOB_WHOLE_PROOF);
	output_set_proved(peer.job->file.output, &large.attributes);
	ck_assert_uint_eq(job_request_whole_end(peer.job), 4 * RANGE);
	free(peer.job->final);
	peer.job->final = NULL;
	ck_assert_uint_eq(job_request_whole_end(peer.job), 5 * RANGE + 1);
	ck_assert_uint_eq(job_request_whole_count(peer.job, 0), 5 * RANGE + 1);
}
END_TEST

/* A folder's first page is asked for behind its state, the others alone. */
START_TEST(test_folder)
{
	uint8_t bytes[2 * (PROTOCOL_PREFIX_SIZE + PROTOCOL_FIXED_MAX + 1)];
	struct stream *stream = &peer.connection.stream;
	struct protocol_request got;
	size_t size, first = 0;
	ssize_t n;

	peer_begin_tree(&peer);
	peer.job->folder.cursor = 5;
	ck_assert_int_eq(job_request_put(&peer.target.settings, peer.job,
			     stream),
	    0);
	ck_assert_int_ge(stream_push(stream), 0);
	n = read(peer.fd, bytes, sizeof(bytes));
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(protocol_decode_request(bytes, (size_t)n, &got,
			     &first),
	    PROTOCOL_OK);
	ck_assert_uint_eq(got.op, PROTOCOL_OP_STAT);
	ck_assert_int_eq(protocol_decode_request(bytes + first,
			     (size_t)n - first, &got, &size),
	    PROTOCOL_OK);
	ck_assert_uint_eq(got.op, PROTOCOL_OP_LIST);
	ck_assert_uint_eq(got.cursor, 5);
	ck_assert_uint_eq(first + size, (size_t)n);
}
END_TEST

Suite *
job_request_suite(void)
{
	Suite *suite = suite_create("job_request");
	TCase *tcase = unit_case(suite, "request");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_start, 0, (int)UNIT_ROWS(starts));
	tcase_add_test(tcase, test_start_fails);
	tcase_add_test(tcase, test_other_stage);
	tcase_add_loop_test(tcase, test_piece, 0, 3);
	tcase_add_test(tcase, test_suits_pieces);
	tcase_add_loop_test(tcase, test_file, 0, 2 * (int)UNIT_ROWS(requests));
	tcase_add_test(tcase, test_piece_request);
	tcase_add_test(tcase, test_whole_ranges);
	tcase_add_test(tcase, test_folder);
	return suite;
}
