/*
 * Servers that lie about a piece, refuse it or break off in it. One connection
 * fetches the pieces: a part file with a map requires pieces, or further
 * connections had no time to be made.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "common/digest.h"
#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

#define SIZE (PIECES_ONE * 8 + 1000)

/* The piece of the lie, which is not the first. */
#define ODD 2

static struct fake_file file;
static struct fake fake;
static struct program client;

static void
make_file(void)
{
	uint64_t *words = malloc(SIZE + sizeof(*words));
	size_t i;

	ck_assert_ptr_nonnull(words);
	/* Knuth's multiplier: all pieces differ. */
	for (i = 0; i <= SIZE / sizeof(*words); i++)
		words[i] = i * UINT64_C(6364136223846793005) >> 7;
	file = (struct fake_file){
	    .bytes = (const uint8_t *)words,
	    .size = SIZE,
	    .token = {UINT64_C(0x0011223344556677),
		UINT64_C(0x8899aabbccddeeff)},
	    .mode = 0100644,
	    .mtime_ns = 1,
	};
}

static struct protocol_attributes
attributes(void)
{
	return (struct protocol_attributes){
	    .token = file.token,
	    .size = file.size,
	    .mtime_ns = file.mtime_ns,
	    .mode = file.mode,
	};
}

static bool
answer_state(void)
{
	uint8_t reply[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE];
	struct protocol_attributes own = attributes();

	protocol_encode_reply(PROTOCOL_OK, PROTOCOL_ATTRIBUTES_SIZE, reply);
	protocol_encode_attributes(&own, reply + PROTOCOL_REPLY_HEADER_SIZE);
	return fake_send(&fake, reply, sizeof(reply));
}

/* Returns the reply to a FETCH of a range; the caller frees it. */
static uint8_t *
build_range(const struct fake_asked *asked, size_t *len)
{
	uint64_t n = file.size - asked->offset;
	struct protocol_attributes own = attributes();
	struct protocol_trailer trailer = {.size = file.size};
	uint8_t *reply, *to;

	if (asked->count < n)
		n = asked->count;
	*len = PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE + n +
	    PROTOCOL_TRAILER_SIZE;
	to = reply = malloc(*len);
	if (reply == NULL)
		abort();
	protocol_encode_reply(PROTOCOL_OK, *len - PROTOCOL_REPLY_HEADER_SIZE,
	    to);
	to += PROTOCOL_REPLY_HEADER_SIZE;
	protocol_encode_attributes(&own, to);
	to += PROTOCOL_ATTRIBUTES_SIZE;
	memcpy(to, file.bytes + asked->offset, n);
	digest_of(to, n, trailer.digest);
	protocol_encode_trailer(&trailer, to + n);
	return reply;
}

static bool
answer(const struct fake_asked *asked)
{
	uint8_t *reply;
	size_t len;
	bool sent;

	if (asked->op == PROTOCOL_OP_STAT)
		return answer_state();
	if (asked->op != PROTOCOL_OP_FETCH)
		return fake_answer(&fake, &file, asked);
	reply = build_range(asked, &len);
	sent = fake_send(&fake, reply, len);
	free(reply);
	return sent;
}

static bool
is_odd(const struct fake_asked *asked)
{
	return asked->op == PROTOCOL_OP_FETCH &&
	    asked->offset / PIECES_ONE == ODD;
}

/* Expects the right file and nothing else. */
static void
expect_file(const char *what)
{
	struct sum got, wanted;

	here_expect_names("here", what, HERE_LIST("newf"));
	sum_file(&got, "here/newf", 0, UINT64_MAX);
	sum_of(&wanted, file.bytes, file.size);
	sum_expect(&got, &wanted, what);
}

static void
expect_older(const char *what)
{
	size_t len;
	char *text = scratch_read("here/newf", &len);

	ck_assert_msg(text != NULL && strcmp(text, "older") == 0,
	    "%s: the older file is not as it was", what);
	free(text);
}

