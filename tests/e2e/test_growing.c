/*
 * Files that are written to while they are fetched. A file that grows, gains or
 * loses a name, or is moved away is fetched at the first attempt, as it was
 * announced. A rewritten file is not, whatever bytes are in the socket.
 */

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

/* Bytes of the file: one and a half seconds at the server's rate. */
#define SIZE UINT64_C(3000000)
#define SLOW HERE_LIST("--log-format", "json", "--limit-rate", "2M")

static struct program client;
static struct server server;

/* ---- who writes --------------------------------------------------------- */

static void
append(void)
{
	scratch_append("served/d/f", "one more line\n");
}

static void
append_and_link(void)
{
	append();
	(void)!linkat(scratch_fd(), "served/d/f", scratch_fd(), "served/d/g",
	    0);
	(void)!unlinkat(scratch_fd(), "served/d/g", 0);
}

static void
touch(void)
{
	(void)!utimensat(scratch_fd(), "served/d/f", NULL, 0);
}

static void
change_mode(void)
{
	static mode_t bit;

	bit ^= S_IWGRP;
	(void)!fchmodat(scratch_fd(), "served/d/f", 0644 | bit, 0);
}

/* Overwrites the first bytes in place, like a program that updates a header. */
static void
rewrite(void)
{
	static uint64_t seed;

	scratch_overwrite("served/d/f", 0, 1000, ++seed);
}

/* Starts a process that writes at this interval in ns until it is killed. */
static pid_t
start_writer(void (*write_once)(void), int64_t pause)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		write_once();
		clock_sleep(pause);
	}
}

