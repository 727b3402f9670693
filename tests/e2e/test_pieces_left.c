/*
 * Files of which an earlier run has left pieces: verified pieces are not
 * fetched again, and the part file is proved before it is published.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

/* Twelve pieces, the last one shorter. */
#define SIZE (PIECES_ONE * 12 - 12345)

/* Slow enough to interrupt a run in the middle: two connections need more than
 * two seconds for a file. */
#define SLOWLY HERE_LIST("--log-format", "json", "--limit-rate", "20M")
#define LOGGED HERE_LIST("--log-format", "json")

static struct program client;

/* ---- what was verified is not fetched again ----------------------------- */

static const struct {
	const char *row;
	int signal;
	const char *first[2]; /* options of the interrupted run */
	const char *again;    /* option of the next run */
	unsigned marks;	      /* marked pieces at the interruption */
} ends[] = {
    {"killed", SIGKILL, {"-j2", "-v"}, "-j4", 2},
    {"killed late", SIGKILL, {"-j4", "-v"}, "-j4", 8},
    {"killed, then one connection", SIGKILL, {"-j2", "-v"}, "-j1", 3},
    {"killed, not verified", SIGKILL, {"-j2", "--no-verify"}, "-j2", 2},
    {"interrupted", SIGINT, {"-j2", "-v"}, "-j2", 2},
    {"terminated", SIGTERM, {"-j4", "-q"}, "-j1", 4},
};

/* Only unmarked pieces are fetched, and the others are proved. */
static void
expect_rest(const struct server *server, const struct pieces *pieces,
    const char *what)
{
	struct pieces_sent fetched = pieces_sent(server, "FETCH");
	struct pieces_sent proved = pieces_sent(server, "DIGEST");

	ck_assert_msg(fetched.n == pieces->n - pieces->marked,
	    "%s: %u of %u pieces fetched, with %u here", what, fetched.n,
	    pieces->n, pieces->marked);
	ck_assert_uint_eq(fetched.bytes,
	    pieces->missing + fetched.n * (uint64_t)PIECES_AROUND);
	ck_assert_uint_eq(proved.n, pieces->marked);
}

/* Ends a run by a signal when at least this many pieces are marked. */
static void
run_and_end(int signal, const char *const *args, unsigned marks,
    struct pieces *pieces)
{
	struct server server;
	int code;

	server_start(&server, SLOWLY);
	client_start(&client, server.port, args, NULL);
	pieces_await(pieces, &client, SIZE, marks);
	program_signal(&client, signal);
	code = program_wait(&client, WAIT_LIMIT);
	ck_assert_int_eq(code, signal == SIGKILL ? -SIGKILL : 130);
	server_stop(&server);
	pieces_look(pieces, SIZE);
	ck_assert_uint_ge(pieces->marked, marks);
	ck_assert_uint_lt(pieces->marked, pieces->n);
	ck_assert_ptr_nonnull(strstr(pieces->part, ".map.part"));
}

START_TEST(ended_and_continued)
{
	struct pieces pieces;
	struct server server;

	pieces_serve(&server, SIZE, LOGGED);
	scratch_text("here/newf", "older");
	run_and_end(ends[_i].signal,
	    HERE_LIST(ends[_i].first[0], ends[_i].first[1], "f"),
	    ends[_i].marks, &pieces);
	if (ends[_i].signal != SIGKILL)
		ck_assert_ptr_nonnull(
		    strstr(program_err(&client), "goes on from"));
	here_get(&client, server.port, 0, ends[_i].row,
	    HERE_LIST(ends[_i].again, "-v", "f"));
	server_stop(&server);
	pieces_expect_file(ends[_i].row, "newf");
	expect_rest(&server, &pieces, ends[_i].row);
}
END_TEST

/* A client that is killed again and again still finishes. */
START_TEST(killed_again_and_again)
{
	struct pieces pieces = {.marked = 0};
	struct server server;
	unsigned round;

	pieces_serve(&server, SIZE, LOGGED);
	for (round = 0; round < 4; round++)
		run_and_end(SIGKILL, HERE_LIST("-j3", "f"), 2 * round + 1,
		    &pieces);
	here_get(&client, server.port, 0, "at last", HERE_LIST("-j2", "f"));
	server_stop(&server);
	pieces_expect_file("at last", "newf");
	expect_rest(&server, &pieces, "at last");
}
END_TEST

/* ---- what somebody has left --------------------------------------------- */

static struct pieces left;

static int
open_left(void)
{
	int fd = openat(scratch_fd(), left.part, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
put_byte(uint64_t offset, uint8_t byte)
{
	int fd = open_left();

	ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)offset), 1);
	close(fd);
}