/* ---- lies --------------------------------------------------------------- */

struct lie {
	const char *row;
	int code;
	bool keeps;	    /* the part */
	int64_t header_add; /* added to the length */
	int status;	    /* status of a refusal */
	int flip;	    /* a bit, so many bytes from the start... */
	int flip_end;	    /* ...or before the end */
	int trailer;	    /* its status */
	bool only_verified; /* --no-verify cannot notice the lie */
	bool is_old;	    /* the server knows no content versions */
};

#define HEAD PROTOCOL_REPLY_HEADER_SIZE

static const struct lie lies[] = {
    {.row = "an honest reply"},
    {.row = "an older server", .is_old = true},
    {.row = "length + 1", .code = 7, .header_add = 1},
    {.row = "length - 1", .code = 7, .header_add = -1},
    {.row = "half the length",
	.code = 7,
	.header_add = -(int64_t)PIECES_ONE / 2},
    /* It may come from a replica; a digest of the whole proves it. */
    {.row = "another id", .flip = HEAD},
    {.row = "another version", .flip = HEAD + 8},
    {.row = "another size", .code = 7, .flip = HEAD + PROTOCOL_TOKEN_SIZE + 5},
    {.row = "an unknown status", .code = 7, .flip = -1},
    {.row = "a byte of the piece",
	.code = 8,
	.flip = HEAD + PROTOCOL_ATTRIBUTES_SIZE + 100000,
	.only_verified = true},
    {.row = "its last byte",
	.code = 8,
	.flip_end = PROTOCOL_TRAILER_SIZE + 1,
	.only_verified = true},
    {.row = "the digest", .code = 8, .flip_end = 1, .only_verified = true},
    {.row = "CHANGED behind it, and no digest",
	.code = 9,
	.keeps = true,
	.trailer = PROTOCOL_CHANGED,
	.only_verified = true},
    {.row = "NOT_FOUND behind it", .code = 7, .trailer = PROTOCOL_NOT_FOUND},
    {.row = "CHANGED", .code = 9, .keeps = true, .status = PROTOCOL_CHANGED},
    {.row = "BAD_RANGE",
	.code = 9,
	.keeps = true,
	.status = PROTOCOL_BAD_RANGE},
    {.row = "NOT_FOUND",
	.code = 4,
	.keeps = true,
	.status = PROTOCOL_NOT_FOUND},
    {.row = "DENIED", .code = 5, .keeps = true, .status = PROTOCOL_DENIED},
    {.row = "IO_ERROR", .code = 12, .keeps = true, .status = PROTOCOL_IO_ERROR},
    {.row = "UNSUPPORTED", .code = 7, .status = PROTOCOL_UNSUPPORTED},
    {.row = "BUSY", .code = 11, .keeps = true, .status = PROTOCOL_BUSY},
};

static void
tell_lie(const struct lie *lie, const struct fake_asked *asked)
{
	struct protocol_trailer trailer = {.size = file.size};
	uint8_t *reply;
	size_t len;

	if (lie->status != 0) {
		fake_refuse(&fake, (enum protocol_status)lie->status, "no");
		return;
	}
	reply = build_range(asked, &len);
	protocol_encode_reply(PROTOCOL_OK,
	    (uint64_t)((int64_t)(len - PROTOCOL_REPLY_HEADER_SIZE) +
		lie->header_add),
	    reply);
	if (lie->flip > 0)
		reply[lie->flip] ^= 0x10;
	if (lie->flip < 0)
		reply[0] = 200;
	if (lie->flip_end > 0)
		reply[len - (size_t)lie->flip_end] ^= 0x10;
	if (lie->trailer != 0) {
		trailer.status = (enum protocol_status)lie->trailer;
		protocol_encode_trailer(&trailer,
		    reply + len - PROTOCOL_TRAILER_SIZE);
	}
	fake_send(&fake, reply, len);
	free(reply);
}