static void
end_writer(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* ---- what is fetched ---------------------------------------------------- */

/* Checks that a file here is a prefix of the served one. Returns its length. */
static uint64_t
expect_beginning(const char *got, const char *of, const char *what)
{
	struct sum have, wanted;
	struct stat stat;

	ck_assert_msg(fstatat(scratch_fd(), got, &stat, 0) == 0, "%s: no %s",
	    what, got);
	sum_file(&have, got, 0, UINT64_MAX);
	sum_file(&wanted, of, 0, (uint64_t)stat.st_size);
	sum_expect(&have, &wanted, what);
	return (uint64_t)stat.st_size;
}

static const struct {
	const char *row;
	const char *const args[8];
	const char *got; /* the received file; NULL: standard output */
} ways[] = {
    {"plain", {"-v", "--retry=0", "d/f", NULL}, "here/newf"},
    {"--no-verify", {"-v", "--retry=0", "--no-verify", "d/f", NULL},
	"here/newf"},
    {"-o -", {"-v", "--retry=0", "-o-", "d/f", NULL}, NULL},
    {"-o - --no-verify", {"-v", "--retry=0", "-o-", "--no-verify", "d/f", NULL},
	NULL},
    {"-r", {"-v", "--retry=0", "-r", "d", NULL}, "here/newd/f"},
    {"-r -j", {"-v", "--retry=0", "-r", "-j4", "d", NULL}, "here/newd/f"},
    {"-i", {"-v", "--retry=0", "-i", "names", NULL}, "here/newf"},
    {"-u", {"-v", "--retry=0", "-u", "d/f", NULL}, "here/newf"},
    {"--sums", {"-v", "--retry=0", "--sums", "d/f", NULL}, "here/newf"},
    {"--fsync", {"-v", "--retry=0", "--fsync", "d/f", NULL}, "here/newf"},
};

static const struct {
	const char *row;
	void (*write_once)(void);
	int64_t pause;
} writers[] = {
    {"appended to every ms", append, CLOCK_MS},
    {"appended to and linked", append_and_link, 20 * CLOCK_MS},
    {"touched", touch, 20 * CLOCK_MS},
    {"chmod", change_mode, 20 * CLOCK_MS},
};

/* The first download succeeds: the file is requested once. */
static void
run_writer(size_t way, size_t writer)
{
	char what[128], out[64];
	struct stat before;
	uint64_t size;
	pid_t pid;

	snprintf(what, sizeof(what), "%s, %s", ways[way].row,
	    writers[writer].row);
	scratch_fill("served/d/f", SIZE, 1);
	scratch_age("served/d/f");
	scratch_text("here/names", "d/f\n");
	ck_assert_int_eq(fstatat(scratch_fd(), "served/d/f", &before, 0), 0);
	server_start(&server, SLOW);
	pid = start_writer(writers[writer].write_once, writers[writer].pause);
	here_get(&client, server.port, 0, what, ways[way].args);
	end_writer(pid);
	server_stop(&server);
	snprintf(out, sizeof(out), "%s",
	    ways[way].got == NULL ? client.out_name : ways[way].got);
	size = expect_beginning(out, "served/d/f", what);
	ck_assert_uint_ge(size, SIZE);
	ck_assert_msg(pieces_sent(&server, "FETCH").n == 1, "%s: %u downloads",
	    what, pieces_sent(&server, "FETCH").n);
	ck_assert_msg(strstr(program_err(&client), "as they were") != NULL,
	    "%s: %s", what, program_err(&client));
}

START_TEST(written_to_all_the_time)
{
	scratch_mkdir("served/d");
	run_writer((size_t)_i, 0);
}
END_TEST

START_TEST(written_to_in_other_ways)
{
	scratch_mkdir("served/d");
	run_writer(0, (size_t)_i);
	scratch_remove("here/newf");
	run_writer(1, (size_t)_i);
}
END_TEST

/* The file gets the announced mtime, so that -u fetches it again. */
START_TEST(mtime_is_the_announced_one)
{
	struct stat before, got;
	uint64_t first;
	pid_t pid;

	scratch_mkdir("served/d");
	scratch_fill("served/d/f", SIZE, 1);
	scratch_age("served/d/f");
	ck_assert_int_eq(fstatat(scratch_fd(), "served/d/f", &before, 0), 0);
	server_start(&server, SLOW);
	client_start(&client, server.port, HERE_LIST("-u", "d/f"), NULL);
	clock_sleep(500 * CLOCK_MS);
	pid = start_writer(append, CLOCK_MS);
	here_expect_exit(&client, 0, "first");
	end_writer(pid);
	first = expect_beginning("here/newf", "served/d/f", "first");
	ck_assert_uint_eq(first, SIZE);
	ck_assert_int_eq(fstatat(scratch_fd(), "here/newf", &got, 0), 0);
	ck_assert_int_eq(got.st_mtim.tv_sec, before.st_mtim.tv_sec);
	here_get(&client, server.port, 0, "again", HERE_LIST("-u", "d/f"));
	sum_expect_files("here/newf", "served/d/f");
	server_stop(&server);
}
END_TEST

/* The whole file is in the socket when it is overwritten, so the last bytes are
 * of another version. The client receives slowly. */
START_TEST(overwritten_in_transit)
{
	const char *const *const args[] = {
	    HERE_LIST("-v", "--limit-rate=300k", "d/f"),
	    HERE_LIST("-v", "--limit-rate=300k", "--no-verify", "d/f"),
	    HERE_LIST("-v", "--limit-rate=300k", "-r", "--no-verify", "d"),
	};

	scratch_mkdir("served/d");
	scratch_fill("served/d/f", 400000, 1);
	scratch_age("served/d/f");
	server_start(&server, HERE_LIST("--log-format", "json"));
	client_start(&client, server.port, args[_i], NULL);
	program_await_err(&server.program, "\"FETCH\"");
	scratch_overwrite("served/d/f", 0, 400000, 2);
	here_expect_exit(&client, 0, "on its way");
	sum_expect_files(_i == 2 ? "here/newd/f" : "here/newf", "served/d/f");
	server_stop(&server);
	ck_assert_uint_eq(pieces_sent(&server, "FETCH").n, 2);
}
END_TEST

/* Bytes on standard output cannot be taken back. */
START_TEST(overwritten_in_transit_to_stdout)
{
	scratch_mkdir("served/d");
	scratch_fill("served/d/f", 400000, 1);
	scratch_age("served/d/f");
	server_start(&server, HERE_LIST("--log-format", "json"));
	client_start(&client, server.port,
	    _i == 0 ? HERE_LIST("-v", "--limit-rate=300k", "-o-", "d/f") :
		      HERE_LIST("-v", "--limit-rate=300k", "-o-", "--no-verify",
			  "d/f"),
	    NULL);
	program_await_err(&server.program, "\"FETCH\"");
	scratch_overwrite("served/d/f", 0, 400000, 2);
	here_expect_exit(&client, 9, "on its way out");
	server_stop(&server);
}
END_TEST

/* Only a rewritten file is CHANGED. */
START_TEST(rewritten_all_the_time)
{
	pid_t pid;

	scratch_mkdir("served/d");
	scratch_fill("served/d/f", SIZE, 1);
	server_start(&server, SLOW);
	pid = start_writer(rewrite, 10 * CLOCK_MS);
	here_get(&client, server.port, 9, "rewritten",
	    _i == 0	? HERE_LIST("--retry=1", "d/f") :
		_i == 1 ? HERE_LIST("--retry=1", "--no-verify", "d/f") :
			  HERE_LIST("--retry=1", "-o-", "d/f"));
	end_writer(pid);
	server_stop(&server);
	if (_i < 2)
		here_expect_names("here", "rewritten", HERE_LIST(NULL));
	ck_assert_uint_eq(pieces_sent(&server, "FETCH").n, _i < 2 ? 2 : 1);
}
END_TEST

static void
rotate(void)
{
	scratch_rename("served/d/f", "served/d/f.1");
	scratch_text("served/d/f", "the first line of the next one\n");
}

static void
move_away(void)
{
	scratch_rename("served/d/f", "served/d/f.1");
}

static void
remove_it(void)
{
	scratch_remove("served/d/f");
}

static void
replace(void)
{
	scratch_fill("served/d/new", 10, 7);
	scratch_rename("served/d/new", "served/d/f");
}

/* The server still has the removed file open. */
START_TEST(removed_meanwhile)
{
	static void (*const changes[])(
	    void) = {rotate, move_away, remove_it, replace};

	scratch_mkdir("served/d");
	scratch_fill("served/d/f", SIZE, 1);
	scratch_fill("served/same", SIZE, 1);
	server_start(&server, SLOW);
	client_start(&client, server.port,
	    _i / 4 == 0 ? HERE_LIST("-v", "--retry=0", "d/f") :
			  HERE_LIST("-v", "--retry=0", "--no-verify", "d/f"),
	    NULL);
	clock_sleep(500 * CLOCK_MS);
	changes[_i % 4]();
	here_expect_exit(&client, 0, "gone");
	sum_expect_files("here/newf", "served/same");
	server_stop(&server);
}
END_TEST

/* The next run continues from a part file. */
START_TEST(continued_from_a_part)
{
	char part[NAME_MAX + 1];
	pid_t pid;

	scratch_mkdir("served/d");
	scratch_fill("served/d/f", SIZE, 1);
	server_start(&server, SLOW);
	pid = start_writer(append, CLOCK_MS);
	client_start(&client, server.port, HERE_LIST("d/f"), NULL);
	clock_sleep(800 * CLOCK_MS);
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "interrupted");
	ck_assert_uint_eq(here_find_part("here", part), 1);
	here_get(&client, server.port, 0, "again",
	    HERE_LIST("-v", "--retry=0", "d/f"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "goes on from"));
	end_writer(pid);
	server_stop(&server);
	ck_assert_uint_ge(expect_beginning("here/newf", "served/d/f", "a part"),
	    SIZE);
	/* Both runs together fetch little more than the file once. */
	ck_assert_uint_lt(pieces_sent(&server, "FETCH").bytes, SIZE + SIZE / 2);
	here_expect_names("here", "a part", HERE_LIST("newf"));
}
END_TEST