static void
set_size(uint64_t size)
{
	int fd = open_left();

	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static void
leave_alone(void)
{
}

/* Changes a byte of the first marked piece. */
static void
tamper(void)
{
	unsigned i = 0;
	char *bytes;
	size_t len;

	while (left.map[i] == 0)
		i++;
	bytes = scratch_read(left.part, &len);
	put_byte(i * PIECES_ONE + 4711, (uint8_t)~bytes[i * PIECES_ONE + 4711]);
	free(bytes);
}

static void
claim_all(void)
{
	unsigned i;

	for (i = 0; i < left.n; i++)
		put_byte(SIZE + PIECES_HEAD + i, 255);
}

static void
spoil_magic(void)
{
	put_byte(SIZE, 'x');
}

static void
spoil_length(void)
{
	put_byte(SIZE + 8, 1);
}

static void
cut_a_byte(void)
{
	set_size(SIZE + PIECES_HEAD + left.n - 1);
}

static void
add_a_byte(void)
{
	set_size(SIZE + PIECES_HEAD + left.n + 1);
}

/* Makes a part file of full size without a map. */
static void
cut_the_map(void)
{
	set_size(SIZE);
}

static void
empty_it(void)
{
	set_size(0);
}

static void
give_other_digit(const char *from)
{
	char name[sizeof(left.part)];
	size_t len = strlcpy(name, left.part, sizeof(name));
	char *digit = name + len - strlen(from);

	*digit = *digit == '0' ? '1' : '0';
	scratch_rename(left.part, name);
}

static void
give_other_version(void)
{
	give_other_digit("0.map.part");
}

static void
give_other_file(void)
{
	give_other_digit("0"
			 "0123456789abcdef"
			 ".map.part");
}

static void
put_a_link(void)
{
	scratch_rename(left.part, "outside/part");
	scratch_symlink("../outside/part", left.part);
}

static const struct {
	const char *row;
	void (*change)(void);
	int fetches; /* fetched pieces of twelve; -1: the missing ones */
	int more;    /* additional fetches */
} changes[] = {
    {"left alone", leave_alone, -1, 0},
    {"a byte of a piece", tamper, -1, 1},
    {"all marked", claim_all, -1, 0},
    {"another magic", spoil_magic, 12, 0},
    {"another length of pieces", spoil_length, 12, 0},
    {"a byte too short", cut_a_byte, 12, 0},
    {"a byte too long", add_a_byte, 12, 0},
    {"no map", cut_the_map, -1, 0},
    {"empty", empty_it, 12, 0},
    {"another version's", give_other_version, -1, 0},
    {"another file's", give_other_file, 12, 0},
};

/* No piece here is trusted; right ones are not fetched again. */
START_TEST(left_and_changed)
{
	unsigned wanted_fetches;
	struct server server;

	pieces_serve(&server, SIZE, LOGGED);
	run_and_end(SIGKILL, HERE_LIST("-j2", "f"), 3, &left);
	changes[_i].change();
	here_get(&client, server.port, 0, changes[_i].row,
	    HERE_LIST("-j4", "-v", "f"));
	server_stop(&server);
	pieces_expect_file(changes[_i].row, "newf");
	wanted_fetches = changes[_i].fetches < 0 ?
	    left.n - left.marked + (unsigned)changes[_i].more :
	    (unsigned)changes[_i].fetches;
	/* All bytes of the two pieces in progress may have arrived. */
	if (changes[_i].change == claim_all ||
	    changes[_i].change == cut_the_map)
		ck_assert_uint_le(pieces_sent(&server, "FETCH").n,
		    wanted_fetches);
	else
		ck_assert_uint_eq(pieces_sent(&server, "FETCH").n,
		    wanted_fetches);
}
END_TEST

/* A link is neither followed nor written to. */
START_TEST(left_as_a_link)
{
	struct server server;
	struct sum before, after;

	pieces_serve(&server, SIZE, NULL);
	run_and_end(SIGKILL, HERE_LIST("-j2", "f"), 2, &left);
	put_a_link();
	sum_file(&before, "outside/part", 0, UINT64_MAX);
	here_get(&client, server.port, 0, "a link", HERE_LIST("-j4", "f"));
	server_stop(&server);
	sum_file(&after, "outside/part", 0, UINT64_MAX);
	sum_expect(&after, &before, "what the link leads to");
	scratch_remove(left.part);
	pieces_expect_file("a link", "newf");
}
END_TEST

/* A part file of one connection is continued by one connection. */
START_TEST(an_ordinary_part)
{
	struct server server, slow;
	char part[NAME_MAX + 1], name[NAME_MAX + 8];
	struct stat st;

	pieces_serve(&server, SIZE, LOGGED);
	server_start(&slow, SLOWLY);
	client_start(&client, slow.port, HERE_LIST("f"), NULL);
	program_await_err(&client, "fetching");
	while (here_find_part("here", part) == 0)
		ck_assert(!program_ended(&client));
	snprintf(name, sizeof(name), "here/%s", part);
	scratch_await_size(name, 1000000);
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "one connection");
	server_stop(&slow);
	ck_assert_int_eq(fstatat(scratch_fd(), name, &st, 0), 0);
	here_get(&client, server.port, 0, "-j4", HERE_LIST("-j4", "f"));
	server_stop(&server);
	pieces_expect_file("-j4", "newf");
	ck_assert_uint_eq(pieces_sent(&server, "FETCH").bytes,
	    SIZE - (uint64_t)st.st_size + PIECES_AROUND);
}
END_TEST

Suite *
pieces_left_suite(void)
{
	Suite *suite = suite_create("pieces_left");
	TCase *tcase;

	tcase = harness_case(suite, "continued", 240);
	tcase_add_loop_test(tcase, ended_and_continued, 0,
	    (int)HARNESS_ROWS(ends));
	tcase_add_test(tcase, killed_again_and_again);
	tcase_add_loop_test(tcase, left_and_changed, 0,
	    (int)HARNESS_ROWS(changes));
	tcase_add_test(tcase, left_as_a_link);
	tcase_add_test(tcase, an_ordinary_part);
	return suite;
}
