/*
 * The power fails (simulated, see disk.h). Once fileget --fsync has exited with
 * 0, everything survives; at any earlier moment each name holds the older file
 * or the whole new one. The control shows that neither is true without --fsync.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "common/text.h"
#include "tests/crash/chance.h"
#include "tests/crash/disk.h"
#include "tests/crash/goods.h"
#include "tests/crash/suites.h"
#include "tests/harness/apart.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/wait.h"

enum {
	POWER_LARGE = 3 * 1024 * 1024, /* bytes */
	POWER_SMALL = 20 * 1024,
	POWER_FILES = 24,
	POWER_AFTER = 50, /* rounds with a cut right after exit 0 */
	POWER_DURING = 200,
	POWER_CONTROL = 20,
	POWER_ARGS = 8,
};

static struct goods large, small, tree, huge;
static struct server server;
static struct program client;

/* Names, and their checksums. */
static void
list_small(void)
{
	char hex[2 * SHA256_DIGEST_LENGTH + 1], line[2 * sizeof(hex)];
	unsigned i;

	scratch_text("NAMES", "");
	scratch_text("SUMS", "");
	for (i = 0; i < small.n; i++) {
		snprintf(line, sizeof(line), "s%u\n", i);
		scratch_append("NAMES", line);
		text_hex(small.all[i].fresh.bytes, SHA256_DIGEST_LENGTH, hex);
		snprintf(line, sizeof(line), "%s  s%u\n", hex, i);
		scratch_append("SUMS", line);
	}
}

static void
prepare(void)
{
	char name[32], path[40];
	unsigned i;

	memset(&large, 0, sizeof(large));
	goods_add(&large, "l", "newl", POWER_LARGE, true);
	goods_add(&large, "m", "newm", POWER_LARGE, false);
	for (i = 0; i < POWER_FILES; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		snprintf(path, sizeof(path), "new%s", name);
		goods_add(&small, name, path, POWER_SMALL, i % 2 == 0);
		snprintf(name, sizeof(name), "t/d%u/e%u/f%u", i % 5, i % 3, i);
		snprintf(path, sizeof(path), "new%s", name);
		goods_add(&tree, name, path,
		    i % 12 == 0 ? POWER_LARGE / 2 : POWER_SMALL,
		    i % 5 == 1 && i % 2 == 0);
	}
	goods_add(&huge, "h", "newh", PIECES_LEAST, true);
	list_small();
	server_start(&server, HERE_LIST("-q"));
}

struct work {
	const char *row;
	const struct goods *goods;
	const char *args[6];
};

static const struct work works[] = {
    {"large", &large, {"l", "m"}},
    {"small", &small, {"-i", "../NAMES"}},
    {"tree", &tree, {"-r", "t"}},
    {"unverified", &large, {"--no-verify", "l", "m"}},
    {"tree, three connections", &tree, {"-r", "-u", "-j3", "t"}},
    {"pieces", &huge, {"-j3", "h"}},
};

/* Empties the folders, as before the first fetch. */
static void
begin_round(const struct work *work)
{
	goods_clear("here");
	goods_put_old(work->goods, "here");
	disk_settle();
}

static void
start(const struct work *work, const char *option)
{
	const char *args[POWER_ARGS] = {option};

	memcpy(args + 1, work->args, sizeof(work->args));
	client_start(&client, server.port, args, NULL);
}

static void
run_to_end(const struct work *work, const char *option)
{
	start(work, option);
	here_expect_exit(&client, 0, work->row);
}

static void
fail_power(bool disturb)
{
	if (disturb)
		disk_disturb();
	disk_cut();
}

/* ---- right after exit 0 ------------------------------------------------- */

START_TEST(right_after_exit)
{
	unsigned round, rounds = chance_rounds(POWER_AFTER);
	const struct work *work;

	if (!disk_open("right_after_exit"))
		return;
	prepare();
	for (round = 0; round < rounds; round++) {
		work = &works[round % HARNESS_ROWS(works)];
		begin_round(work);
		run_to_end(work, "--fsync");
		fail_power(round % 2 == 1);
		disk_mount_again();
		goods_expect_new(work->goods, "here", work->row);
	}
	fprintf(stderr, "power, right after exit 0: %u of %u whole\n", round,
	    rounds);
	server_stop(&server);
	disk_close();
}
END_TEST

