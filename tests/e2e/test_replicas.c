/*
 * Downloads that go on although the file on the server has another inode,
 * ctime, mode or address: what is here is used, and what comes from several
 * servers is proved as a whole.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/attempt.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/relay.h"
#include "tests/harness/replica.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

#define SMALL	(UINT64_C(3) * 1024 * 1024) /* bytes, by one connection */
#define BEGUN	(1024 * 1024)		    /* bytes here at a break */
#define LARGE	(PIECES_ONE * 12 - 12345)   /* bytes, in pieces */
#define LOGGED	HERE_LIST("--log-format", "json")
#define SLOWLY	HERE_LIST("--log-format", "json", "--limit-rate", "3M")
#define SLOWLY2 HERE_LIST("--log-format", "json", "--limit-rate", "20M")

static struct server one, two;
static struct program client;
static struct relay relay;
static struct sum wanted;
static struct attempt attempt;

/* Two folders with a file of the same name; copies of each other. */
static void
make_replicas(uint64_t size)
{
	scratch_fill("served/f", size, 7);
	scratch_age("served/f");
	scratch_mkdir("outside/served");
	replica_copy("served/f", "outside/served/f");
	sum_file(&wanted, "served/f", 0, UINT64_MAX);
}

static void
expect_file(const char *what)
{
	struct sum got;

	here_expect_names("here", what, HERE_LIST("newf"));
	sum_file(&got, "here/newf", 0, UINT64_MAX);
	sum_expect(&got, &wanted, what);
}

/* Returns the size of the part file; 0: there is none. */
static uint64_t
part_size(void)
{
	char part[NAME_MAX + 1], name[NAME_MAX + 8];
	struct stat stat;

	if (here_find_part("here", part) == 0)
		return 0;
	snprintf(name, sizeof(name), "here/%s", part);
	return fstatat(scratch_fd(), name, &stat, 0) == 0 ?
	    (uint64_t)stat.st_size :
	    0;
}

static bool
has_begun(void *argument)
{
	(void)argument;
	return part_size() >= BEGUN;
}

static void
change_mode(void)
{
	char path[SCRATCH_PATH];

	ck_assert_int_eq(chmod(scratch_path(path, "served/f"), 0640), 0);
}

static void
add_link(void)
{
	char old[SCRATCH_PATH], new[SCRATCH_PATH];

	ck_assert_int_eq(link(scratch_path(old, "served/f"),
			     scratch_path(new, "served/link")),
	    0);
}

static void
replace_by_copy(void)
{
	replica_copy("outside/served/f", "served/f");
}

/* A remount with other inodes, or another server. */
static void
replace_folder(void)
{
	scratch_rename("served", "outside/old");
	scratch_rename("outside/served", "served");
}

static const struct {
	const char *title;
	void (*happens)(void);
} changes[] = {
    {"chmod", change_mode},
    {"a new link", add_link},
    {"replaced by a copy", replace_by_copy},
    {"another folder", replace_folder},
};

/* ---- one connection ----------------------------------------------------- */

/* The next run fetches only what is missing. */
START_TEST(continued_by_the_next_run)
{
	uint64_t here;

	make_replicas(SMALL);
	server_start(&one, SLOWLY);
	client_start(&client, one.port, HERE_LIST("f"), NULL);
	ck_assert(wait_until(has_begun, NULL, WAIT_LIMIT));
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, changes[_i].title);
	server_stop(&one);
	here = part_size();
	changes[_i].happens();
	server_start(&two, LOGGED);
	here_get(&client, two.port, 0, changes[_i].title, HERE_LIST("-v", "f"));
	server_stop(&two);
	expect_file(changes[_i].title);
	ck_assert_uint_eq(pieces_sent(&two, "FETCH").bytes,
	    SMALL - here + PIECES_AROUND);
}
END_TEST

