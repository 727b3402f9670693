/*
 * Servers that always fail for one file, or for all: that file fails, the
 * others are fetched, and fileget ends.
 */

#include <sys/resource.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/attempt.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"

static struct attempt attempt;
static struct program client;
static struct fake fake;

/* Returns the number of lines of standard error that begin with a name and its
 * failure. */
static unsigned
count_lines(const char *name)
{
	const char *at = program_err(&client);
	char begin[64];
	unsigned n = 0;

	snprintf(begin, sizeof(begin), "fileget: %s: ", name);
	for (; (at = strstr(at, begin)) != NULL; at += strlen(begin))
		n++;
	return n;
}

/* ---- files that break every connection ---------------------------------- */

/* Bytes sent of the reply to a file whose name begins with "bad". */
static const size_t amounts[] = {0, PROTOCOL_REPLY_HEADER_SIZE,
    PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE + 10000};

struct broken {
	const struct fake_file *file;
	size_t amount;
};

/* Sends correct replies except for those files. */
static void
play_bad_files(struct fake *bad)
{
	const struct broken *broken = bad->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	while (fake_ask(bad, &asked)) {
		if (strncmp(asked.name, "bad", 3) != 0) {
			if (!fake_answer(bad, broken->file, &asked))
				return;
			continue;
		}
		reply = fake_build_reply(broken->file, asked.offset, &len);
		fake_send(bad, reply, broken->amount);
		free(reply);
		return;
	}
}

static const struct {
	const char *row;
	const char *const names[6]; /* all names; only the bad ones fail */
} orders[] = {
    {"first", {"bad", "a", "b"}},
    {"between", {"a", "bad", "b"}},
    {"last", {"a", "b", "bad"}},
    {"two apart", {"bad", "a", "bad2", "b"}},
};

static void
expect_all_but_bad(const char *const *names)
{
	char path[64];
	struct sum got, wanted;

	sum_of(&wanted, attempt.file.bytes, (size_t)attempt.file.size);
	for (; *names != NULL; names++) {
		snprintf(path, sizeof(path), "here/new%s", *names);
		if (strncmp(*names, "bad", 3) == 0) {
			ck_assert(!scratch_exists(path));
			ck_assert_uint_eq(count_lines(*names), 1);
			continue;
		}
		sum_file(&got, path, 0, UINT64_MAX);
		sum_expect(&got, &wanted, *names);
		ck_assert_uint_eq(count_lines(*names), 0);
	}
}

static void
run_bad_files(const char *row, size_t amount, const char *const *names)
{
	const char *args[8] = {"--retry=0"};
	struct broken broken = {&attempt.file, amount};
	size_t n;

	for (n = 0; names[n] != NULL; n++)
		args[n + 1] = names[n];
	fake_start(&fake, 16, play_bad_files, &broken);
	here_get(&client, fake.port, 6, row, args);
	fake_stop(&fake);
}

/* Regression: the bad file was requested first on each new connection; when its
 * tries were used up, all names after it failed. */
START_TEST(one_file_that_breaks_every_connection)
{
	size_t i;

	attempt_prepare(&attempt, 0);
	for (i = 0; i < HARNESS_ROWS(amounts); i++) {
		run_bad_files(orders[_i].row, amounts[i], orders[_i].names);
		expect_all_but_bad(orders[_i].names);
	}
}
END_TEST

/* While a file has tries left, it is requested first on the next connection. */
START_TEST(a_file_that_breaks_two_connections)
{
	struct broken broken = {&attempt.file, 0};

	attempt_prepare(&attempt, 0);
	fake_start(&fake, 16, play_bad_files, &broken);
	here_get(&client, fake.port, 6, "--retry=1",
	    HERE_LIST("--retry=1", "a", "bad", "b"));
	fake_stop(&fake);
	expect_all_but_bad(HERE_LIST("a", "bad", "b"));
	ck_assert_uint_eq(atomic_load(&fake.taken), 3);
}
END_TEST

/* After two bad files in a row fileget gives up: one line for all remaining
 * names, without further tries. */
START_TEST(two_such_files_in_a_row)
{
	attempt_prepare(&attempt, 0);
	run_bad_files("two in a row", 0,
	    HERE_LIST("a", "bad", "bad2", "b", "c"));
	ck_assert_uint_eq(count_lines("bad"), 1);
	ck_assert_uint_eq(count_lines("bad2"), 1);
	ck_assert_uint_eq(count_lines("a"), 0);
	ck_assert_msg(strstr(program_err(&client),
			  "fileget: 2 more names were not begun\n") != NULL,
	    "%s", program_err(&client));
	ck_assert_uint_eq(atomic_load(&fake.taken), 2);
}
END_TEST

/* ---- a digest that is never right --------------------------------------- */

enum {
	/* After half of it the connection has made progress, and its tries
	 * start again. */
	DIGEST_SIZE = 3 * 1024 * 1024,
};

