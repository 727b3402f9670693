/*
 * Replies as the client takes them: right ones, ones with a single thing
 * wrong, ones that end at each of their bytes. What a server says is to lead
 * to the right outcome, and to nothing in the folder that was not verified.
 */

#include <sys/resource.h>

#include <signal.h>
#include <string.h>

#include "client/store/output.h"
#include "common/clock.h"
#include "tests/unit/peer.h"
#include "tests/unit/unit.h"

static struct peer peer;

static void
setup(void)
{
	peer_open(&peer);
	peer.target.settings.is_single_name = true;
	peer_begin(&peer, JOB_FETCH);
}

static void
teardown(void)
{
	peer_close(&peer);
}

/* The outcome, the failure that goes with it and words of its text. */
static void
expect(const char *row, enum outcome got, enum outcome outcome,
    enum exit_code code, const char *words)
{
	ck_assert_msg(got == outcome, "%s: outcome %d (%s)", row, (int)got,
	    peer.reply.failure.text);
	if (words == NULL)
		return;
	ck_assert_msg(peer.reply.failure.code == code, "%s: code %d", row,
	    (int)peer.reply.failure.code);
	ck_assert_msg(strstr(peer.reply.failure.text, words) != NULL, "%s: %s",
	    row, peer.reply.failure.text);
}

static void
expect_nothing(const char *row)
{
	ck_assert_msg(target_count(&peer.target) == 0, "%s", row);
	ck_assert_msg(peer.report.files == 0, "%s", row);
}

START_TEST(test_file)
{
	static const char *const texts[] = {"", "x", "some text"};
	const char *text = texts[_i / 2];

	peer.target.settings.store.verify = _i % 2 == 0;
	peer.connection.tries = 2;
	peer.connection.idle = true;
	target_write(&peer.target, "newf", "old");
	peer_say_file(&peer, text, 0);
	expect(text, peer_receive(&peer), OUTCOME_OK, EXIT_OK, NULL);
	ck_assert(peer_in_frame(&peer));
	target_expect(&peer.target, "newf", text);
	ck_assert_int_eq(target_count(&peer.target), 1);
	ck_assert_uint_eq(peer.report.files, 1);
	ck_assert_uint_eq(peer.report.bytes, strlen(text));
	ck_assert_uint_eq(peer.job->received, strlen(text));
	ck_assert_int_gt(peer.job->began, 0);
	/* It was worth something. */
	ck_assert_int_eq(peer.connection.tries, 0);
	ck_assert(!peer.connection.idle);
}
END_TEST

/* One thing wrong with a file of "text": 0 and NULL are right. */
static const struct {
	const char *row;
	int64_t length, size; /* more than is right */
	unsigned status;      /* of the trailer */
	const char *digest;   /* of this text */
	enum outcome outcome;
	enum exit_code code;
	const char *words;
} wrong[] = {
    {"a byte short", -1, 0, 0, NULL, OUTCOME_FATAL, EXIT_PROTOCOL,
	"a length that does not fit the file's size"},
    {"a byte long", 1, 0, 0, NULL, OUTCOME_FATAL, EXIT_PROTOCOL,
	"a length that does not fit the file's size"},
    {"longest", PROTOCOL_LENGTH_MAX - 68, 0, 0, NULL, OUTCOME_FATAL,
	EXIT_PROTOCOL, "a length that does not fit the file's size"},
    {"room for no trailer", -5, 0, 0, NULL, OUTCOME_FATAL, EXIT_PROTOCOL,
	"a reply that is too short"},
    {"nothing", -68, 0, 0, NULL, OUTCOME_FATAL, EXIT_PROTOCOL,
	"a reply that is too short"},
    {"smaller file", 0, -1, 0, NULL, OUTCOME_FATAL, EXIT_PROTOCOL,
	"a length that does not fit the file's size"},
    {"larger file", 0, 1, 0, NULL, OUTCOME_FATAL, EXIT_PROTOCOL,
	"a length that does not fit the file's size"},
    {"largest file", 0, INT64_MAX - 4, 0, NULL, OUTCOME_FATAL, EXIT_PROTOCOL,
	"a length that does not fit the file's size"},
    {"impossible file", 0, INT64_MAX - 3, 0, NULL, OUTCOME_FATAL, EXIT_PROTOCOL,
	"an impossible file size"},
    {"negative file", 0, -5, 0, NULL, OUTCOME_FATAL, EXIT_PROTOCOL,
	"an impossible file size"},
    {"changed", 0, 0, PROTOCOL_CHANGED, NULL, OUTCOME_MOVED, EXIT_OK, NULL},
    {"trailer NOT_FOUND", 0, 0, PROTOCOL_NOT_FOUND, NULL, OUTCOME_FATAL,
	EXIT_PROTOCOL, "an unknown trailer"},
    {"trailer unknown", 0, 0, 255, NULL, OUTCOME_FATAL, EXIT_PROTOCOL,
	"an unknown trailer"},
    {"other digest", 0, 0, 0, "texts", OUTCOME_MOVED, EXIT_OK, NULL},
    {"changed, other digest", 0, 0, PROTOCOL_CHANGED, "texts", OUTCOME_MOVED,
	EXIT_OK, NULL},
};

