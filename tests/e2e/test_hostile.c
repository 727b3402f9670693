/*
 * Servers that lie, break off, stall or use another protocol. Each row meets
 * several kinds of attempts (attempt.h), which also check that no file is left
 * behind.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/attempt.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"

static struct attempt attempts[ATTEMPT_KINDS * 8];

/* ---- lies about sizes, bytes and states --------------------------------- */

#define U63	   (UINT64_C(1) << 63)
#define LENGTH_MAX PROTOCOL_LENGTH_MAX
/* Bytes of the reply that are not bytes of the file and count in the header. */
#define AROUND (PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_TRAILER_SIZE)

/* A reply's deviation from the correct one. */
struct lie {
	const char *row;
	int code;
	int64_t header_add; /* added to the header's length */
	uint64_t header;    /* replaces status and length */
	int64_t size_add;   /* added to the size in the attributes */
	uint64_t size;	    /* replaces that size */
	int flip;	    /* a bit, so many bytes before the end */
	uint8_t trailer;    /* status of the trailer */
	bool only_verified; /* --no-verify cannot notice the lie */
};

static const struct lie lies[] = {
    {.row = "an honest reply", .code = 0},
    {"length + 1", 7, .header_add = 1},
    {"length - 1", 7, .header_add = -1},
    {"length 0", 7, .header_add = -1000000000},
    {"length of the attributes", 7, .header = PROTOCOL_ATTRIBUTES_SIZE},
    {"length of an empty file", 7, .header = AROUND},
    {"length - 1 of an empty file", 7, .header = AROUND - 1},
    {"length 2^32 + 1", 7, .header = (UINT64_C(1) << 32) + 1},
    {"length 2^56 - 1", 7, .header = LENGTH_MAX},
    {"size + 1", 7, .size_add = 1},
    {"size - 1", 7, .size_add = -1},
    {"size 0", 7, .size_add = -1000000000},
    {"size 2^63", 7, .size = U63},
    {"size 2^63 - 1", 7, .size = U63 - 1},
    {"size 2^64 - 1", 7, .size = UINT64_MAX},
    {"size that overflows", 7, .size = UINT64_MAX - AROUND + 1},
    {"length and size + 1", 6, .header_add = 1, .size_add = 1},
    {"length and size + 64 KiB", 6, .header_add = 65536, .size_add = 65536},
    {"length and size 2^56 - 1", 10, .header = LENGTH_MAX,
	.size = LENGTH_MAX - AROUND},
    {"length and size - 1", 7, .header_add = -1, .size_add = -1},
    {"last byte of the body", 8, .flip = PROTOCOL_TRAILER_SIZE + 1,
	.only_verified = true},
    {"a byte of the body", 8, .flip = PROTOCOL_TRAILER_SIZE + 200,
	.only_verified = true},
    {"first byte of the digest", 8, .flip = PROTOCOL_DIGEST_SIZE,
	.only_verified = true},
    {"last byte of the digest", 8, .flip = 1, .only_verified = true},
    {"trailer NOT_FOUND", 7, .trailer = PROTOCOL_NOT_FOUND},
    {"trailer CHANGED", 9, .trailer = PROTOCOL_CHANGED},
    {"trailer 255", 7, .trailer = 255},
    {"status 11", 7, .header = UINT64_C(11) << 56},
    {"status 127", 7, .header = UINT64_C(127) << 56 | 100},
    {"status 255", 7, .header = UINT64_MAX},
};

static uint64_t
get64(const uint8_t *at)
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}

static void
put64(uint8_t *at, uint64_t value)
{
	int i;

	for (i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (56 - 8 * i));
}

/* Adds to a value; a negative result becomes 0. */
static void
add64(uint8_t *at, int64_t n)
{
	uint64_t value = get64(at);

	if (n < 0 && value < (uint64_t)-n)
		put64(at, 0);
	else
		put64(at, value + (uint64_t)n);
}

/* Sends a correct reply after the lie; after a changed file it has another
 * token. */
