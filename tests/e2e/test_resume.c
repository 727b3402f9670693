/*
 * Received bytes are not received again after an interruption or a break, and
 * they are used only if the server's DIGEST proves them.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/content_version.h"
#include "tests/harness/attempt.h"
#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

static struct attempt attempt;

/* Bytes on the wire besides those of the file, for FETCH and for DIGEST. */
#define AROUND_FETCH                                             \
	(PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE + \
	    PROTOCOL_TRAILER_SIZE)
#define DIGEST_REPLY                                             \
	(PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE + \
	    PROTOCOL_DIGEST_SIZE)

/* Sends half of the file, then breaks off; sends correct replies on later
 * connections. */
static void
play_half(struct fake *fake, void (*then)(struct fake *))
{
	const struct attempt *of = fake->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	if (fake->connection > 0) {
		fake_serve(fake, &of->file);
		return;
	}
	if (!fake_ask(fake, &asked))
		return;
	reply = fake_build_reply(&of->file, 0, &len);
	fake_send(fake, reply,
	    PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE +
		of->file.size / 2);
	free(reply);
	then(fake);
}

static void
play_half_and_stall(struct fake *fake)
{
	play_half(fake, fake_stall);
}

static void
play_half_and_close(struct fake *fake)
{
	play_half(fake, fake_end);
}

struct growing {
	const char *folder;
	off_t size;
};

static bool
has_grown(void *argument)
{
	const struct growing *growing = argument;
	char part[NAME_MAX + 1], name[NAME_MAX + 64];
	struct stat st;

	if (here_find_part(growing->folder, part) == 0)
		return false;
	snprintf(name, sizeof(name), "%s/%s", growing->folder, part);
	return fstatat(scratch_fd(), name, &st, 0) == 0 &&
	    st.st_size >= growing->size;
}

/* Expects the first FETCH, the proof of half the file, the FETCH of the other
 * half, and without digests STAT for the bytes that were not copied. */
static void
expect_proof_and_rest(unsigned kind)
{
	const struct fake_asked *asked = attempt.fake.asked;
	uint64_t half = attempt.file.size / 2;
	bool looks = (kind & ATTEMPT_UNVERIFIED) && half > PROTOCOL_COPIED;
	const struct protocol_token content = {0,
	    content_version_of(attempt.file.size, attempt.file.mtime_ns)};

	ck_assert_uint_eq(attempt.fake.n_asked, looks ? 4 : 3);
	if (looks)
		ck_assert_int_eq(asked[3].op, PROTOCOL_OP_STAT);
	ck_assert_int_eq(asked[0].op, PROTOCOL_OP_FETCH);
	ck_assert_uint_eq(asked[0].offset, 0);
	ck_assert_int_eq(asked[1].op, PROTOCOL_OP_DIGEST);
	ck_assert_uint_eq(asked[1].offset, 0);
	ck_assert_uint_eq(asked[1].count, half);
	ck_assert(protocol_token_equal(asked[1].token, content));
	ck_assert_int_eq(asked[2].op, PROTOCOL_OP_FETCH);
	ck_assert_uint_eq(asked[2].offset, half);
	ck_assert(protocol_token_equal(asked[2].token, content));
	ck_assert_uint_eq(attempt.fake.sent,
	    attempt.file.size + DIGEST_REPLY + AROUND_FETCH + AROUND_FETCH -
		PROTOCOL_TRAILER_SIZE +
		(looks ? PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE :
			 0));
}

static const struct {
	const char *row;
	int signal;
	unsigned kind;
} interruptions[] = {
    {"SIGINT", SIGINT, ATTEMPT_OLD},
    {"SIGINT, small", SIGINT, ATTEMPT_SMALL},
    {"SIGINT, not verified", SIGINT, ATTEMPT_UNVERIFIED},
    {"SIGTERM", SIGTERM, ATTEMPT_OLD},
    {"SIGHUP", SIGHUP, 0},
};

START_TEST(interrupted_and_continued)
{
	unsigned kind = interruptions[_i].kind;
	struct growing growing;
	struct program again;
	char part[NAME_MAX + 1];

	attempt_start(&attempt, interruptions[_i].row, kind,
	    play_half_and_stall, NULL, HERE_LIST(NULL));
	growing.folder = attempt.folder;
	growing.size = (off_t)attempt.file.size / 2;
	ck_assert(wait_until(has_grown, &growing, WAIT_LIMIT));
	program_signal(&attempt.client, interruptions[_i].signal);
	here_expect_exit(&attempt.client, 130, interruptions[_i].row);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&attempt.client), "goes on from"));
	ck_assert_uint_eq(here_find_part(attempt.folder, part), 1);
	/* The name of the part file contains the content version. */
	ck_assert_str_eq(part, attempt_part_name(&attempt));
	client_start(&again, attempt.fake.port,
	    HERE_LIST("-P", attempt.folder + strlen("here/"),
		kind & ATTEMPT_UNVERIFIED ? "--no-verify" : "-v", "f"),
	    NULL);
	here_expect_exit(&again, 0, "again");
	fake_stop(&attempt.fake);
	expect_proof_and_rest(kind);
	attempt_expect_new(&attempt);
}
END_TEST