/* ---- in pieces ---------------------------------------------------------- */

#define LARGE (PIECES_LEAST + 1000)

static const struct {
	const char *row;
	void (*write_once)(void);
	const char *const args[8];
	int code;
} splits[] = {
    {"appended to", append, {"-v", "--retry=0", "-j4", "d/f", NULL}, 0},
    {"appended to, --no-verify", append,
	{"-v", "--retry=0", "-j4", "--no-verify", "d/f", NULL}, 0},
    {"touched", touch, {"-v", "--retry=0", "-j4", "d/f", NULL}, 0},
    {"rewritten", rewrite, {"-v", "--retry=1", "-j4", "d/f", NULL}, 9},
};

START_TEST(in_pieces)
{
	uint64_t size;
	pid_t pid;

	scratch_mkdir("served/d");
	scratch_fill("served/d/f", LARGE, 1);
	server_start(&server,
	    HERE_LIST("--log-format", "json", "--limit-rate", "40M"));
	pid = start_writer(splits[_i].write_once, 10 * CLOCK_MS);
	here_get(&client, server.port, splits[_i].code, splits[_i].row,
	    splits[_i].args);
	end_writer(pid);
	server_stop(&server);
	if (splits[_i].code != 0) {
		ck_assert(!scratch_exists("here/newf"));
		return;
	}
	size = expect_beginning("here/newf", "served/d/f", splits[_i].row);
	ck_assert_uint_ge(size, LARGE);
	/* Each piece is fetched once. */
	ck_assert_uint_lt(pieces_sent(&server, "FETCH").bytes,
	    size + size / 10);
}
END_TEST

