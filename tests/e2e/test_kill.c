/*
 * Servers and clients that are killed, or whose file is replaced, at any
 * moment: the file that arrives in the end is the served one, and until then no
 * file has its name.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/text.h"
#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	KILL_SIZE = 32 * 1024 * 1024,
	KILL_CLIENTS = HARNESS_SLOW ? 8 : 20, /* rounds */
	KILL_SERVERS = HARNESS_SLOW ? 5 : 12,
};

struct moment {
	const struct program *client;
	off_t size; /* bytes of the part file */
};

static off_t
part_size(void)
{
	char part[NAME_MAX + 1], name[NAME_MAX + 16];
	struct stat st;

	if (here_find_part("here", part) == 0)
		return 0;
	snprintf(name, sizeof(name), "here/%s", part);
	return fstatat(scratch_fd(), name, &st, 0) == 0 ? st.st_size : 0;
}

/* Returns whether the client has received this much or has ended. */
static bool
has_come(void *argument)
{
	const struct moment *moment = argument;

	return program_ended(moment->client) || part_size() >= moment->size;
}

static void
await_moment(const struct program *client, off_t size)
{
	struct moment moment = {client, size};

	ck_assert(wait_until(has_come, &moment, WAIT_LIMIT));
}

/* Returns a size up to that of the file; the sequence is the same in each run.
 */
static off_t
any_size(void)
{
	static unsigned short state[3] = {1, 2, 3};

	return (off_t)(nrand48(state) % KILL_SIZE) + 1;
}

static struct sum wanted;

static void
serve(uint64_t seed)
{
	scratch_fill("served/f", KILL_SIZE, seed);
	sum_file(&wanted, "served/f", 0, UINT64_MAX);
}

/* Checks that no incomplete file has the name. */
static void
expect_whole_or_nothing(void)
{
	struct sum got;

	if (!scratch_exists("here/newf"))
		return;
	sum_file(&got, "here/newf", 0, UINT64_MAX);
	sum_expect(&got, &wanted, "newf");
}

static void
expect_whole(const char *what)
{
	ck_assert_msg(scratch_exists("here/newf"), "%s: no file", what);
	expect_whole_or_nothing();
	here_expect_names("here", what, HERE_LIST("newf"));
	scratch_remove("here/newf");
}

START_TEST(client_killed_at_any_moment)
{
	struct program client;
	struct server server;
	int round, cut = 0;

	serve(1);
	server_start(&server, NULL);
	for (round = 0; round < KILL_CLIENTS; round++) {
		client_start(&client, server.port,
		    HERE_LIST(round % 2 == 0 ? "-v" : "--no-verify", "f"),
		    NULL);
		await_moment(&client, any_size());
		program_signal(&client, SIGKILL);
		cut += program_wait(&client, WAIT_LIMIT) == -SIGKILL;
		expect_whole_or_nothing();
		here_get(&client, server.port, 0, "again", HERE_LIST("f"));
		expect_whole("again");
	}
	ck_assert_msg(cut > 0, "no client was killed before its end");
	server_stop(&server);
}
END_TEST

START_TEST(server_killed_at_any_moment)
{
	struct program client;
	struct server server;
	int code, round, cut = 0;

	serve(2);
	for (round = 0; round < KILL_SERVERS; round++) {
		server_start(&server, NULL);
		client_start(&client, server.port, HERE_LIST("--retry=0", "f"),
		    NULL);
		await_moment(&client, any_size());
		program_kill(&server.program);
		code = program_wait(&client, WAIT_LIMIT);
		ck_assert_msg(code == 0 || code == 6, "exit %d:\n%s", code,
		    program_err(&client));
		cut += code == 6;
		expect_whole_or_nothing();
		server_start(&server, NULL);
		here_get(&client, server.port, 0, "again", HERE_LIST("f"));
		expect_whole("again");
		server_stop(&server);
	}
	ck_assert_msg(cut > 0, "no server was killed before the end");
}
END_TEST