static void
play_lie(struct fake *played)
{
	const struct lie *lie = played->argument;
	struct fake_asked asked;

	while (fake_ask(played, &asked))
		if (lie->is_old && protocol_is_content_token(asked.token))
			fake_refuse(played, PROTOCOL_CHANGED, "changed");
		else if (is_odd(&asked))
			tell_lie(lie, &asked);
		else if (!answer(&asked))
			break;
}

static void
run_lie(const struct lie *lie, const char *verify)
{
	char part[NAME_MAX + 1];
	const char *told;

	scratch_text("here/newf", "older");
	fake_start(&fake, 12, play_lie, lie);
	here_get(&client, fake.port, lie->code, lie->row,
	    HERE_LIST("-j2", "--retry=0", verify, "f"));
	fake_stop(&fake);
	here_expect_harmless(program_err(&client), lie->row);
	if (lie->code == 0) {
		expect_file(lie->row);
		return;
	}
	expect_older(lie->row);
	/* The failure is reported once. */
	told = strstr(program_err(&client), "fileget: f: ");
	ck_assert_msg(told != NULL && strstr(told + 1, "fileget: f: ") == NULL,
	    "%s: %s", lie->row, program_err(&client));
	ck_assert_msg(here_find_part("here", part) == (lie->keeps ? 1 : 0),
	    "%s: part files", lie->row);
	if (lie->keeps) {
		char name[NAME_MAX + 8];

		snprintf(name, sizeof(name), "here/%s", part);
		scratch_remove(name);
	}
}

START_TEST(lies_are_not_believed)
{
	make_file();
	run_lie(&lies[_i], "-v");
	if (!lies[_i].only_verified)
		run_lie(&lies[_i], "--no-verify");
}
END_TEST

/* ---- breaking off ------------------------------------------------------- */

struct stage {
	const char *row;
	size_t sent; /* bytes of the reply that are sent */
	uint64_t at; /* offset in the piece of the next request */
	bool resets;
};

#define BEFORE (PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE)

static const struct stage stages[] = {
    {"nothing", 0, 0, false},
    {"half a header", PROTOCOL_REPLY_HEADER_SIZE / 2, 0, false},
    {"a header", PROTOCOL_REPLY_HEADER_SIZE, 0, false},
    {"half the attributes", BEFORE - 20, 0, false},
    {"the attributes", BEFORE, 0, false},
    {"a byte", BEFORE + 1, 1, false},
    {"half the piece", BEFORE + PIECES_ONE / 2, PIECES_ONE / 2, false},
    {"all but a byte", BEFORE + PIECES_ONE - 1, PIECES_ONE - 1, false},
    {"the piece", BEFORE + PIECES_ONE, PIECES_ONE, false},
    {"half a trailer", BEFORE + PIECES_ONE + 12, PIECES_ONE, false},
    {"a reset at once", 0, 0, true},
    {"a reset in the piece", BEFORE + PIECES_ONE / 2, 0, true},
};

static void
play_break(struct fake *played)
{
	const struct stage *stage = played->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	while (fake_ask(played, &asked)) {
		if (played->connection > 0 || !is_odd(&asked)) {
			if (!answer(&asked))
				return;
			continue;
		}
		reply = build_range(&asked, &len);
		fake_send(played, reply, stage->sent);
		free(reply);
		if (stage->resets)
			fake_reset(played);
		else
			fake_end(played);
		return;
	}
}