/* After a break in the middle the run continues from there. */
START_TEST(a_break_fetches_nothing_twice)
{
	unsigned kind;

	for (kind = ATTEMPT_OLD; kind < ATTEMPT_KINDS; kind += 3) {
		memset(&attempt, 0, sizeof(attempt));
		attempt_start(&attempt, "break", kind, play_half_and_close,
		    NULL, HERE_LIST("--retry=1"));
		attempt_finish(&attempt, 0, ATTEMPT_NO_PART);
		expect_proof_and_rest(kind);
	}
}
END_TEST

/* An interrupt during the wait for another try ends the run at once and keeps
 * the part file. */
START_TEST(interrupted_before_another_try)
{
	attempt_start(&attempt, "waiting", ATTEMPT_OLD, play_half_and_close,
	    NULL, HERE_LIST("--retry=1000"));
	program_await_err(&attempt.client, "trying again");
	program_signal(&attempt.client, SIGINT);
	attempt_finish(&attempt, 130, ATTEMPT_PART);
}
END_TEST

/* Standard output has no part file, and the run continues too. */
START_TEST(a_break_on_standard_output)
{
	struct program client;
	size_t len;
	char *text;

	attempt_leave_part(&attempt, 0, 1);
	fake_start(&attempt.fake, 2, play_half_and_close, &attempt);
	here_get(&client, attempt.fake.port, 0, "-o -",
	    HERE_LIST("-o-", "--retry=1", "f"));
	fake_stop(&attempt.fake);
	expect_proof_and_rest(0);
	text = scratch_read(client.out_name, &len);
	ck_assert_uint_eq(len, attempt.file.size);
	ck_assert_mem_eq(text, attempt.file.bytes, len);
	free(text);
}
END_TEST

/* ---- what an earlier run has left --------------------------------------- */

#define TOKEN	    "00112233445566778899aabbccddeeff"
#define OTHER_TOKEN "00112233445566778899aabbccddee00"
#define OTHER_FILE  "00112233445566008899aabbccddeeff"
/* The content versions of 700,000 bytes of 1970, and of others. */
#define CONTENT	      "0000000000000000ed93679a6ea78bbe"
#define OTHER_CONTENT "0000000000000000ed93679a6ea78b00"

struct left {
	const char *row;
	const char *name; /* name of the file that is here */
	int64_t size;	  /* below 0: so much more than the size of the file */
	uint64_t from;	  /* where the FETCH begins */
	unsigned asked;	  /* how many requests */
	bool tampered;
	bool resume;
	bool stays; /* it is not a part file of newf */
};

static const struct left lefts[] = {
    {"a good part", "newf." TOKEN ".part", 1000, 1000, 2, false, true, false},
    {"all of it", "newf." TOKEN ".part", 700000, 700000, 2, false, true, false},
    {"--no-resume", "newf." TOKEN ".part", 1000, 0, 1, false, false, false},
    {"an empty part", "newf." TOKEN ".part", 0, 0, 1, false, true, false},
    {"a tampered part", "newf." TOKEN ".part", 1000, 0, 2, true, true, false},
    {"all, tampered", "newf." TOKEN ".part", 700000, 0, 2, true, true, false},
    {"too large a part", "newf." TOKEN ".part", -1, 0, 2, false, true, false},
    {"the beginning of an older version", "newf." OTHER_TOKEN ".part", 1000,
	1000, 3, false, true, false},
    {"an older version's", "newf." OTHER_TOKEN ".part", 1000, 0, 3, true, true,
	false},
    {"of another file that began alike", "newf." OTHER_FILE ".part", 1000, 1000,
	3, false, true, false},
    {"of another file", "newf." OTHER_FILE ".part", 1000, 0, 3, true, true,
	false},
    {"a good part, by its content", "newf." CONTENT ".part", 1000, 1000, 2,
	false, true, false},
    {"tampered, by its content", "newf." CONTENT ".part", 1000, 0, 2, true,
	true, false},
    {"the beginning of an older content", "newf." OTHER_CONTENT ".part", 1000,
	1000, 3, false, true, false},
    {"of an older content", "newf." OTHER_CONTENT ".part", 1000, 0, 3, true,
	true, false},
    {"older, --no-resume", "newf." OTHER_TOKEN ".part", 1000, 0, 1, false,
	false, false},
    {"a process's own", "newf." TOKEN ".4711.part", 1000, 1000, 2, false, true,
	false},
    {"another file's", "newff." TOKEN ".part", 1000, 0, 1, false, true, true},
    {"another file's, shorter", "new." TOKEN ".part", 1000, 0, 1, false, true,
	true},
    {"no token", "newf.part", 1000, 0, 1, false, true, true},
    {"half a token", "newf.0011223344556677.part", 1000, 0, 1, false, true,
	true},
    {"no hexadecimal", "newf.g0112233445566778899aabbccddeeff.part", 1000, 0, 1,
	false, true, true},
    {"another ending", "newf." TOKEN ".parts", 1000, 0, 1, false, true, true},
};

