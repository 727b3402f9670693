/*
 * Trees over connections that break or are slow, servers without free places,
 * killed clients and full disks: the files that arrive in the end are right.
 */

#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/harness/apart.h"
#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/relay.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	BREAKS_CUTS = HARNESS_SLOW ? 8 : 24,
	BREAKS_KILLS = HARNESS_SLOW ? 4 : 12,
};

static struct program client;
static struct server server;
static struct relay relay;

/* Makes 200 files in folders, 2 MB in all. */
static void
make_tree(void)
{
	char name[64];
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "served/t/d%d/sub", i);
		tree_fill_many(name, 9);
		snprintf(name, sizeof(name), "served/t/d%d/f", i);
		tree_fill(name, 100000, (uint64_t)i);
		tree_dress(name, 0640, i);
		snprintf(name, sizeof(name), "served/t/d%d", i);
		tree_dress(name, 0755, i);
	}
}

static void
next_target(int round)
{
	char name[32];

	snprintf(name, sizeof(name), "outside/done%d", round);
	scratch_rename("here/newt", name);
}

/* A break after each byte: in a list, a header, a body or a trailer. */
START_TEST(cut_at_any_byte)
{
	static unsigned short state[3] = {7, 8, 9};
	int64_t cut;
	int round;

	make_tree();
	server_start(&server, NULL);
	for (round = 0; round < BREAKS_CUTS; round++) {
		cut = 1 + (round < 12 ? round * 37 : nrand48(state) % 2000000);
		relay_start(&relay, server.port, 0, cut);
		here_get(&client, relay.port, 0, "cut",
		    round % 3 == 2 ? HERE_LIST("-rq", "-j3", "t") :
				     HERE_LIST("-rq", "t"));
		ck_assert_uint_ge(atomic_load(&relay.taken), 2);
		tree_expect_same("here/newt", "served/t", "cut");
		relay_stop(&relay);
		next_target(round);
	}
	server_stop(&server);
}
END_TEST

/* With --retry 0 the run fails; then the same command continues. */
START_TEST(cut_and_run_again)
{
	static unsigned short state[3] = {3, 8, 9};
	int round, code;

	make_tree();
	server_start(&server, NULL);
	for (round = 0; round < BREAKS_CUTS; round++) {
		relay_start(&relay, server.port, 0,
		    1 + nrand48(state) % 2000000);
		client_start(&client, relay.port,
		    HERE_LIST("-rq", "--retry=0", "t"), NULL);
		code = program_wait(&client, WAIT_LIMIT);
		ck_assert_msg(code == 6, "exit %d", code);
		relay_stop(&relay);
		here_get(&client, server.port, 0, "again",
		    HERE_LIST("-ruq", "t"));
		tree_expect_same("here/newt", "served/t", "again");
		next_target(round);
	}
	server_stop(&server);
}
END_TEST

static unsigned
count_fetches(void)
{
	char *log, *at;
	unsigned n = 0;
	size_t len;

	log = scratch_read(server.program.err_name, &len);
	ck_assert_ptr_nonnull(log);
	for (at = log; (at = strstr(at, "\"verb\":\"FETCH\"")) != NULL; at++)
		n++;
	free(log);
	return n;
}

struct moment {
	unsigned fetches;
};

static bool
has_come(void *argument)
{
	const struct moment *moment = argument;

	return program_ended(&client) || count_fetches() >= moment->fetches;
}

/* After a kill each published file is complete, and the next run fetches only
 * the missing ones. */
START_TEST(client_killed_at_any_moment)
{
	static unsigned short state[3] = {3, 4, 9};
	unsigned before, missing, descriptors, killed = 0;
	struct moment moment;
	int round;

	make_tree();
	server_start(&server, HERE_LIST("--log-format=json"));
	descriptors = server_descriptors(&server);
	for (round = 0; round < BREAKS_KILLS; round++) {
		moment.fetches =
		    count_fetches() + 1 + (unsigned)(nrand48(state) % 180);
		client_start(&client, server.port,
		    round % 3 == 2 ? HERE_LIST("-rq", "-j3", "t") :
				     HERE_LIST("-rq", "t"),
		    NULL);
		ck_assert(wait_until(has_come, &moment, WAIT_LIMIT));
		program_signal(&client, SIGKILL);
		killed += program_wait(&client, WAIT_LIMIT) == -SIGKILL;
		/* Its connections have ended, so the log is complete. */
		ck_assert(server_await_descriptors(&server, descriptors));
		missing = 200;
		if (scratch_exists("here/newt"))
			missing -= tree_count_ending("here/newt", "f") +
			    tree_count_ending("here/newt", "f0") +
			    tree_count_ending("here/newt", "f1") +
			    tree_count_ending("here/newt", "f2") +
			    tree_count_ending("here/newt", "f3") +
			    tree_count_ending("here/newt", "f4") +
			    tree_count_ending("here/newt", "f5") +
			    tree_count_ending("here/newt", "f6") +
			    tree_count_ending("here/newt", "f7") +
			    tree_count_ending("here/newt", "f8");
		before = count_fetches();
		here_get(&client, server.port, 0, "again",
		    HERE_LIST("-ruq", "t"));
		ck_assert_msg(count_fetches() - before <= missing,
		    "%u were fetched, and %u missing", count_fetches() - before,
		    missing);
		tree_expect_same("here/newt", "served/t", "again");
		next_target(round);
	}
	ck_assert_uint_gt(killed, 0);
	server_stop(&server);
}
END_TEST

