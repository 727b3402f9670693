/*
 * Statuses and their exit codes, messages with control characters, and peers
 * that are not a fileserv. attempt.h checks that no file is left behind.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/attempt.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"

static struct attempt attempt;

/* ---- refusals ----------------------------------------------------------- */

struct refusal {
	const char *row;
	enum protocol_status status;
	int code;
	const char *message;
	const char *shown; /* text on standard error */
};

#define LONG_64 \
	"0123456789012345678901234567890123456789012345678901234567890123"
#define LONG_512 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64

static const struct refusal refusals[] = {
    {"NOT_FOUND", PROTOCOL_NOT_FOUND, 4, "no such file", "no such file"},
    {"DENIED", PROTOCOL_DENIED, 5, "no", "no"},
    {"NOT_A_FILE", PROTOCOL_NOT_A_FILE, 5, "a folder", "a folder"},
    {"BAD_NAME", PROTOCOL_BAD_NAME, 2, "bad name", "bad name"},
    {"UNSUPPORTED", PROTOCOL_UNSUPPORTED, 7, "what?", "what?"},
    {"BAD_REQUEST", PROTOCOL_BAD_REQUEST, 7, "short", "short"},
    {"CHANGED", PROTOCOL_CHANGED, 9, "changed", "changed"},
    {"BAD_RANGE", PROTOCOL_BAD_RANGE, 7, "past the end", "past the end"},
    {"BUSY", PROTOCOL_BUSY, 11, "come back later", "come back later"},
    {"IO_ERROR", PROTOCOL_IO_ERROR, 12, "bad disk", "bad disk"},
    {"no message", PROTOCOL_NOT_FOUND, 4, "", "f"},
    {"512 bytes", PROTOCOL_NOT_FOUND, 4, LONG_512, LONG_512},
    {"513 bytes", PROTOCOL_NOT_FOUND, 7, LONG_512 "x", "protocol"},
    {"colours", PROTOCOL_DENIED, 5, "\033[31mred\033[0m", "red"},
    {"a title", PROTOCOL_DENIED, 5, "\033]0;title\007rest", "rest"},
    {"C1 as UTF-8", PROTOCOL_DENIED, 5, "\302\23331mred", "31mred"},
    {"C1 as it is", PROTOCOL_DENIED, 5, "\23331mred", "31mred"},
    {"newlines", PROTOCOL_DENIED, 5, "one\nfileget: two\r\n", "two"},
    {"a tab, a backspace, DEL", PROTOCOL_DENIED, 5, "a\tb\bc\177d", "d"},
    {"text turned round", PROTOCOL_DENIED, 5, "\342\200\256evil", "evil"},
    {"formats", PROTOCOL_DENIED, 5, "%s%n%1000000d", "%s%n%1000000d"},
    {"BUSY with colours", PROTOCOL_BUSY, 11, "\033[31mred", "red"},
};

static void
play_refusal(struct fake *fake)
{
	const struct refusal *refusal =
	    ((const struct attempt *)fake->argument)->lie;
	struct fake_asked asked;

	while (fake_ask(fake, &asked))
		fake_refuse(fake, refusal->status, refusal->message);
}

/* Expects no raw C1 byte in ASCII messages. */
static void
expect_one_escaped_line(const struct refusal *refusal)
{
	const char *err = program_err(&attempt.client);

	ck_assert_msg(strstr(err, refusal->shown) != NULL, "%s: it said:\n%s",
	    refusal->row, err);
	ck_assert_msg(strchr(err, '\233') == NULL, "%s: raw C1", refusal->row);
	ck_assert_msg(strstr(err, "\342\200\256") == NULL, "%s: turned",
	    refusal->row);
	ck_assert_msg(program_lines(err) <= 2, "%s: more than a line:\n%s",
	    refusal->row, err);
}

START_TEST(every_refusal)
{
	const struct refusal *refusal = &refusals[_i];
	unsigned kind;

	for (kind = 0; kind < ATTEMPT_KINDS; kind++) {
		attempt_run(&attempt, refusal->row, kind, play_refusal, refusal,
		    HERE_LIST(NULL), refusal->code);
		expect_one_escaped_line(refusal);
	}
}
END_TEST

/* Returns the number of requests, which is the number of tries. */
static unsigned
run_for_ever(const struct refusal *refusal, const char *retry)
{
	memset(&attempt, 0, sizeof(attempt));
	attempt_start(&attempt, refusal->row, ATTEMPT_OLD, play_refusal,
	    refusal, HERE_LIST(retry));
	attempt_finish(&attempt, refusal->code, ATTEMPT_NO_PART);
	return attempt.fake.n_asked;
}