static void
answer_after(struct fake *fake, const struct lie *lie,
    const struct fake_asked *asked)
{
	const struct attempt *attempt = fake->argument;
	struct fake_file file = attempt->file;

	if (lie->trailer == PROTOCOL_CHANGED) {
		file.token.version++;
		file.bytes++;
		file.size--;
	}
	fake_answer(fake, &file, asked);
}

static void
play_lie(struct fake *fake)
{
	const struct attempt *attempt = fake->argument;
	const struct lie *lie = attempt->lie;
	uint8_t *size = NULL, *reply;
	struct fake_asked asked;
	size_t len;

	if (!fake_ask(fake, &asked))
		return;
	reply = fake_build_reply(&attempt->file, 0, &len);
	add64(reply, lie->header_add);
	if (lie->header != 0)
		put64(reply, lie->header);
	size = reply + PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_TOKEN_SIZE;
	add64(size, lie->size_add);
	if (lie->size != 0)
		put64(size, lie->size);
	if (lie->flip != 0)
		reply[len - (size_t)lie->flip] ^= 0x10;
	reply[len - PROTOCOL_TRAILER_SIZE] = lie->trailer;
	/* If fewer bytes than announced were sent, no more follow. */
	if (fake_send(fake, reply, len) && lie->code != 6 &&
	    fake_ask(fake, &asked))
		answer_after(fake, lie, &asked);
	free(reply);
}

static void
run_lie(const struct lie *lie, unsigned kind)
{
	struct attempt *attempt = &attempts[0];

	if ((kind & ATTEMPT_UNVERIFIED) && lie->only_verified)
		return;
	memset(attempt, 0, sizeof(*attempt));
	attempt_start(attempt, lie->row, kind, play_lie, lie, HERE_LIST(NULL));
	/* If fewer bytes than announced were sent, the connection broke. */
	attempt_finish(attempt, lie->code,
	    lie->code == 6 ? ATTEMPT_ODD_PART : ATTEMPT_NO_PART);
}

START_TEST(lies_are_not_believed)
{
	unsigned kind;

	for (kind = 0; kind < ATTEMPT_KINDS; kind++)
		run_lie(&lies[_i], kind);
}
END_TEST

/* ---- breaking off and stalling ------------------------------------------ */

/* The part of the reply that is sent. */
enum stage {
	STAGE_NOTHING,
	STAGE_IN_HEADER,
	STAGE_AFTER_HEADER,
	STAGE_IN_ATTRIBUTES,
	STAGE_AFTER_ATTRIBUTES,
	STAGE_IN_BODY,
	STAGE_AFTER_BODY,
	STAGE_IN_TRAILER,
	STAGES,
};

static const char *const stage_names[STAGES] = {"nothing", "half a header",
    "a header", "half the attributes", "the attributes", "half the body",
    "the body", "half a trailer"};

static size_t
stage_length(enum stage stage, size_t body)
{
	const size_t before =
	    PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE;

	switch (stage) {
	case STAGE_NOTHING:
		return 0;
	case STAGE_IN_HEADER:
		return PROTOCOL_REPLY_HEADER_SIZE / 2;
	case STAGE_AFTER_HEADER:
		return PROTOCOL_REPLY_HEADER_SIZE;
	case STAGE_IN_ATTRIBUTES:
		return before / 2;
	case STAGE_AFTER_ATTRIBUTES:
		return before;
	case STAGE_IN_BODY:
		return before + body / 2;
	case STAGE_AFTER_BODY:
		return before + body;
	case STAGE_IN_TRAILER:
	default:
		return before + body + PROTOCOL_TRAILER_SIZE / 2;
	}
}

/* Sends the part of the row, then breaks off or stalls. */
static void
play_stage(struct fake *fake, void (*then)(struct fake *))
{
	const struct attempt *attempt = fake->argument;
	const enum stage *stage = attempt->lie;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	if (!fake_ask(fake, &asked))
		return;
	reply = fake_build_reply(&attempt->file, 0, &len);
	fake_send(fake, reply,
	    stage_length(*stage, (size_t)attempt->file.size));
	free(reply);
	then(fake);
}

