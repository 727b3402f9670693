/*
 * Interrupted runs: the message about the part file that they leave, their
 * immediate end, and a later run that finds the part file.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/attempt.h"
#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

static struct attempt attempt;
static struct program client;
static struct fake fake;

/* ---- what is said ------------------------------------------------------- */

struct hint {
	const char *row;
	const char *option;
	bool half; /* half of the file is received */
	bool told;
};

static const struct hint hints[] = {
    {"half of it", "-v", true, true},
    {"nothing yet", "-v", false, false},
    {"standard output", "-o-", true, false},
    {"--no-resume", "--no-resume", true, false},
};

/* On the first connection at most half of the file, then nothing. */
static void
play_half(struct fake *half, const struct fake_file *file, bool send)
{
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	if (!fake_ask(half, &asked))
		return;
	reply = fake_build_reply(file, 0, &len);
	if (send)
		fake_send(half, reply,
		    PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE +
			file->size / 2);
	free(reply);
	fake_stall(half);
}

static void
play_hint(struct fake *half)
{
	play_half(half, &attempt.file,
	    ((const struct hint *)half->argument)->half);
}

/* Returns whether all bytes that will come were received and written. */
static bool
is_half_way(void *argument)
{
	const struct hint *hint = argument;
	char found[NAME_MAX + 1], name[NAME_MAX + 16];
	struct stat st;

	if (!hint->half)
		return atomic_load(&fake.taken) == 1;
	if (strcmp(hint->option, "-o-") == 0)
		snprintf(name, sizeof(name), "%s", client.out_name);
	else if (here_find_part("here", found) == 1)
		snprintf(name, sizeof(name), "here/%s", found);
	else
		return false;
	return fstatat(scratch_fd(), name, &st, 0) == 0 &&
	    (uint64_t)st.st_size == attempt.file.size / 2;
}

/* Interrupts a run of "fileget OPTION NAME" in the middle. */
static void
interrupt_half_way(const struct hint *hint, const char *name)
{
	client_start(&client, fake.port, HERE_LIST(hint->option, name), NULL);
	ck_assert_msg(wait_until(is_half_way, (void *)(uintptr_t)hint,
			  WAIT_LIMIT),
	    "%s: never half way", hint->row);
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, hint->row);
}

/* Regression: the message that the same command continues appeared even if no
 * part file was left. */
START_TEST(message_about_continuing)
{
	const struct hint *hint = &hints[_i];
	const char *err;

	attempt_prepare(&attempt, 0);
	fake_start(&fake, 1, play_hint, hint);
	interrupt_half_way(hint, "f");
	fake_stop(&fake);
	err = program_err(&client);
	ck_assert_ptr_nonnull(strstr(err, "interrupted"));
	ck_assert_msg((strstr(err, "goes on from") != NULL) == hint->told,
	    "%s:\n%s", hint->row, err);
}
END_TEST

/* ---- a proof that takes long -------------------------------------------- */

/* Bytes. Reading them takes hours at the speed of memory; a fast machine could
 * read 64 GiB before the test looks. */
#define PROOF_SIZE (UINT64_C(4) << 40)

/* Any digest will do: it is compared after the part file has been read. */
static void
play_proof(struct fake *proof)
{
	uint8_t reply[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE +
	    PROTOCOL_DIGEST_SIZE] = {0};
	struct fake_asked asked;

	if (!fake_ask(proof, &asked))
		return;
	protocol_encode_reply(PROTOCOL_OK,
	    sizeof(reply) - PROTOCOL_REPLY_HEADER_SIZE, reply);
	fake_send(proof, reply, sizeof(reply));
	fake_stall(proof);
}

/* Returns whether the process has read enough bytes, from the page cache or not
 * (proc(5)). */
static bool
reads_its_part(void *argument)
{
	const struct program *program = argument;
	unsigned long long read = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/io", (long)program->pid);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s", path);
	if (fscanf(file, "rchar: %llu", &read) != 1)
		read = 0;
	fclose(file);
	return read > 8 * 1024 * 1024;
}