START_TEST(busy_for_ever)
{
	ck_assert_uint_eq(run_for_ever(&refusals[8], "--retry=1"), 2);
	ck_assert_uint_eq(atomic_load(&attempt.fake.taken), 2);
}
END_TEST

static void
play_changing(struct fake *fake)
{
	const struct attempt *of = fake->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	while (fake_ask(fake, &asked)) {
		/* The first bytes of the new file are not those received. */
		if (asked.op == PROTOCOL_OP_DIGEST) {
			fake_refuse(fake, PROTOCOL_CHANGED, "changed");
			continue;
		}
		reply = fake_build_reply(&of->file, 0, &len);
		reply[len - PROTOCOL_TRAILER_SIZE] = PROTOCOL_CHANGED;
		fake_send(fake, reply, len);
		free(reply);
	}
}

/* Returns how often the whole file was requested. */
static unsigned
count_fetches(const struct fake *fake)
{
	unsigned i, n = 0;

	for (i = 0; i < fake->n_asked; i++)
		n += fake->asked[i].op == PROTOCOL_OP_FETCH &&
		    fake->asked[i].offset == 0;
	return n;
}

START_TEST(changed_for_ever)
{
	unsigned kind;

	for (kind = 0; kind < ATTEMPT_KINDS; kind++) {
		attempt_run(&attempt, "CHANGED", kind, play_changing, NULL,
		    HERE_LIST("--retry=1"), 9);
		/* The whole file each time, on one connection. */
		ck_assert_uint_eq(count_fetches(&attempt.fake), 2);
		ck_assert_uint_eq(atomic_load(&attempt.fake.taken), 1);
	}
	ck_assert_uint_eq(run_for_ever(&refusals[6], "--retry=1"), 2);
}
END_TEST

/* ---- peers of another kind ---------------------------------------------- */

struct banner {
	const char *row;
	const char *bytes;
	size_t len;
	int code;
	bool unasked; /* sent at once, not after a request */
};

#define BANNER(text) text, sizeof(text) - 1