START_TEST(test_wrong)
{
	const char *digest = wrong[_i].digest;

	peer_say_header(&peer, PROTOCOL_OK, (uint64_t)(68 + wrong[_i].length));
	peer_say_attributes(&peer, (struct protocol_token){1, 2},
	    (uint64_t)4 + (uint64_t)wrong[_i].size);
	peer_say(&peer, "text", 4);
	peer_say_trailer(&peer, wrong[_i].status,
	    digest == NULL ? "text" : digest);
	expect(wrong[_i].row, peer_receive(&peer), wrong[_i].outcome,
	    wrong[_i].code, wrong[_i].words);
	/* Until it is proved there is a file without a name, or none. */
	expect_nothing(wrong[_i].row);
	/* A connection that stays in use has had its whole reply read. */
	if (wrong[_i].outcome != OUTCOME_FATAL)
		ck_assert_msg(peer_in_frame(&peer), "%s", wrong[_i].row);
}
END_TEST

/* Without it the trailer's digest is no one's business, its status is. */
START_TEST(test_not_verified)
{
	peer.target.settings.store.verify = false;
	peer_say_header(&peer, PROTOCOL_OK, 68);
	peer_say_attributes(&peer, (struct protocol_token){1, 2}, 4);
	peer_say(&peer, "text", 4);
	peer_say_trailer(&peer, (unsigned)(_i == 0 ? 0 : PROTOCOL_CHANGED), "");
	expect("", peer_receive(&peer), _i == 0 ? OUTCOME_OK : OUTCOME_MOVED,
	    EXIT_OK, NULL);
	ck_assert_int_eq(target_has(&peer.target, "newf"), _i == 0);
}
END_TEST

/* SHA-256 of "abc", FIPS 180-2. */
#define SUM_ABC \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* The sum that a person requires decides last: with the server's digest or
 * without, whether bytes came in this run or in another. */
START_TEST(test_sum)
{
	static const struct {
		const char *row, *here, *text;
		bool required;
		enum outcome outcome;
	} rows[] = {
	    {"right", NULL, "abc", true, OUTCOME_OK},
	    {"right, resumed", "ab", "abc", true, OUTCOME_OK},
	    {"another", NULL, "abd", true, OUTCOME_FAILED},
	    {"another, resumed", "xb", "xbc", true, OUTCOME_FAILED},
	    {"empty", NULL, "", true, OUTCOME_FAILED},
	    {"not required", NULL, "abd", false, OUTCOME_OK},
	};
	const char *row = rows[_i / 2].row, *text = rows[_i / 2].text;
	bool kept = rows[_i / 2].outcome == OUTCOME_OK;
	const char *here = rows[_i / 2].here;

	peer.target.settings.store.verify = _i % 2 == 0;
	target_write(&peer.target, "newf", "old");
	if (here != NULL)
		target_write(&peer.target,
		    "newf.00000000000000010000000000000002.part", here);
	peer.job->file.has_sum = rows[_i / 2].required;
	unit_bytes(SUM_ABC, peer.job->file.sum, sizeof(peer.job->file.sum));
	output_free(peer.job->file.output);
	peer_begin(&peer, here == NULL ? JOB_FETCH : JOB_CONTINUE);
	peer_say_file(&peer, text, here == NULL ? 0 : strlen(here));
	expect(row, peer_receive(&peer), rows[_i / 2].outcome, EXIT_MISMATCH,
	    kept ? NULL : "its SHA-256 is not the one required");
	ck_assert_msg(peer_in_frame(&peer), "%s", row);
	target_expect(&peer.target, "newf", kept ? text : "old");
	ck_assert_int_eq(target_count(&peer.target), 1);
	ck_assert_uint_eq(peer.report.files, kept ? 1 : 0);
}
END_TEST

