/*
 * fileget is killed at random moments and started again until it finishes, 500
 * kills in all. Each name keeps its older file until the new one is whole, and
 * each run resumes from the one before. The server's rate limit makes most
 * kills hit a transfer; the share that did is printed.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "common/text.h"
#include "tests/crash/chance.h"
#include "tests/crash/goods.h"
#include "tests/crash/suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/wait.h"

enum {
	KILLED_FILE = 6 * 1024 * 1024, /* bytes */
	KILLED_FILES = 64,
	KILLED_SMALL = 32 * 1024,
};

static struct goods goods;
static struct server server;
static struct program client;

/* ---- files to fetch ---------------------------------------------------- */

static void
prepare_file(void)
{
	goods_add(&goods, "f", "newf", KILLED_FILE, true);
}

static void
prepare_pieces(void)
{
	goods_add(&goods, "f", "newf", PIECES_LEAST, true);
}

/* Small and large files, some with an older file. */
static void
prepare_tree(void)
{
	char name[32], path[40];
	unsigned i;

	for (i = 0; i < KILLED_FILES; i++) {
		snprintf(name, sizeof(name), "t/d%u/f%u", i % 8, i);
		snprintf(path, sizeof(path), "new%s", name);
		goods_add(&goods, name, path,
		    i % 16 == 0 ? KILLED_SMALL * 32 : KILLED_SMALL, i % 3 == 0);
	}
}

/* The same names as a file of sums. */
static void
prepare_sums(void)
{
	char name[32], path[40], hex[2 * SHA256_DIGEST_LENGTH + 1];
	char line[2 * sizeof(hex)];
	unsigned i;

	scratch_text("SUMS", "");
	for (i = 0; i < KILLED_FILES; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		snprintf(path, sizeof(path), "newf%u", i);
		goods_add(&goods, name, path, (i % 8 + 1) * KILLED_SMALL,
		    i % 3 == 0);
		text_hex(goods.all[i].fresh.bytes, SHA256_DIGEST_LENGTH, hex);
		snprintf(line, sizeof(line), "%s  %s\n", hex, name);
		scratch_append("SUMS", line);
	}
}

struct work {
	const char *row;
	void (*prepare)(void);
	const char *args[5];
	const char *rate; /* rate limits of the server, bytes/s */
	unsigned kills;	  /* share of the 500 kills */
	int64_t span;	  /* ns within which a run is killed */
	bool is_one;	  /* a single file with one part */
};

/* Each takes about seven runs. */
static const struct work works[] = {
    {"file", prepare_file, {"--json", "f"}, "32M", 120, 60 * CLOCK_MS, true},
    {"unverified", prepare_file, {"--json", "--no-verify", "f"}, "32M", 80,
	60 * CLOCK_MS, true},
    {"tree", prepare_tree, {"-r", "-u", "t"}, "32M", 100, 60 * CLOCK_MS, false},
    {"sums", prepare_sums, {"-c", "../SUMS"}, "32M", 100, 100 * CLOCK_MS,
	false},
    {"pieces", prepare_pieces, {"-j3", "f"}, "100M", 60, 200 * CLOCK_MS, false},
    {"tree, three connections", prepare_tree, {"-r", "-u", "-j3", "t"}, "16M",
	40, 60 * CLOCK_MS, false},
};

/* ---- killed until done -------------------------------------------------- */

struct tally {
	unsigned kills;
	unsigned inside; /* kills while bytes arrived */
	unsigned rounds; /* finished downloads */
};

static uint64_t
part_size(void)
{
	char part[NAME_MAX + 1], name[NAME_MAX + 8];
	struct stat st;

	if (here_find_part("here", part) == 0)
		return 0;
	snprintf(name, sizeof(name), "here/%s", part);
	return fstatat(scratch_fd(), name, &st, 0) == 0 ? (uint64_t)st.st_size :
							  0;
}

/* Checks, by the bytes that --json reports as received, that no byte of a part
 * file was sent again. */
static void
expect_resumed(const struct work *work, uint64_t here)
{
	const char *at = strstr(program_out(&client), "\"received\":");

	ck_assert_msg(at != NULL, "%s: %s", work->row, program_out(&client));
	ck_assert_msg(strtoull(at + strlen("\"received\":"), NULL, 10) ==
		goods.size - here,
	    "%s: with %llu bytes here: %s", work->row, (unsigned long long)here,
	    program_out(&client));
}

/* One run. Returns whether it finished. */
static bool
run_once(const struct work *work, struct tally *tally, bool may_kill)
{
	uint64_t part = work->is_one ? part_size() : 0;
	uint64_t bytes = goods_bytes_in("here");
	bool ended = true;
	int code;

	client_start(&client, server.port, work->args, NULL);
	if (may_kill) {
		ended = chance_wait(&client,
		    (int64_t)chance_below((uint64_t)work->span));
		if (!ended)
			program_signal(&client, SIGKILL);
	}
	code = program_wait(&client, 2 * WAIT_LIMIT);
	if (code == -SIGKILL) {
		ck_assert(!ended);
		tally->kills++;
		tally->inside += goods_bytes_in("here") != bytes;
		goods_expect_sound(&goods, "here", work->row);
		return false;
	}
	ck_assert_msg(code == 0, "%s: exit %d:\n%.3000s", work->row, code,
	    program_err(&client));
	if (work->is_one)
		expect_resumed(work, part);
	return true;
}

/* Runs until the download is finished, starting with the older files or
 * none. */
static void
run_round(const struct work *work, struct tally *tally, unsigned kills)
{
	goods_clear("here");
	goods_put_old(&goods, "here");
	while (!run_once(work, tally, tally->kills < kills))
		continue;
	goods_expect_new(&goods, "here", work->row);
	tally->rounds++;
}

START_TEST(killed_until_done)
{
	const struct work *work = &works[_i];
	struct tally tally = {0, 0, 0};
	unsigned kills = chance_rounds(work->kills);
	unsigned most = 32 * kills;
	struct pieces_sent sent;
	double times;

	chance_open(work->row);
	work->prepare();
	server_start(&server,
	    HERE_LIST("--log-format", "json", "--limit-rate", work->rate));
	while (tally.kills < kills) {
		run_round(work, &tally, kills);
		/* All kills may have come before the first byte. */
		if (tally.kills >= kills && tally.inside == 0 && kills < most)
			kills *= 2;
	}
	server_stop(&server);
	sent = pieces_sent(&server, "FETCH");
	times = (double)sent.bytes / (double)goods.size;
	fprintf(stderr,
	    "%s: %u kills, %u while bytes came; %u times to the end, for which "
	    "%.1f times its bytes were sent\n",
	    work->row, tally.kills, tally.inside, tally.rounds, times);
	ck_assert_uint_gt(tally.inside, 0);
	/* A client that does not resume would not finish at all. */
	ck_assert_msg(times < (tally.rounds + tally.kills) / 2.0 + 1,
	    "%s: %.1f times its bytes in %u runs", work->row, times,
	    tally.rounds + tally.kills);
}
END_TEST

Suite *
killed_client_suite(void)
{
	Suite *suite = suite_create("killed_client");
	int i;

	for (i = 0; i < (int)HARNESS_ROWS(works); i++)
		tcase_add_loop_test(harness_case(suite, works[i].row, 600),
		    killed_until_done, i, i + 1);
	return suite;
}