/* The file is overwritten after the last piece was sent. */
START_TEST(pieces_overwritten_in_transit)
{
	scratch_mkdir("served/d");
	scratch_fill("served/d/f", LARGE, 1);
	scratch_age("served/d/f");
	server_start(&server, HERE_LIST("--log-format", "json"));
	client_start(&client, server.port,
	    _i == 0 ? HERE_LIST("-v", "-j4", "--limit-rate=30M", "d/f") :
		      HERE_LIST("-v", "-j4", "--limit-rate=30M", "--no-verify",
			  "d/f"),
	    NULL);
	clock_sleep(1500 * CLOCK_MS);
	scratch_overwrite("served/d/f", 0, LARGE, 2);
	here_expect_exit(&client, 0, "pieces on their way");
	server_stop(&server);
	sum_expect_files("here/newf", "served/d/f");
}
END_TEST

/* Pieces of an earlier run are kept although the log has grown since. */
START_TEST(pieces_of_an_earlier_run)
{
	struct pieces pieces;
	unsigned fetched;

	scratch_mkdir("served/d");
	scratch_fill("served/d/f", LARGE, 1);
	server_start(&server,
	    HERE_LIST("--log-format", "json", "--limit-rate", "30M"));
	client_start(&client, server.port, HERE_LIST("-j2", "d/f"), NULL);
	pieces_await(&pieces, &client, LARGE, 4);
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "interrupted");
	pieces_look(&pieces, LARGE);
	append();
	server_stop(&server);
	server_start(&server, HERE_LIST("--log-format", "json"));
	here_get(&client, server.port, 0, "again",
	    _i == 0 ? HERE_LIST("-v", "-j2", "d/f") : HERE_LIST("-v", "d/f"));
	server_stop(&server);
	sum_expect_files("here/newf", "served/d/f");
	fetched = pieces_sent(&server, "FETCH").n;
	ck_assert_uint_le(fetched, pieces.n - pieces.marked + 1);
	here_expect_names("here", "pieces", HERE_LIST("newf"));
}
END_TEST

Suite *
growing_suite(void)
{
	Suite *suite = suite_create("growing");
	TCase *tcase;

	tcase = harness_case(suite, "growing", 60);
	tcase_add_loop_test(tcase, written_to_all_the_time, 0,
	    (int)HARNESS_ROWS(ways));
	tcase_add_loop_test(tcase, written_to_in_other_ways, 1,
	    (int)HARNESS_ROWS(writers));
	tcase_add_test(tcase, mtime_is_the_announced_one);
	tcase_add_loop_test(tcase, overwritten_in_transit, 0, 3);
	tcase_add_loop_test(tcase, overwritten_in_transit_to_stdout, 0, 2);
	tcase_add_loop_test(tcase, rewritten_all_the_time, 0, 3);
	tcase_add_loop_test(tcase, removed_meanwhile, 0, 8);
	tcase_add_test(tcase, continued_from_a_part);
	tcase = harness_case(suite, "pieces", 90);
	tcase_add_loop_test(tcase, in_pieces, 0, (int)HARNESS_ROWS(splits));
	tcase_add_loop_test(tcase, pieces_overwritten_in_transit, 0, 2);
	tcase_add_loop_test(tcase, pieces_of_an_earlier_run, 0, 2);
	return suite;
}