/* Received bytes of a piece are proved, not fetched again. */
START_TEST(broken_off_at_every_stage)
{
	const struct stage *stage = &stages[_i];
	uint64_t again = UINT64_MAX, offset;
	unsigned i;

	make_file();
	fake_start(&fake, 12, play_break, stage);
	here_get(&client, fake.port, 0, stage->row,
	    HERE_LIST("-v", "-j2", "--retry=1", "f"));
	fake_stop(&fake);
	expect_file(stage->row);
	for (i = 0; i < fake.n_asked; i++) {
		offset = fake.asked[i].offset;
		if (fake.asked[i].connection > 0 &&
		    fake.asked[i].op == PROTOCOL_OP_FETCH) {
			/* A reset destroys bytes that were not read. */
			ck_assert(stage->resets || offset >= ODD * PIECES_ONE);
			if (is_odd(&fake.asked[i]))
				again = offset - ODD * PIECES_ONE;
		}
	}
	if (stage->resets)
		return;
	if (stage->at == PIECES_ONE)
		ck_assert_uint_eq(again, UINT64_MAX);
	else
		ck_assert_uint_eq(again, stage->at);
}
END_TEST

/* No connection gets further than the same piece: the file fails, its part file
 * is kept, and the run ends. */
static void
play_always_break(struct fake *played)
{
	struct fake_asked asked;

	while (fake_ask(played, &asked) && !is_odd(&asked))
		if (!answer(&asked))
			return;
}

START_TEST(no_progress_past_a_piece)
{
	struct pieces pieces;

	make_file();
	fake_start(&fake, 20, play_always_break, NULL);
	here_get(&client, fake.port, 6, "never",
	    HERE_LIST("-j2", "--retry=0", "f"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "goes on from"));
	pieces_look(&pieces, SIZE);
	ck_assert_uint_ge(pieces.marked, ODD);
	ck_assert_uint_eq(pieces.map[ODD], 0);
	here_get(&client, fake.port, 6, "one", HERE_LIST("--retry=0", "f"));
	pieces_look(&pieces, SIZE);
	ck_assert_uint_ge(pieces.marked, ODD);
	ck_assert_uint_eq(pieces.map[ODD], 0);
	fake_stop(&fake);
}
END_TEST

/* Each connection sends a part of a piece, which is enough progress. */
static void
play_bit_by_bit(struct fake *played)
{
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	while (fake_ask(played, &asked)) {
		if (played->connection > 2 || !is_odd(&asked)) {
			if (!answer(&asked))
				return;
			continue;
		}
		reply = build_range(&asked, &len);
		fake_send(played, reply, BEFORE + PIECES_ONE / 4);
		free(reply);
		return;
	}
}

START_TEST(a_piece_in_many_parts)
{
	make_file();
	fake_start(&fake, 12, play_bit_by_bit, NULL);
	here_get(&client, fake.port, 0, "bit by bit",
	    HERE_LIST("-v", "-j2", "--retry=1", "f"));
	fake_stop(&fake);
	expect_file("bit by bit");
	/* All bytes once, and a little overhead. */
	ck_assert_uint_le(fake.sent, SIZE + 10000);
}
END_TEST

/* When a connection stalls, the others take over its piece. */
static void
play_silence(struct fake *played)
{
	struct fake_asked asked;

	while (fake_ask(played, &asked))
		if (played->connection == 0 && is_odd(&asked))
			fake_stall(played);
		else if (!answer(&asked))
			return;
}

START_TEST(a_silent_connection)
{
	make_file();
	fake_start(&fake, 9, play_silence, NULL);
	here_get(&client, fake.port, 0, "silence",
	    HERE_LIST("-v", "-j4", "--timeout=1", "--retry=9", "f"));
	fake_stop(&fake);
	expect_file("silence");
}
END_TEST

Suite *
pieces_lies_suite(void)
{
	Suite *suite = suite_create("pieces_lies");
	TCase *tcase;

	tcase = harness_case(suite, "lies", 120);
	tcase_add_loop_test(tcase, lies_are_not_believed, 0,
	    (int)HARNESS_ROWS(lies));
	tcase = harness_case(suite, "breaks", 120);
	tcase_add_loop_test(tcase, broken_off_at_every_stage, 0,
	    (int)HARNESS_ROWS(stages));
	tcase_add_test(tcase, no_progress_past_a_piece);
	tcase_add_test(tcase, a_piece_in_many_parts);
	tcase_add_test(tcase, a_silent_connection);
	return suite;
}