/* So does the same run, whose second connection is to another server. */
START_TEST(continued_behind_a_balancer)
{
	uint64_t sent;

	make_replicas(SMALL);
	/* Slowly: what the client has not read is lost with a reset. */
	server_start(&one, SLOWLY);
	server_start_in(&two, "outside/served", LOGGED);
	relay_start_between(&relay, one.port, two.port, BEGUN);
	here_get(&client, relay.port, 0, "balancer",
	    HERE_LIST("-v", _i == 0 ? "-v" : "--no-verify", "f"));
	relay_stop(&relay);
	server_stop(&one);
	server_stop(&two);
	expect_file("balancer");
	sent = pieces_sent(&two, "FETCH").bytes;
	ck_assert_uint_gt(sent, 0);
	ck_assert_uint_lt(sent, SMALL);
	ck_assert_uint_eq(pieces_sent(&two, "DIGEST").n, 1);
}
END_TEST

/* The bytes that came before the break are other ones at the second server. */
START_TEST(servers_disagree)
{
	const bool to_stdout = _i == 1;

	make_replicas(SMALL);
	replica_flip("outside/served/f", 1000);
	server_start(&one, SLOWLY);
	server_start_in(&two, "outside/served", NULL);
	relay_start_between(&relay, one.port, two.port, BEGUN);
	here_get(&client, relay.port, 9, "disagree",
	    HERE_LIST("-o", to_stdout ? "-" : "newf", "f"));
	relay_stop(&relay);
	server_stop(&one);
	server_stop(&two);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "the servers disagree"));
	ck_assert_int_eq(strstr(program_err(&client),
			     "already on standard output") != NULL,
	    to_stdout);
	here_expect_names("here", "disagree", HERE_LIST(NULL));
}
END_TEST

/* ---- servers that say other things --------------------------------------- */

static void
play_older(struct fake *fake)
{
	fake->is_old = true;
	fake_serve(fake, &((const struct attempt *)fake->argument)->file);
}

/* A server that knows no content versions says CHANGED to the proof. The part
 * is then compared by its name alone, and the rest asked for by the file's id.
 */
START_TEST(an_older_server)
{
	const struct fake_asked *asked = attempt.fake.asked;

	attempt_leave_part(&attempt, 0, 1000);
	attempt_start(&attempt, "older server", 0, play_older, NULL,
	    HERE_LIST("-v"));
	here_expect_exit(&attempt.client, 0, "older server");
	fake_stop(&attempt.fake);
	ck_assert_uint_eq(attempt.fake.n_asked, 3);
	ck_assert_int_eq(asked[0].op, PROTOCOL_OP_DIGEST);
	ck_assert(protocol_is_content_token(asked[0].token));
	ck_assert_int_eq(asked[1].op, PROTOCOL_OP_DIGEST);
	ck_assert_uint_eq(asked[1].count, 1000);
	ck_assert_int_eq(asked[2].op, PROTOCOL_OP_FETCH);
	ck_assert_uint_eq(asked[2].offset, 1000);
	ck_assert_uint_eq(asked[2].token.id, attempt.file.token.id);
	attempt_expect_new(&attempt);
}
END_TEST

/* Another state, or another file, sends the rest: all of it is proved. */
static void
play_two(struct fake *fake)
{
	struct fake_file file = ((const struct attempt *)fake->argument)->file;
	struct fake_asked asked;

	while (fake_ask(fake, &asked) && fake_answer(fake, &file, &asked))
		file.token.id += 1;
}

START_TEST(the_rest_of_another_file)
{
	const struct fake_asked *asked = attempt.fake.asked;

	attempt_leave_part(&attempt, 0, 1000);
	attempt_start(&attempt, "two files", 0, play_two, NULL,
	    HERE_LIST(_i == 0 ? "-v" : "--no-verify"));
	here_expect_exit(&attempt.client, 0, "two files");
	fake_stop(&attempt.fake);
	ck_assert_uint_eq(attempt.fake.n_asked, 3);
	ck_assert_int_eq(asked[1].op, PROTOCOL_OP_FETCH);
	ck_assert_int_eq(asked[2].op, PROTOCOL_OP_DIGEST);
	ck_assert(protocol_is_content_token(asked[2].token));
	ck_assert_uint_eq(asked[2].count, attempt.file.size);
	attempt_expect_new(&attempt);
}
END_TEST