static void
play_close(struct fake *fake)
{
	play_stage(fake, fake_end);
}

static void
play_reset(struct fake *fake)
{
	play_stage(fake, fake_reset);
}

static void
play_stall(struct fake *fake)
{
	play_stage(fake, fake_stall);
}

static const struct {
	const char *row;
	void (*play)(struct fake *);
	const char *option;
	/* After an orderly end all sent bytes have arrived. */
	enum attempt_part part;
} breaks[] = {
    {"close", play_close, "-v", ATTEMPT_PART},
    {"reset", play_reset, "-v", ATTEMPT_MAYBE_PART},
    {"stall", play_stall, "--timeout=1", ATTEMPT_MAYBE_PART},
};

/* All stages and kinds run at the same time, since stalling takes long. */
START_TEST(broken_off_at_every_stage)
{
	static enum stage stages[STAGES];
	enum attempt_part part;
	unsigned kind;
	size_t i, n = 0;
	char row[64];

	for (i = 0; i < STAGES; i++) {
		stages[i] = (enum stage)i;
		for (kind = 0; kind < ATTEMPT_KINDS; kind++)
			attempt_start(&attempts[n++], stage_names[i], kind,
			    breaks[_i].play, &stages[i],
			    HERE_LIST(breaks[_i].option));
	}
	for (i = 0; i < n; i++) {
		part = breaks[_i].part;
		if (i / ATTEMPT_KINDS <= STAGE_AFTER_ATTRIBUTES)
			part = ATTEMPT_NO_PART;
		snprintf(row, sizeof(row), "%s after %s", breaks[_i].row,
		    attempts[i].row);
		attempts[i].row = row;
		attempt_finish(&attempts[i], 6, part);
	}
}
END_TEST

/* A slow server sends one byte at a time; the file arrives. */
static void
play_drip(struct fake *fake)
{
	const struct attempt *attempt = fake->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	if (!fake_ask(fake, &asked))
		return;
	reply = fake_build_reply(&attempt->file, 0, &len);
	fake_drip(fake, reply, len);
	free(reply);
}

START_TEST(a_byte_at_a_time)
{
	attempt_run(&attempts[0], "drip", ATTEMPT_SMALL, play_drip, NULL,
	    HERE_LIST(NULL), 0);
	attempt_run(&attempts[0], "drip", ATTEMPT_SMALL | ATTEMPT_UNVERIFIED,
	    play_drip, NULL, HERE_LIST(NULL), 0);
}
END_TEST

/* Sends more than announced: these bytes are not the next reply. */
static void
play_too_much(struct fake *fake)
{
	const struct attempt *attempt = fake->argument;
	struct fake_asked asked;

	while (fake_ask(fake, &asked))
		if (!fake_answer(fake, &attempt->file, &asked) ||
		    !fake_send(fake, attempt->lie, strlen(attempt->lie)))
			break;
}

START_TEST(more_than_was_announced)
{
	struct attempt *attempt = &attempts[0];

	attempt_run(attempt, "at the end", 0, play_too_much, "too much",
	    HERE_LIST(NULL), 0);
	memset(attempt, 0, sizeof(*attempt));
	/* "e" comes first and is complete; "f" gets the excess bytes. */
	attempt_start(attempt, "between", ATTEMPT_OLD, play_too_much,
	    "too much", HERE_LIST("e"));
	here_expect_exit(&attempt->client, 7, "between");
	fake_stop(&attempt->fake);
	here_expect_names(attempt->folder, "between",
	    HERE_LIST("newe", "newf"));
}
END_TEST

Suite *
hostile_suite(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tcase;

	tcase = harness_case(suite, "lies", 60);
	tcase_add_loop_test(tcase, lies_are_not_believed, 0,
	    (int)HARNESS_ROWS(lies));
	tcase_add_test(tcase, more_than_was_announced);
	tcase_add_test(tcase, a_byte_at_a_time);
	tcase = harness_case(suite, "breaks", 120);
	tcase_add_loop_test(tcase, broken_off_at_every_stage, 0,
	    (int)HARNESS_ROWS(breaks));
	return suite;
}