START_TEST(interrupted)
{
	struct moment moment = {100};

	make_tree();
	server_start(&server, HERE_LIST("--log-format=json"));
	client_start(&client, server.port,
	    HERE_LIST("-r", "--limit-rate=500k", "t"), NULL);
	ck_assert(wait_until(has_come, &moment, WAIT_LIMIT));
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "interrupted");
	here_get(&client, server.port, 0, "again", HERE_LIST("-ru", "t"));
	tree_expect_same("here/newt", "served/t", "again");
	server_stop(&server);
}
END_TEST

/* fileget tries again until the other clients have gone. */
START_TEST(busy)
{
	int other;

	make_tree();
	server_start(&server, HERE_LIST("--max-connections=1"));
	other = wire_connect(server.port);
	wire_send(other, "\0", 1);
	here_get(&client, server.port, 11, "busy",
	    HERE_LIST("-rq", "--retry=0", "t"));
	client_start(&client, server.port, HERE_LIST("-r", "t"), NULL);
	program_await_err(&client, "busy");
	close(other);
	here_expect_exit(&client, 0, "no longer");
	tree_expect_same("here/newt", "served/t", "no longer");
	server_stop(&server);
}
END_TEST

/* With 50 ms for each round trip everything arrives; the time is not limited.
 */
START_TEST(long_round_trips)
{
	char name[64];
	int i;

	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "served/t/d%d", i);
		tree_fill_many(name, 250);
	}
	server_start(&server, NULL);
	relay_start(&relay, server.port, 25 * CLOCK_MS, -1);
	here_get(&client, relay.port, 0, "a long way", HERE_LIST("-rq", "t"));
	tree_expect_same("here/newt", "served/t", "a long way");
	relay_stop(&relay);
	server_stop(&server);
}
END_TEST

/* ---- the target --------------------------------------------------------- */

/* Files that fit are complete; of the others at most a part file is left, which
 * the next run continues. */
START_TEST(disk_full)
{
	char here[SCRATCH_PATH];

	if (mount("none", scratch_path(here, "here"), "tmpfs", 0, "size=1m") !=
	    0) {
		harness_skip("disk_full", strerror(errno));
		return;
	}
	make_tree();
	server_start(&server, NULL);
	here_get(&client, server.port, 10, "full", HERE_LIST("-rq", "t"));
	ck_assert(tree_count_ending("here", "/f") > 0);
	ck_assert_int_eq(mount("none", here, "tmpfs", MS_REMOUNT, "size=20m"),
	    0);
	here_get(&client, server.port, 0, "room", HERE_LIST("-ruq", "t"));
	tree_expect_same("here/newt", "served/t", "room");
	ck_assert_uint_eq(tree_count_ending("here", ".part"), 0);
	server_stop(&server);
	ck_assert_int_eq(umount2(here, MNT_DETACH), 0);
}
END_TEST

START_TEST(read_only_target)
{
	scratch_mkdir("here/newt");
	make_tree();
	server_start(&server, NULL);
	tree_dress("here", 0555, 1);
	here_start_after(&client, server.port, HERE_LIST("-rqk", "t"),
	    here_drop_power);
	here_expect_exit(&client, 10, "read-only");
	ck_assert_uint_eq(tree_count("here"), 1);
	/* A folder of our own is made writable, as rsync does. */
	tree_dress("here/newt", 0555, 1);
	here_start_after(&client, server.port, HERE_LIST("-rq", "t"),
	    here_drop_power);
	here_expect_exit(&client, 0, "a folder of ours");
	tree_expect_same("here/newt", "served/t", "a folder of ours");
	tree_dress("here", 0755, 1);
	server_stop(&server);
}
END_TEST

Suite *
tree_breaks_suite(void)
{
	Suite *suite = suite_create("tree_breaks");
	TCase *tcase;

	tcase = harness_case(suite, "broken", 240);
	tcase_add_test(tcase, cut_at_any_byte);
	tcase_add_test(tcase, cut_and_run_again);
	tcase_add_test(tcase, client_killed_at_any_moment);
	tcase_add_test(tcase, interrupted);
	tcase_add_test(tcase, busy);
	tcase_add_test(tcase, long_round_trips);
	tcase_add_test(tcase, read_only_target);
	tcase = apart_case(suite, "full disk", 60);
	tcase_add_test(tcase, disk_full);
	return suite;
}