/* ---- pieces ------------------------------------------------------------- */

START_TEST(pieces_continued_by_the_next_run)
{
	struct pieces pieces;
	struct pieces_sent fetched;

	make_replicas(LARGE);
	server_start(&one, SLOWLY2);
	client_start(&client, one.port, HERE_LIST("-j2", "f"), NULL);
	pieces_await(&pieces, &client, LARGE, 3);
	program_signal(&client, SIGKILL);
	ck_assert_int_eq(program_wait(&client, WAIT_LIMIT), -SIGKILL);
	server_stop(&one);
	pieces_look(&pieces, LARGE);
	changes[_i].happens();
	server_start(&two, LOGGED);
	here_get(&client, two.port, 0, changes[_i].title,
	    HERE_LIST("-j2", "-v", "f"));
	server_stop(&two);
	expect_file(changes[_i].title);
	fetched = pieces_sent(&two, "FETCH");
	ck_assert_uint_eq(fetched.n, pieces.n - pieces.marked);
	/* All that counts came from one file: nothing else had to be proved. */
	ck_assert_uint_eq(pieces_sent(&two, "DIGEST").n, pieces.marked);
}
END_TEST

/* Makes one byte of each piece another one. */
static void
flip_pieces(const char *name)
{
	uint64_t at;

	for (at = 1000; at < LARGE; at += PIECES_ONE)
		replica_flip(name, at);
}

/* Each connection is to another server behind one address. What two copies
 * have brought is proved as a whole; copies that differ end in no file. */
START_TEST(pieces_of_two_servers)
{
	const bool differ = _i >= 2, verify = _i % 2 == 0;
	struct pieces_sent first, second;

	make_replicas(LARGE);
	if (differ)
		flip_pieces("outside/served/f");
	server_start(&one, SLOWLY2);
	server_start_in(&two, "outside/served", SLOWLY2);
	relay_start_between(&relay, one.port, two.port, -1);
	here_get(&client, relay.port, differ ? 9 : 0, "two servers",
	    HERE_LIST("-j4", "-v", verify ? "-v" : "--no-verify", "f"));
	relay_stop(&relay);
	server_stop(&one);
	server_stop(&two);
	first = pieces_sent(&one, "FETCH");
	second = pieces_sent(&two, "FETCH");
	ck_assert_msg(first.n > 0 && second.n > 0, "%u and %u pieces", first.n,
	    second.n);
	if (differ) {
		ck_assert_ptr_nonnull(
		    strstr(program_err(&client), "the servers disagree"));
		here_expect_names("here", "differ", HERE_LIST(NULL));
		return;
	}
	expect_file("two servers");
	ck_assert_uint_eq(first.n + second.n, 12);
	/* One for each 64 MiB, and no other. */
	ck_assert_uint_eq(pieces_sent(&one, "DIGEST").n +
		pieces_sent(&two, "DIGEST").n,
	    (LARGE + PIECES_LEAST - 1) / PIECES_LEAST);
}
END_TEST

Suite *
replicas_suite(void)
{
	Suite *suite = suite_create("replicas");
	int n = sizeof(changes) / sizeof(changes[0]);
	TCase *tcase = harness_case(suite, "one", 60);

	tcase_add_loop_test(tcase, continued_by_the_next_run, 0, n);
	tcase_add_loop_test(tcase, continued_behind_a_balancer, 0, 2);
	tcase_add_loop_test(tcase, servers_disagree, 0, 2);
	tcase_add_test(tcase, an_older_server);
	tcase_add_loop_test(tcase, the_rest_of_another_file, 0, 2);
	tcase = harness_case(suite, "pieces", 120);
	tcase_add_loop_test(tcase, pieces_continued_by_the_next_run, 0, n);
	tcase_add_loop_test(tcase, pieces_of_two_servers, 0, 4);
	return suite;
}
