/*
 * fileserv is killed at random moments and restarted at once on the same port,
 * 500 kills in all, while fileget --retry goes on. Several pairs run side by
 * side, because fileget waits a second before each new try.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

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
	KILLED_PAIRS = 16,
	KILLED_FILE = 8 * 1024 * 1024, /* bytes */
	KILLED_FILES = 48,
	KILLED_SMALL = 64 * 1024,
};

/* Time in which each server of a round is killed once. */
#define KILLED_SPAN (1200 * CLOCK_MS)

static struct goods file, pieces, tree;

struct work {
	const char *row;
	const struct goods *goods;
	const char *args[5];
	const char *rate; /* rate limit of a connection, bytes/s */
};

static const struct work works[] = {
    {"file", &file, {"f"}, "2500k"},
    {"tree", &tree, {"-r", "-u", "t"}, "1M"},
    {"unverified", &file, {"--no-verify", "f"}, "2500k"},
    {"pieces", &pieces, {"-j3", "p"}, "8M"},
    {"a slow one", &file, {"f"}, "1500k"},
    {"tree, three connections", &tree, {"-r", "-u", "-j3", "t"}, "400k"},
};

struct pair {
	const struct work *work;
	char folder[16];
	char port[8];
	struct server server;
	struct program client;
};

static struct pair *pairs;

struct tally {
	unsigned kills;
	unsigned inside; /* kills that cut a connection */
	unsigned finished;
	unsigned refused; /* clients without a first connection */
};

static struct tally tally;

static void
prepare(void)
{
	char name[32], path[40];
	unsigned i;

	goods_add(&file, "f", "newf", KILLED_FILE, true);
	goods_add(&pieces, "p", "newp", PIECES_LEAST, true);
	for (i = 0; i < KILLED_FILES; i++) {
		snprintf(name, sizeof(name), "t/d%u/f%u", i % 6, i);
		snprintf(path, sizeof(path), "new%s", name);
		goods_add(&tree, name, path, KILLED_SMALL, i % 3 == 0);
	}
}

/* Starts the client in a folder of its own. */
static void
start_client(struct pair *pair)
{
	const char *args[12] = {"-v", "--retry=100", "-P"};
	const char *const *arg;
	size_t n = 3;

	args[n++] = pair->folder + strlen("here/");
	for (arg = pair->work->args; *arg != NULL; arg++)
		args[n++] = *arg;
	client_start(&pair->client, pair->server.port, args, NULL);
}

static void
start_pair(struct pair *pair, unsigned number)
{
	pair->work = &works[number % HARNESS_ROWS(works)];
	snprintf(pair->folder, sizeof(pair->folder), "here/%u", number);
	scratch_mkdir(pair->folder);
	goods_put_old(pair->work->goods, pair->folder);
	server_start(&pair->server,
	    HERE_LIST("-q", "--limit-rate", pair->work->rate));
	snprintf(pair->port, sizeof(pair->port), "%u", pair->server.port);
	start_client(pair);
}

/* Returns how often the client has announced another try. */
static unsigned
count_breaks(struct pair *pair)
{
	const char *at = program_err(&pair->client);
	unsigned n = 0;

	while ((at = strstr(at, "trying again")) != NULL) {
		at++;
		n++;
	}
	return n;
}

/* The client ended: checks the files it fetched and starts it again. */
static void
finish_client(struct pair *pair)
{
	const struct work *work = pair->work;
	int code = program_wait(&pair->client, 4 * WAIT_LIMIT);

	tally.inside += count_breaks(pair);
	/* The first connection of a run is not retried. */
	if (code == 3) {
		ck_assert_msg(count_breaks(pair) == 0, "%s: given up:\n%.3000s",
		    work->row, program_err(&pair->client));
		tally.refused++;
		goods_expect_sound(work->goods, pair->folder, work->row);
		return;
	}
	ck_assert_msg(code == 0, "%s: exit %d:\n%.3000s", work->row, code,
	    program_err(&pair->client));
	goods_expect_new(work->goods, pair->folder, work->row);
	tally.finished++;
	goods_clear(pair->folder);
	goods_put_old(work->goods, pair->folder);
}

/* Restarts the server on the same port, which its connections still occupy. */
static void
kill_server(struct pair *pair, const char *rate)
{
	program_kill(&pair->server.program);
	tally.kills++;
	server_start(&pair->server,
	    HERE_LIST("-q", "--limit-rate", rate, "-p", pair->port));
}

/* Restarts clients that finish meanwhile. */
static void
await_and_kill(struct pair *pair, int64_t moment)
{
	int64_t left = moment - clock_now();

	while (chance_wait(&pair->client, left > 0 ? left : 0)) {
		finish_client(pair);
		start_client(pair);
		left = (int64_t)chance_below((uint64_t)KILLED_SPAN / 4);
	}
	kill_server(pair, pair->work->rate);
}

struct turn {
	int64_t moment;
	struct pair *pair;
};

static int
compare_turns(const void *a, const void *b)
{
	const struct turn *turn_a = a, *turn_b = b;

	return (turn_a->moment > turn_b->moment) -
	    (turn_a->moment < turn_b->moment);
}

/* Kills each server once, at a random moment. */
static void
run_round(void)
{
	struct turn turns[KILLED_PAIRS];
	int64_t start = clock_now();
	unsigned i;

	for (i = 0; i < KILLED_PAIRS; i++) {
		turns[i].pair = &pairs[i];
		turns[i].moment =
		    start + (int64_t)chance_below((uint64_t)KILLED_SPAN);
	}
	qsort(turns, KILLED_PAIRS, sizeof(turns[0]), compare_turns);
	for (i = 0; i < KILLED_PAIRS; i++)
		await_and_kill(turns[i].pair, turns[i].moment);
}

/* Lets the current downloads finish. */
static void
let_finish(struct pair *pair)
{
	kill_server(pair, "10G");
	finish_client(pair);
	server_stop(&pair->server);
}

START_TEST(killed_while_fetching)
{
	unsigned i, kills = chance_rounds(500);

	chance_open("killed server");
	prepare();
	pairs = calloc(KILLED_PAIRS, sizeof(*pairs));
	ck_assert_ptr_nonnull(pairs);
	for (i = 0; i < KILLED_PAIRS; i++)
		start_pair(&pairs[i], i);
	do
		run_round();
	while (tally.kills + KILLED_PAIRS < kills);
	for (i = 0; i < KILLED_PAIRS; i++)
		let_finish(&pairs[i]);
	free(pairs);
	fprintf(stderr,
	    "killed server: %u kills, %u breaks of connections, %u times to "
	    "the end, %u not even begun\n",
	    tally.kills, tally.inside, tally.finished, tally.refused);
	ck_assert_uint_gt(tally.inside, 0);
	ck_assert_uint_gt(tally.finished, 0);
}
END_TEST

Suite *
killed_server_suite(void)
{
	Suite *suite = suite_create("killed_server");
	TCase *tcase;

	tcase = harness_case(suite, "killed", 600);
	tcase_add_test(tcase, killed_while_fetching);
	return suite;
}