/* A run without --fsync, followed by one with it that finds the files. */
static const struct work twice[] = {
    {"tree there", &tree, {"-r", "-u", "t"}},
    {"sums there", &small, {"-c", "../SUMS"}},
};

START_TEST(what_was_here_already)
{
	const struct work *work = &twice[_i];

	if (!disk_open("what_was_here_already"))
		return;
	prepare();
	begin_round(work);
	run_to_end(work, "-q");
	run_to_end(work, "--fsync");
	fail_power(true);
	disk_mount_again();
	goods_expect_new(work->goods, "here", work->row);
	server_stop(&server);
	disk_close();
}
END_TEST

/* ---- at any moment ------------------------------------------------------ */

struct tally {
	unsigned running; /* cuts while fileget ran */
	unsigned fresh;	  /* new files found */
	unsigned other;
};

/* Returns the time of an undisturbed run, ns. */
static int64_t
measure(const struct work *work)
{
	int64_t start_time;

	begin_round(work);
	start_time = clock_now();
	run_to_end(work, "--fsync");
	return clock_now() - start_time;
}

static void
cut_during(const struct work *work, int64_t span, struct tally *tally)
{
	unsigned fresh;
	bool ended;

	begin_round(work);
	start(work, "--fsync");
	ended = chance_wait(&client, (int64_t)chance_below((uint64_t)span));
	fail_power(chance_below(2) == 1);
	(void)program_wait(&client, 2 * WAIT_LIMIT);
	disk_mount_again();
	fresh = goods_expect_sound(work->goods, "here", work->row);
	ck_assert(!ended || fresh == work->goods->n);
	tally->running += !ended;
	tally->fresh += fresh;
	tally->other += (unsigned)work->goods->n - fresh;
}

START_TEST(at_any_moment)
{
	unsigned round, rounds = chance_rounds(POWER_DURING);
	int64_t spans[HARNESS_ROWS(works)];
	struct tally tally = {0, 0, 0};
	unsigned i;

	if (!disk_open("at_any_moment"))
		return;
	chance_open("power, at any moment");
	prepare();
	for (i = 0; i < HARNESS_ROWS(works); i++)
		spans[i] = measure(&works[i]);
	for (round = 0; round < rounds; round++) {
		i = round % HARNESS_ROWS(works);
		cut_during(&works[i], spans[i], &tally);
		/* Resume from the files that survived. */
		if (round % 3 != 0)
			continue;
		run_to_end(&works[i], "-q");
		goods_expect_new(works[i].goods, "here", works[i].row);
	}
	fprintf(stderr,
	    "power, at any moment: %u rounds, %u within a run; %u files new, "
	    "%u old or not there\n",
	    round, tally.running, tally.fresh, tally.other);
	ck_assert_uint_gt(tally.running, 0);
	server_stop(&server);
	disk_close();
}
END_TEST

/* ---- the control -------------------------------------------------------- */

/* Without --fsync, files are lost or damaged under their final names. */
START_TEST(control_without_fsync)
{
	unsigned round, rounds = 1 + chance_rounds(POWER_CONTROL - 1);
	unsigned lost = 0, wrong = 0;
	const struct work *work;

	if (!disk_open("control_without_fsync"))
		return;
	prepare();
	for (round = 0; round < rounds; round++) {
		work = &works[round % (HARNESS_ROWS(works) - 1)];
		begin_round(work);
		run_to_end(work, "-q");
		fail_power(round % 2 == 1);
		disk_mount_again();
		lost += goods_count(work->goods, "here", GOODS_NEW) <
		    work->goods->n;
		wrong += goods_count(work->goods, "here", GOODS_WRONG) > 0;
	}
	fprintf(stderr,
	    "power, without --fsync: %u of %u runs lost something, %u with a "
	    "wrong file under a final name\n",
	    lost, round, wrong);
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_gt(wrong, 0);
	server_stop(&server);
	disk_close();
}
END_TEST

Suite *
power_suite(void)
{
	Suite *suite = suite_create("power");
	TCase *tcase;

	tcase = apart_case(suite, "after exit", 600);
	tcase_add_test(tcase, right_after_exit);
	tcase_add_loop_test(tcase, what_was_here_already, 0,
	    (int)HARNESS_ROWS(twice));
	tcase = apart_case(suite, "any moment", 600);
	tcase_add_test(tcase, at_any_moment);
	tcase = apart_case(suite, "control", 300);
	tcase_add_test(tcase, control_without_fsync);
	return suite;
}