START_TEST(test_refusals)
{
	static const struct {
		unsigned status;
		enum outcome outcome;
		enum exit_code code;
		const char *text;
	} rows[] = {
	    {1, OUTCOME_FAILED, EXIT_NOT_FOUND,
		"the server says: why (NOT_FOUND)"},
	    {2, OUTCOME_FAILED, EXIT_DENIED, "the server says: why (DENIED)"},
	    {3, OUTCOME_FAILED, EXIT_DENIED,
		"why (NOT_A_FILE); if it is a folder, -r fetches it"},
	    {4, OUTCOME_FAILED, EXIT_USAGE, "why (BAD_NAME)"},
	    {5, OUTCOME_FAILED, EXIT_PROTOCOL, "why (UNSUPPORTED)"},
	    {6, OUTCOME_FAILED, EXIT_PROTOCOL, "why (BAD_REQUEST)"},
	    {7, OUTCOME_CHANGED, EXIT_CHANGED,
		"it changed while it was fetched"},
	    {8, OUTCOME_FAILED, EXIT_PROTOCOL, "why (BAD_RANGE)"},
	    {9, OUTCOME_LOST, EXIT_BUSY, "the server is busy: why"},
	    {10, OUTCOME_FAILED, EXIT_IO_ERROR, "why (IO_ERROR)"},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		peer.connection.idle = true;
		peer.job->stage = JOB_FETCH;
		peer_say_header(&peer, rows[i].status, 3);
		peer_say(&peer, "why", 3);
		expect(rows[i].text, peer_receive(&peer), rows[i].outcome,
		    rows[i].code, rows[i].text);
		ck_assert(peer_in_frame(&peer));
		ck_assert(!peer.connection.idle);
		expect_nothing(rows[i].text);
	}
}
END_TEST

START_TEST(test_messages)
{
	static const struct {
		const char *row;
		size_t len;
		enum outcome outcome;
	} rows[] = {
	    {"none", 0, OUTCOME_FAILED},
	    {"longest", PROTOCOL_MESSAGE_MAX, OUTCOME_FAILED},
	    {"too long", PROTOCOL_MESSAGE_MAX + 1, OUTCOME_FATAL},
	    {"far too long", PROTOCOL_LENGTH_MAX, OUTCOME_FATAL},
	};
	char message[PROTOCOL_MESSAGE_MAX + 1];
	size_t i, sent;

	memset(message, 'm', sizeof(message));
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		sent = rows[i].outcome == OUTCOME_FATAL ? 0 : rows[i].len;
		peer_say_header(&peer, PROTOCOL_NOT_FOUND, rows[i].len);
		peer_say(&peer, message, sent);
		expect(rows[i].row, peer_receive(&peer), rows[i].outcome,
		    sent == rows[i].len ? EXIT_NOT_FOUND : EXIT_PROTOCOL,
		    sent == rows[i].len ? "(NOT_FOUND)" : "an unknown reply");
		ck_assert_msg(peer_in_frame(&peer), "%s", rows[i].row);
	}
}
END_TEST

/* Peers of another kind are known by their first byte, and may send no more
 * than that: waiting for the rest would be for nothing. */
START_TEST(test_first_byte)
{
	unsigned value;
	uint8_t byte;

	for (value = PROTOCOL_STATUSES; value < 256; value++) {
		byte = (uint8_t)value;
		peer_say(&peer, &byte, 1);
		expect("first byte", peer_receive(&peer), OUTCOME_FATAL,
		    EXIT_PROTOCOL, "does not speak this protocol");
		ck_assert_int_eq(stream_read(&peer.connection.stream, &byte, 1,
				     CLOCK_SEC),
		    1);
	}
}
END_TEST