static void
leave(const struct left *left)
{
	size_t size =
	    left->size < 0 ? (size_t)attempt.file.size + 1 : (size_t)left->size;
	char name[128];
	uint8_t *bytes;

	bytes = calloc(1, size + 1);
	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, attempt.file.bytes,
	    size > attempt.file.size ? (size_t)attempt.file.size : size);
	if (left->tampered)
		bytes[size / 2] ^= 1;
	snprintf(name, sizeof(name), "%s/%s", attempt.folder, left->name);
	scratch_write(name, bytes, size);
	free(bytes);
}

static void
play_honest(struct fake *fake)
{
	fake_serve(fake, &((const struct attempt *)fake->argument)->file);
}

START_TEST(files_of_an_earlier_run)
{
	const struct left *left = &lefts[_i];
	const struct fake_asked *last;
	char name[128];

	attempt_prepare(&attempt, ATTEMPT_OLD);
	leave(left);
	attempt_start(&attempt, left->row, ATTEMPT_OLD, play_honest, NULL,
	    HERE_LIST(left->resume ? "-v" : "--no-resume"));
	here_expect_exit(&attempt.client, 0, left->row);
	fake_stop(&attempt.fake);
	ck_assert_uint_eq(attempt.fake.n_asked, left->asked);
	last = &attempt.fake.asked[left->asked - 1];
	ck_assert_int_eq(last->op, PROTOCOL_OP_FETCH);
	ck_assert_uint_eq(last->offset, left->from);
	snprintf(name, sizeof(name), "%s/%s", attempt.folder, left->name);
	if (left->stays)
		scratch_remove(name);
	attempt_expect_new(&attempt);
}
END_TEST

/* The longest name: the name of its part file is cut, and found again. */
START_TEST(the_longest_name)
{
	struct growing growing = {"here", 1};
	char name[253], final[300], part[NAME_MAX + 1];
	struct program client;
	size_t len;
	char *text;

	memset(name, 'n', 252);
	name[252] = '\0';
	snprintf(final, sizeof(final), "here/new%s", name);
	attempt_leave_part(&attempt, 0, 1);
	growing.size = (off_t)attempt.file.size / 2;
	fake_start(&attempt.fake, 2, play_half_and_stall, &attempt);
	client_start(&client, attempt.fake.port, HERE_LIST(name), NULL);
	ck_assert(wait_until(has_grown, &growing, WAIT_LIMIT));
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "255 bytes");
	ck_assert_uint_eq(here_find_part("here", part), 1);
	ck_assert_ptr_nonnull(
	    strstr(part, strchr(attempt_part_name(&attempt), '.')));
	here_get(&client, attempt.fake.port, 0, "again", HERE_LIST(name));
	fake_stop(&attempt.fake);
	expect_proof_and_rest(0);
	ck_assert_uint_eq(here_find_part("here", part), 0);
	text = scratch_read(final, &len);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(len, attempt.file.size);
	ck_assert_mem_eq(text, attempt.file.bytes, len);
	free(text);
}
END_TEST

Suite *
resume_suite(void)
{
	Suite *suite = suite_create("resume");
	TCase *tcase;

	tcase = harness_case(suite, "runs", 60);
	tcase_add_loop_test(tcase, interrupted_and_continued, 0,
	    (int)HARNESS_ROWS(interruptions));
	tcase_add_test(tcase, a_break_fetches_nothing_twice);
	tcase_add_test(tcase, interrupted_before_another_try);
	tcase_add_test(tcase, a_break_on_standard_output);
	tcase_add_test(tcase, the_longest_name);
	tcase = harness_case(suite, "parts", 60);
	tcase_add_loop_test(tcase, files_of_an_earlier_run, 0,
	    (int)HARNESS_ROWS(lefts));
	return suite;
}