/* Regression: an interrupt was noticed only after the whole part file was read.
 */
START_TEST(interrupted_in_a_proof)
{
	static const char part[] =
	    "here/newf.00112233445566778899aabbccddeeff.part";
	struct stat st;

	scratch_sparse(part, PROOF_SIZE);
	fake_start(&fake, 1, play_proof, NULL);
	client_start(&client, fake.port, HERE_LIST("f"), NULL);
	ck_assert(wait_until(reads_its_part, &client, WAIT_LIMIT));
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "proof");
	fake_stop(&fake);
	/* The part file is unchanged, and a later run can continue. */
	ck_assert_ptr_nonnull(strstr(program_err(&client), "goes on from"));
	ck_assert_int_eq(fstatat(scratch_fd(), part, &st, 0), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, PROOF_SIZE);
}
END_TEST

/* ---- names that were cut ------------------------------------------------ */

enum {
	LONG_NAME = 241
}; /* bytes; only the last one differs */

static char long_names[2][LONG_NAME + 1];
static struct fake_file long_files[2];

/* Serves two files with the same token, as no correct server does. */
static void
play_long_names(struct fake *two)
{
	struct fake_asked asked;

	if (two->connection == 0) {
		play_half(two, &long_files[0], true);
		return;
	}
	while (fake_ask(two, &asked))
		if (!fake_answer(two,
			&long_files[strcmp(asked.name, long_names[1]) == 0],
			&asked))
			break;
}

static void
expect_long_name(int which)
{
	char path[LONG_NAME + 16];
	struct sum got, wanted;

	snprintf(path, sizeof(path), "here/new%s", long_names[which]);
	sum_file(&got, path, 0, UINT64_MAX);
	sum_of(&wanted, long_files[which].bytes,
	    (size_t)long_files[which].size);
	sum_expect(&got, &wanted, which == 0 ? "the first" : "the second");
}

/* Regression: part files with cut names were distinguished by the cut names
 * only, and one was used for the other file. */
START_TEST(two_long_names_that_begin_alike)
{
	char part[NAME_MAX + 1];
	int i;

	attempt_prepare(&attempt, 0);
	for (i = 0; i < 2; i++) {
		memset(long_names[i], 'n', LONG_NAME - 1);
		long_names[i][LONG_NAME - 1] = (char)('a' + i);
		long_files[i] = attempt.file;
	}
	long_files[1].bytes++;
	long_files[1].size--;
	fake_start(&fake, 3, play_long_names, NULL);
	interrupt_half_way(&hints[0], long_names[0]);
	here_get(&client, fake.port, 0, "the second", HERE_LIST(long_names[1]));
	ck_assert_uint_eq(here_find_part("here", part), 1);
	here_get(&client, fake.port, 0, "the first", HERE_LIST(long_names[0]));
	fake_stop(&fake);
	ck_assert_uint_eq(fake.n_asked, 4);
	ck_assert_int_eq(fake.asked[1].op, PROTOCOL_OP_FETCH);
	ck_assert_uint_eq(fake.asked[1].offset, 0);
	ck_assert_int_eq(fake.asked[2].op, PROTOCOL_OP_DIGEST);
	ck_assert_uint_eq(fake.asked[3].offset, attempt.file.size / 2);
	expect_long_name(0);
	expect_long_name(1);
	ck_assert_uint_eq(here_find_part("here", part), 0);
}
END_TEST

Suite *
interrupted_suite(void)
{
	Suite *suite = suite_create("interrupted");
	TCase *tcase;

	tcase = harness_case(suite, "half way", 60);
	tcase_add_loop_test(tcase, message_about_continuing, 0,
	    (int)HARNESS_ROWS(hints));
	tcase_add_test(tcase, interrupted_in_a_proof);
	tcase_add_test(tcase, two_long_names_that_begin_alike);
	return suite;
}
