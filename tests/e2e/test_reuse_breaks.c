/*
 * --reuse while something changes or breaks: the older copy, the server's file,
 * the connection, the run itself. The bytes are right in the end.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/relay.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

#define BLOCK (1024 * 1024) /* bytes that are compared at a time */
#define N     40	    /* blocks of the file, the last one shorter */
#define SIZE  (N * BLOCK - 12345)
#define SEED  7
#define EVERY 8 /* blocks: the first of so many is not in the older copy */

/* The blocks that have to be fetched take a second; those compared first do not
 * wait for them. */
#define SLOWLY HERE_LIST("--log-format", "json", "--limit-rate", "4M")
#define LOGGED HERE_LIST("--log-format", "json")

static struct program client;
static struct server server;

/* Makes the served file and the older copy here. */
static void
make_files(void)
{
	uint64_t block;

	scratch_fill("served/f", SIZE, SEED);
	scratch_age("served/f");
	sum_file(&pieces_served, "served/f", 0, UINT64_MAX);
	scratch_fill("here/newf", SIZE, SEED);
	for (block = 0; block < N; block += EVERY)
		scratch_overwrite("here/newf", block * BLOCK + 4321, 1, 99);
}

/* Returns the number of blocks that the map of the part file marks. */
static unsigned
count_marks(void)
{
	char part[NAME_MAX + 1], path[NAME_MAX + 8];
	uint8_t marks[N] = {0};
	unsigned n = 0, i;
	int fd;

	if (here_find_part("here", part) == 0)
		return 0;
	snprintf(path, sizeof(path), "here/%s", part);
	fd = openat(scratch_fd(), path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, marks, N, SIZE + PIECES_HEAD) != N)
		memset(marks, 0, N);
	if (fd >= 0)
		close(fd);
	for (i = 0; i < N; i++)
		n += marks[i] != 0;
	return n;
}

static bool
has_marks(void *least)
{
	return count_marks() >= *(unsigned *)least;
}

/* Starts a slow run, and waits until 20 blocks are here. */
static void
start_slowly(const char *const *args)
{
	unsigned least = 20;

	server_start(&server, SLOWLY);
	client_start(&client, server.port, args, NULL);
	ck_assert_msg(wait_until(has_marks, &least, WAIT_LIMIT),
	    "20 blocks never came");
}

static const char *const one[] = {"--reuse", "-v", "f", NULL};
static const char *const four[] = {"--reuse", "-v", "-j4", "f", NULL};
static const char *const *const runs[] = {one, four};

/* Blocks that are compared from now on have other bytes; those that were copied
 * are in the new file already. */
START_TEST(older_copy_rewritten)
{
	make_files();
	start_slowly(runs[_i]);
	scratch_overwrite("here/newf", 0, SIZE, SEED + 1);
	here_expect_exit(&client, 0, "rewritten");
	server_stop(&server);
	pieces_expect_file("rewritten", "newf");
}
END_TEST

START_TEST(older_copy_cut)
{
	make_files();
	start_slowly(runs[_i]);
	scratch_sparse("here/newf", 0);
	here_expect_exit(&client, 0, "cut");
	server_stop(&server);
	pieces_expect_file("cut", "newf");
}
END_TEST

START_TEST(older_copy_removed)
{
	make_files();
	start_slowly(runs[_i]);
	scratch_remove("here/newf");
	here_expect_exit(&client, 0, "removed");
	server_stop(&server);
	pieces_expect_file("removed", "newf");
}
END_TEST

/* Blocks that were copied are the file's no longer. */
START_TEST(served_file_rewritten)
{
	make_files();
	start_slowly(runs[_i]);
	scratch_overwrite("served/f", 1 * BLOCK + 7, 2 * BLOCK, SEED + 1);
	sum_file(&pieces_served, "served/f", 0, UINT64_MAX);
	here_expect_exit(&client, 0, "rewritten");
	server_stop(&server);
	pieces_expect_file("rewritten", "newf");
}
END_TEST

/* A server keeps a file open for a connection: all of the earlier file is as
 * right as all of the later one. */
START_TEST(served_file_replaced)
{
	struct sum earlier, got;

	make_files();
	earlier = pieces_served;
	start_slowly(runs[_i]);
	scratch_fill("served/g", SIZE - 5, SEED + 1);
	scratch_rename("served/g", "served/f");
	sum_file(&pieces_served, "served/f", 0, UINT64_MAX);
	here_expect_exit(&client, 0, "replaced");
	server_stop(&server);
	sum_file(&got, "here/newf", 0, UINT64_MAX);
	if (memcmp(&got, &earlier, sizeof(got)) == 0)
		pieces_served = earlier;
	pieces_expect_file("replaced", "newf");
}
END_TEST