/* Sends half of the file, then stalls; the bytes of a part are never right. */
static void
play_wrong_digest(struct fake *liar)
{
	struct fake_file file = *(const struct fake_file *)liar->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	while (fake_ask(liar, &asked)) {
		if (asked.op == PROTOCOL_OP_DIGEST) {
			file.bytes++;
			fake_answer(liar, &file, &asked);
			file.bytes--;
			continue;
		}
		reply = fake_build_reply(&file, 0, &len);
		fake_send(liar, reply, len / 2);
		free(reply);
		return;
	}
}

/* Regression: the part file was removed and the file fetched again endlessly,
 * because each attempt made enough progress to reset the tries. */
START_TEST(a_digest_that_is_never_right)
{
	struct fake_file file = {.size = DIGEST_SIZE,
	    .token = {1, 2},
	    .mode = 0100644};
	uint8_t *bytes = malloc(DIGEST_SIZE + 1);
	size_t i;

	ck_assert_ptr_nonnull(bytes);
	for (i = 0; i < DIGEST_SIZE + 1; i++)
		bytes[i] = (uint8_t)(i * i >> 7);
	file.bytes = bytes;
	fake_start(&fake, 16, play_wrong_digest, &file);
	here_get(&client, fake.port, 9, "--retry=1",
	    HERE_LIST("--retry=1", "f"));
	fake_stop(&fake);
	/* FETCH and DIGEST, each twice. */
	ck_assert_uint_eq(fake.n_asked, 4);
	ck_assert_uint_eq(atomic_load(&fake.taken), 3);
	ck_assert_uint_eq(count_lines("f"), 1);
	here_expect_names("here", "wrong digest", HERE_LIST(NULL));
	free(bytes);
}
END_TEST

/* ---- replies to what was not asked -------------------------------------- */

enum {
	UNASKED_NAMES = 60000,
	UNASKED_LENGTH = 500, /* approximate bytes of a name */
	UNASKED_BATCH = 1000, /* replies sent at once */
	UNASKED_MEMORY = 256, /* MiB; the names have 30 MB */
};

/* Reads nothing and sends endless replies that say that the file is empty. */
static void
play_unasked(struct fake *endless)
{
	const struct fake_file empty = {.token = {1, 2}, .mode = 0100644};
	uint8_t *reply, *many;
	size_t len, i;

	reply = fake_build_reply(&empty, 0, &len);
	many = malloc(len * UNASKED_BATCH);
	if (many == NULL)
		abort();
	for (i = 0; i < UNASKED_BATCH; i++)
		memcpy(many + i * len, reply, len);
	while (fake_send(endless, many, len * UNASKED_BATCH))
		continue;
	free(many);
	free(reply);
}

static void
list_names(void)
{
	size_t size = (size_t)UNASKED_NAMES * (UNASKED_LENGTH + 16), len = 0;
	char *names = malloc(size), folder[UNASKED_LENGTH + 1];
	int i;

	ck_assert_ptr_nonnull(names);
	memset(folder, 'd', UNASKED_LENGTH);
	folder[UNASKED_LENGTH] = '\0';
	for (i = 0; i < UNASKED_NAMES; i++)
		len += (size_t)snprintf(names + len, size - len, "%s/f%d\n",
		    folder, i);
	scratch_write("here/names", names, len);
	free(names);
}

/* Regression: after all requested files had replies and further requests could
 * not be sent, a reply was matched with no job, and fileget crashed. */
START_TEST(endless_unrequested_replies)
{
	struct rusage used;
	unsigned fetched;

	list_names();
	fake_start(&fake, 1, play_unasked, NULL);
	here_get(&client, fake.port, 7, "unasked",
	    HERE_LIST("-q", "-i", "names"));
	fake_stop(&fake);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "what it was not sent"));
	/* Only requested files have been fetched. */
	fetched = scratch_count("here") - 1;
	ck_assert_uint_gt(fetched, 0);
	ck_assert_uint_lt(fetched, UNASKED_NAMES);
	ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &used), 0);
	if (!HARNESS_SLOW)
		ck_assert_int_lt(used.ru_maxrss, UNASKED_MEMORY * 1024);
}
END_TEST

Suite *
breaks_suite(void)
{
	Suite *suite = suite_create("breaks");
	TCase *tcase;

	tcase = harness_case(suite, "files", 60);
	tcase_add_loop_test(tcase, one_file_that_breaks_every_connection, 0,
	    (int)HARNESS_ROWS(orders));
	tcase_add_test(tcase, a_file_that_breaks_two_connections);
	tcase_add_test(tcase, two_such_files_in_a_row);
	tcase_add_test(tcase, a_digest_that_is_never_right);
	tcase = harness_case(suite, "unasked", 120);
	tcase_add_test(tcase, endless_unrequested_replies);
	return suite;
}