static const struct banner banners[] = {
    {"HTTP", BANNER("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), 7,
	false},
    {"HTTP/0.9", BANNER("<html><body>Bad request</body></html>"), 7, false},
    {"TLS alert", BANNER("\025\003\001\000\002\002\026"), 7, false},
    {"a byte of TLS", BANNER("\025"), 7, false},
    {"a byte of HTTP", BANNER("H"), 7, false},
    {"TLS 1.2 alert and more",
	BANNER("\025\003\003\000\002\002\106\025\003\003"), 7, false},
    {"SSH", BANNER("SSH-2.0-OpenSSH_9.6\r\n"), 7, true},
    {"SMTP", BANNER("220 mail.example ESMTP\r\n"), 7, true},
    {"FTP", BANNER("220 (vsFTPd 3.0.3)\r\n"), 7, true},
    {"escape sequences", BANNER("\033[2J\033[31mowned\033[0m\007"), 7, true},
    {"an echo", BANNER("\001\001\000\041\000\000\000\000\000\000"), 7, false},
    {"ones", BANNER("\377\377\377\377\377\377\377\377\377\377"), 7, true},
    {"zeros", BANNER("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), 7, true},
    {"nothing", BANNER(""), 6, true},
};

static void
play_banner(struct fake *fake)
{
	const struct banner *banner =
	    ((const struct attempt *)fake->argument)->lie;
	struct fake_asked asked;

	if (!banner->unasked)
		fake_ask(fake, &asked);
	fake_send(fake, banner->bytes, banner->len);
}

START_TEST(every_banner)
{
	const struct banner *banner = &banners[_i];
	unsigned kind;

	for (kind = 0; kind < ATTEMPT_KINDS; kind++)
		attempt_run(&attempt, banner->row, kind, play_banner, banner,
		    HERE_LIST(NULL), banner->code);
}
END_TEST

/* Sends the banner and leaves the connection open. Regression: fileget waited
 * for a whole header, so a short banner cost the time-out, which is a day here.
 */
static void
play_banner_and_wait(struct fake *fake)
{
	play_banner(fake);
	fake_stall(fake);
}

START_TEST(every_banner_is_noticed_at_once)
{
	const struct banner *banner = &banners[_i];

	/* If the server sends nothing, the client waits. */
	if (banner->len == 0)
		return;
	attempt_run(&attempt, banner->row, ATTEMPT_OLD, play_banner_and_wait,
	    banner, HERE_LIST("--timeout=86400"), banner->code);
}
END_TEST

START_TEST(silence)
{
	attempt_run(&attempt, "silence", ATTEMPT_OLD, fake_stall, NULL,
	    HERE_LIST("--timeout=1"), 6);
}
END_TEST

/* ---- lies about a part -------------------------------------------------- */

enum {
	PART_SIZE = 1000
}; /* bytes in the part file */

struct part_lie {
	const char *row;
	uint64_t digest_length; /* of the reply to DIGEST; 0: the correct one */
	int code;
	bool other_digest;
	bool other_token; /* in the reply to the FETCH of the rest */
	bool other_range; /* the whole file instead of the rest */
};

static const struct part_lie part_lies[] = {
    {"honest", 0, 0, false, false, false},
    {"an empty digest", UINT64_C(1) << 56, 7, false, false, false},
    {"a digest of 55", 55, 7, false, false, false},
    {"a digest of 57", 57, 7, false, false, false},
    {"a digest of 2^56 - 1", PROTOCOL_LENGTH_MAX, 7, false, false, false},
    {"another digest", 0, 0, true, false, false},
    {"another token", 0, 0, false, true, false},
    {"another range", 0, 7, false, false, true},
};

static void
answer_digest(struct fake *fake, const struct part_lie *lie,
    const struct fake_asked *asked)
{
	uint8_t reply[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE +
	    PROTOCOL_DIGEST_SIZE] = {0};
	const struct attempt *of = fake->argument;

	if (lie->digest_length == 0 && !lie->other_digest) {
		fake_answer(fake, &of->file, asked);
		return;
	}
	protocol_encode_reply(PROTOCOL_OK,
	    lie->digest_length == 0 ?
		sizeof(reply) - PROTOCOL_REPLY_HEADER_SIZE :
		lie->digest_length >> 56 ? 0 :
					   lie->digest_length,
	    reply);
	fake_send(fake, reply, sizeof(reply));
}

static void
play_part_lie(struct fake *fake)
{
	const struct attempt *of = fake->argument;
	const struct part_lie *lie = of->lie;
	struct fake_file file = of->file;
	struct fake_asked asked;

	while (fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_DIGEST) {
			answer_digest(fake, lie, &asked);
			continue;
		}
		if (asked.offset > 0 && lie->other_token)
			asked.token.version = ++file.token.version;
		if (asked.offset > 0 && lie->other_range)
			asked.offset = 0;
		fake_answer(fake, &file, &asked);
	}
}

START_TEST(lies_about_a_part)
{
	const struct part_lie *lie = &part_lies[_i];
	unsigned kinds[] = {0, ATTEMPT_OLD, ATTEMPT_UNVERIFIED};
	const struct fake_asked *asked = attempt.fake.asked;
	size_t i;

	for (i = 0; i < HARNESS_ROWS(kinds); i++) {
		attempt_leave_part(&attempt, kinds[i], PART_SIZE);
		attempt_start(&attempt, lie->row, kinds[i], play_part_lie, lie,
		    HERE_LIST(NULL));
		/* The part file of the earlier run may be kept. */
		attempt_finish(&attempt, lie->code, ATTEMPT_MAYBE_PART);
		ck_assert_uint_ge(attempt.fake.n_asked, 1);
		ck_assert_int_eq(asked[0].op, PROTOCOL_OP_DIGEST);
		ck_assert_uint_eq(asked[0].offset, 0);
		ck_assert_uint_eq(asked[0].count, PART_SIZE);
		if (attempt.fake.n_asked < 2)
			continue;
		ck_assert_int_eq(asked[1].op, PROTOCOL_OP_FETCH);
		ck_assert_uint_eq(asked[1].offset,
		    lie->other_digest ? 0 : PART_SIZE);
	}
}
END_TEST

Suite *
refusals_suite(void)
{
	Suite *suite = suite_create("refusals");
	TCase *tcase;

	tcase = harness_case(suite, "refusals", 60);
	tcase_add_loop_test(tcase, every_refusal, 0,
	    (int)HARNESS_ROWS(refusals));
	tcase_add_test(tcase, busy_for_ever);
	tcase_add_test(tcase, changed_for_ever);
	tcase = harness_case(suite, "banners", 60);
	tcase_add_loop_test(tcase, every_banner, 0, (int)HARNESS_ROWS(banners));
	tcase_add_loop_test(tcase, every_banner_is_noticed_at_once, 0,
	    (int)HARNESS_ROWS(banners));
	tcase_add_test(tcase, silence);
	tcase = harness_case(suite, "parts", 60);
	tcase_add_loop_test(tcase, lies_about_a_part, 0,
	    (int)HARNESS_ROWS(part_lies));
	return suite;
}