START_TEST(connection_broken)
{
	struct relay relay;

	make_files();
	server_start(&server, LOGGED);
	relay_start(&relay, server.port, 0, 3 * BLOCK + 999);
	here_get(&client, relay.port, 0, "broken", runs[_i]);
	relay_stop(&relay);
	server_stop(&server);
	pieces_expect_file("broken", "newf");
}
END_TEST

/* ---- resumed ------------------------------------------------------------- */

static const struct {
	const char *row;
	int signal;
	const char *args[3]; /* of the next run */
} resumed[] = {
    {"interrupted", SIGINT, {"--reuse"}},
    {"killed", SIGKILL, {"--reuse"}},
    {"killed, then -j", SIGKILL, {"--reuse", "-j4"}},
    {"killed, then without", SIGKILL, {"-v"}},
    {"killed, then -j without", SIGKILL, {"-j4"}},
};

/* The older copy stays; what is here is proved, and not fetched again. */
START_TEST(run_ended)
{
	struct sum old, kept;
	struct pieces_sent sent;
	unsigned marks, most;

	make_files();
	sum_file(&old, "here/newf", 0, UINT64_MAX);
	start_slowly(one);
	program_signal(&client, resumed[_i].signal);
	(void)program_wait(&client, WAIT_LIMIT);
	server_stop(&server);
	sum_file(&kept, "here/newf", 0, UINT64_MAX);
	sum_expect(&kept, &old, "the older copy");
	marks = count_marks();
	ck_assert_uint_ge(marks, 20);
	server_start(&server, LOGGED);
	here_get(&client, server.port, 0, resumed[_i].row,
	    HERE_LIST("f", resumed[_i].args[0], resumed[_i].args[1]));
	server_stop(&server);
	pieces_expect_file(resumed[_i].row, "newf");
	sent = pieces_sent(&server, "FETCH");
	most =
	    strcmp(resumed[_i].args[0], "--reuse") == 0 ? N / EVERY : N - marks;
	ck_assert_msg(sent.n <= most, "%s: %u blocks fetched, %u here",
	    resumed[_i].row, sent.n, marks);
}
END_TEST

static bool
has_bytes(void *least)
{
	char part[NAME_MAX + 1], path[NAME_MAX + 8];
	struct stat stat;

	if (here_find_part("here", part) == 0)
		return false;
	snprintf(path, sizeof(path), "here/%s", part);
	return fstatat(scratch_fd(), path, &stat, 0) == 0 &&
	    stat.st_size >= *(int *)least;
}

/* The part file of a run without --reuse is one more copy. */
START_TEST(part_of_one_connection)
{
	int least = 10 * BLOCK;

	make_files();
	scratch_overwrite("here/newf", 0, 30 * BLOCK, SEED + 1);
	server_start(&server, HERE_LIST("--limit-rate", "8M"));
	client_start(&client, server.port, HERE_LIST("f"), NULL);
	ck_assert(wait_until(has_bytes, &least, WAIT_LIMIT));
	program_signal(&client, SIGKILL);
	(void)program_wait(&client, WAIT_LIMIT);
	server_stop(&server);
	server_start(&server, LOGGED);
	here_get(&client, server.port, 0, "part", HERE_LIST("--reuse", "f"));
	server_stop(&server);
	pieces_expect_file("part", "newf");
	/* One of the last ten blocks is not in the older copy. */
	ck_assert_uint_le(pieces_sent(&server, "FETCH").n, 20 + 1);
}
END_TEST

Suite *
reuse_breaks_suite(void)
{
	Suite *suite = suite_create("reuse_breaks");
	TCase *tcase = harness_case(suite, "changes", 120);
	int n = (int)HARNESS_ROWS(runs);

	tcase_add_loop_test(tcase, older_copy_rewritten, 0, n);
	tcase_add_loop_test(tcase, older_copy_cut, 0, n);
	tcase_add_loop_test(tcase, older_copy_removed, 0, n);
	tcase_add_loop_test(tcase, served_file_rewritten, 0, n);
	tcase_add_loop_test(tcase, served_file_replaced, 0, n);
	tcase_add_loop_test(tcase, connection_broken, 0, n);
	tcase = harness_case(suite, "resumed", 120);
	tcase_add_loop_test(tcase, run_ended, 0, (int)HARNESS_ROWS(resumed));
	tcase_add_test(tcase, part_of_one_connection);
	return suite;
}