/* The client is stopped while the server is killed and restarted. */
START_TEST(server_restarted_within_a_run)
{
	struct program client;
	struct server server;
	char port[8];
	int tries;

	serve(3);
	for (tries = 0; tries < 20; tries++) {
		server_start(&server, NULL);
		client_start(&client, server.port,
		    HERE_LIST("-v", "--retry=3", "f"), NULL);
		await_moment(&client, 1);
		program_signal(&client, SIGSTOP);
		program_kill(&server.program);
		snprintf(port, sizeof(port), "%u", server.port);
		server_start(&server, HERE_LIST("-p", port));
		program_signal(&client, SIGCONT);
		here_expect_exit(&client, 0, "restarted");
		expect_whole("restarted");
		server_stop(&server);
		if (strstr(program_err(&client), "goes on from byte") != NULL)
			break;
	}
	ck_assert_msg(tries < 20, "it was never cut off");
}
END_TEST

/* ---- the file is another one by now ------------------------------------- */

/* Leaves a part file of the file as it is served now. */
static void
leave_part(uint16_t port, size_t n)
{
	struct protocol_attributes attributes;
	uint8_t token[PROTOCOL_TOKEN_SIZE];
	char hex[2 * PROTOCOL_TOKEN_SIZE + 1], name[128], *bytes;
	int fd = wire_connect(port);
	size_t len;

	talk_ask(fd, PROTOCOL_OP_STAT, "f");
	talk_read_attributes(fd, &attributes);
	close(fd);
	protocol_encode_token(attributes.token, token);
	text_hex(token, sizeof(token), hex);
	snprintf(name, sizeof(name), "here/newf.%s.part", hex);
	bytes = scratch_read("served/f", &len);
	ck_assert_uint_ge(len, n);
	scratch_write(name, bytes, n);
	free(bytes);
}

static void
change_nothing(void)
{
}

static void
replace(void)
{
	scratch_fill("served/other", 2000000, 8);
	scratch_rename("served/other", "served/f");
}

/* Overwrites it in place and restores the mtime; the ctime reveals the change.
 */
static void
rewrite(void)
{
	scratch_overwrite("served/f", 500000, 1000, 9);
	scratch_age("served/f");
}

static void
append(void)
{
	scratch_sparse("served/f", 2000001);
}

static void
shorten(void)
{
	scratch_sparse("served/f", 10);
}

static void
remove_it(void)
{
	scratch_remove("served/f");
}

static const struct {
	const char *row;
	void (*change)(void);
	const char *digest; /* status of DIGEST in the server's log */
	int code;
	bool from_there;
} changes[] = {
    {"nothing", change_nothing, "DIGEST f OK", 0, true},
    {"replaced", replace, "DIGEST f CHANGED", 0, false},
    {"rewritten", rewrite, "DIGEST f CHANGED", 0, false},
    {"appended to", append, "DIGEST f CHANGED", 0, true},
    {"shortened", shorten, "DIGEST f CHANGED", 0, false},
    {"removed", remove_it, "DIGEST f NOT_FOUND", 4, false},
};

START_TEST(another_file_meanwhile)
{
	struct program client;
	struct server server;
	char part[NAME_MAX + 1];

	scratch_fill("served/f", 2000000, 7);
	scratch_age("served/f");
	server_start(&server, HERE_LIST("-v"));
	leave_part(server.port, 1000000);
	changes[_i].change();
	here_get(&client, server.port, changes[_i].code, changes[_i].row,
	    HERE_LIST("-v", "f"));
	program_await_err(&server.program, changes[_i].digest);
	ck_assert(changes[_i].from_there ==
	    (strstr(program_err(&client), "goes on from byte 1000000") !=
		NULL));
	if (changes[_i].code == 0)
		sum_file(&wanted, "served/f", 0, UINT64_MAX);
	if (changes[_i].code == 0)
		expect_whole(changes[_i].row);
	else
		ck_assert_uint_eq(here_find_part("here", part), 1);
	server_stop(&server);
}
END_TEST

Suite *
kill_suite(void)
{
	Suite *suite = suite_create("kill");
	TCase *tcase;

	tcase = harness_case(suite, "killed", 300);
	tcase_add_test(tcase, client_killed_at_any_moment);
	tcase_add_test(tcase, server_killed_at_any_moment);
	tcase_add_test(tcase, server_restarted_within_a_run);
	tcase = harness_case(suite, "changed", 60);
	tcase_add_loop_test(tcase, another_file_meanwhile, 0,
	    (int)HARNESS_ROWS(changes));
	return suite;
}