/* Cut off after each byte, by the server's end or by silence. */
START_TEST(test_truncated)
{
	const size_t whole = 8 + 68;
	size_t len, here;

	for (len = 0; len < whole; len++) {
		if (len > 0)
			setup();
		target_write(&peer.target, "newf", "old");
		peer_say_file(&peer, "text", 0);
		ck_assert_uint_eq(peer.len, whole);
		peer.len = len;
		if (_i == 0)
			peer_end(&peer);
		else
			peer.target.settings.connection.timeout = 1;
		ck_assert_int_eq(peer_receive(&peer), OUTCOME_LOST);
		ck_assert_int_eq(peer.reply.failure.code, EXIT_STALLED);
		ck_assert_msg(peer.reply.failure.text[0] != '\0', "%zu", len);
		/* The bytes that have come are kept, not shown. */
		here = len < 48 ? 0 : len < 52 ? len - 48 : 4;
		ck_assert_uint_eq(output_size(peer.job->file.output), here);
		ck_assert_uint_eq(peer.job->received, here);
		ck_assert_uint_eq(peer.report.files, 0);
		target_expect(&peer.target, "newf", "old");
		if (len < whole - 1)
			teardown();
	}
}
END_TEST

/* A body that is not wanted is skipped, unless that takes too long. */
START_TEST(test_skip)
{
	const uint64_t size = _i == 0 ? 4 : 2 << 20;

	peer.target.settings.store.max_size = 3;
	peer_say_header(&peer, PROTOCOL_OK, 64 + size);
	peer_say_attributes(&peer, (struct protocol_token){1, 2}, size);
	if (_i == 0) {
		peer_say(&peer, "text", 4);
		peer_say_trailer(&peer, PROTOCOL_OK, "text");
	}
	expect("too large", peer_receive(&peer), OUTCOME_FAILED, EXIT_LOCAL,
	    "; --max-size allows 3 B");
	ck_assert_int_eq(peer.connection.fd < 0, _i == 1);
	ck_assert(_i == 1 || peer_in_frame(&peer));
	expect_nothing("too large");
}
END_TEST

/* Bytes that cannot be written are received: other replies follow. */
START_TEST(test_disk)
{
	struct rlimit before, limit;
	enum outcome outcome;

	peer.target.settings.store.verify = _i == 0;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 2;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	peer_say_file(&peer, "text", 0);
	outcome = peer_receive(&peer);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	expect("disk", outcome, OUTCOME_FAILED, EXIT_LOCAL,
	    "cannot write here: File too large");
	ck_assert(peer_in_frame(&peer));
	expect_nothing("disk");
}
END_TEST

/* As often as --retry allows, then it has failed. */
START_TEST(test_changing)
{
	unsigned i;

	peer.target.settings.connection.retry = 2;
	for (i = 0; i <= 2; i++) {
		peer_say_header(&peer, PROTOCOL_OK, 68);
		peer_say_attributes(&peer, (struct protocol_token){1, 2}, 4);
		peer_say(&peer, "text", 4);
		peer_say_trailer(&peer, PROTOCOL_CHANGED, "text");
		ck_assert_int_eq(peer_receive(&peer), OUTCOME_MOVED);
		/* It was rewritten. */
		peer_say_header(&peer, PROTOCOL_OK, 56);
		peer_say_attributes(&peer, (struct protocol_token){1, 3}, 4);
		peer_say_digest(&peer, "TEXT");
		ck_assert_int_eq(peer_receive(&peer),
		    i < 2 ? OUTCOME_CHANGED : OUTCOME_FAILED);
		ck_assert_uint_eq(peer.job->tries, i < 2 ? i + 1 : 2);
		ck_assert_int_eq(peer.job->stage,
		    i < 2 ? JOB_START : JOB_SNAPSHOT);
		peer.job->stage = JOB_FETCH;
		expect_nothing("changing");
	}
	ck_assert_int_eq(peer.reply.failure.code, EXIT_CHANGED);
	ck_assert_str_eq(peer.reply.failure.text,
	    "it changed while it was fetched, 3 times");
}
END_TEST

Suite *
job_reply_suite(void)
{
	Suite *suite = suite_create("job_reply");
	TCase *tcase = unit_case(suite, "reply");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_file, 0, 6);
	tcase_add_loop_test(tcase, test_wrong, 0, UNIT_ROWS(wrong));
	tcase_add_loop_test(tcase, test_not_verified, 0, 2);
	tcase_add_loop_test(tcase, test_sum, 0, 12);
	tcase_add_test(tcase, test_refusals);
	tcase_add_test(tcase, test_messages);
	tcase_add_test(tcase, test_first_byte);
	tcase_add_loop_test(tcase, test_truncated, 0, 2);
	tcase_add_loop_test(tcase, test_skip, 0, 2);
	tcase_add_loop_test(tcase, test_disk, 0, 2);
	tcase_add_test(tcase, test_changing);
	return suite;
}
