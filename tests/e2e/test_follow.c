/*
 * fileget -f and a real server: appended bytes arrive once and in order,
 * whatever happens to the file, the server or the reader of the output. The
 * tests wait for the output itself.
 */

#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

/* Waits until exactly this text was written. */
static void
await_exactly(struct program *client, const char *text)
{
	size_t len = strlen(text);

	program_await_out(client, text);
	ck_assert_msg(strlen(program_out(client)) == len, "it wrote:\n%s",
	    program_out(client));
}

static void
interrupt(struct program *client, const char *what)
{
	program_signal(client, SIGINT);
	here_expect_exit(client, 130, what);
}

START_TEST(appended_bytes_arrive)
{
	static const size_t mib = 1024 * 1024;
	struct program client = {0};
	struct server server;

	scratch_text("served/f", "one\n");
	server_start(&server, NULL);
	client_start(&client, server.port, HERE_LIST("-f", "f"), NULL);
	await_exactly(&client, "one\n");
	scratch_append("served/f", "two\n");
	await_exactly(&client, "one\ntwo\n");
	scratch_append("served/f", "without an end of line");
	await_exactly(&client, "one\ntwo\nwithout an end of line");
	/* The bytes between are a hole. */
	scratch_overwrite("served/f", 20 * mib, mib, 1);
	scratch_await_size(client.out_name, 21 * mib);
	scratch_append("served/f", "three\n");
	scratch_await_size(client.out_name, 21 * mib + 6);
	interrupt(&client, "-f");
	ck_assert_str_eq(program_err(&client), "");
	sum_expect_files(client.out_name, "served/f");
	/* One connection was used, and no file is left here. */
	ck_assert_ptr_null(strstr(program_err(&server.program), "#2."));
	here_expect_names("here", "-f", HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

static void
replace(const char *name)
{
	scratch_text("served/new", "new and longer than before\n");
	scratch_rename("served/new", name);
}

static void
replace_with_nothing(const char *name)
{
	scratch_text("served/new", "");
	scratch_rename("served/new", name);
}

static void
shorten(const char *name)
{
	scratch_sparse(name, 0);
}

static void
shorten_to_a_part(const char *name)
{
	scratch_sparse(name, 4);
}

static void
move_away(const char *name)
{
	scratch_rename(name, "served/moved");
}

static void
move_away_for_good(const char *name)
{
	scratch_rename(name, "served/f.1");
}

static void
bring_back(const char *name)
{
	scratch_rename("served/moved", name);
}

static void
write_anew(const char *name)
{
	scratch_text(name, "new and longer than before\n");
}

/* A file with "one\ntwo\n" is followed: a change of the file, the message, a
 * second change, the last message, and the output between them. */
static const struct {
	const char *row;
	void (*first)(const char *name);
	const char *said;
	void (*then)(const char *name);
	const char *says;
	const char *arrives;
} turns[] = {
    {"replaced by rename", replace, "the file was replaced", NULL,
	"the file was replaced", "new and longer than before\n"},
    {"replaced by an empty one", replace_with_nothing, "the file was replaced",
	NULL, "the file was replaced", ""},
    {"truncated", shorten, "the file was truncated", NULL,
	"the file was truncated", ""},
    {"shortened", shorten_to_a_part, "the file was truncated", NULL,
	"the file was truncated", "one\n"},
    {"removed and back", scratch_remove, "waiting for it", write_anew,
	"there is a new file", "new and longer than before\n"},
    {"rotated", move_away_for_good, "waiting for it", write_anew,
	"there is a new file", "new and longer than before\n"},
    {"moved away and back", move_away, "waiting for it", bring_back,
	"waiting for it", ""},
};

static void
expect_turn(struct program *client, size_t i)
{
	char expected[256];

	snprintf(expected, sizeof(expected), "one\ntwo\n%slast\n",
	    turns[i].arrives);
	program_await_out(client, "last\n");
	ck_assert_msg(strcmp(program_out(client), expected) == 0,
	    "%s: it wrote:\n%s", turns[i].row, program_out(client));
	interrupt(client, turns[i].row);
	ck_assert_msg(program_lines(program_err(client)) ==
		1U + (strcmp(turns[i].said, turns[i].says) != 0),
	    "%s: it said:\n%s", turns[i].row, program_err(client));
}

/* All rows run at the same time, each with a file of its own. */
START_TEST(replaced_truncated_and_removed)
{
	static struct program clients[HARNESS_ROWS(turns)];
	char names[HARNESS_ROWS(turns)][16];
	struct server server;
	size_t i;

	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(turns); i++) {
		snprintf(names[i], sizeof(names[i]), "served/%zu", i);
		scratch_text(names[i], "one\n");
		client_start(&clients[i], server.port,
		    HERE_LIST("-f", names[i] + strlen("served/")), NULL);
	}
	/* The second read of a file makes the server keep it open; before that
	 * the client cannot know that it saw the last bytes. */
	for (i = 0; i < HARNESS_ROWS(turns); i++) {
		await_exactly(&clients[i], "one\n");
		scratch_append(names[i], "two\n");
	}
	for (i = 0; i < HARNESS_ROWS(turns); i++) {
		await_exactly(&clients[i], "one\ntwo\n");
		turns[i].first(names[i]);
	}
	for (i = 0; i < HARNESS_ROWS(turns); i++) {
		program_await_err(&clients[i], turns[i].said);
		if (turns[i].then != NULL)
			turns[i].then(names[i]);
	}
	for (i = 0; i < HARNESS_ROWS(turns); i++) {
		program_await_err(&clients[i], turns[i].says);
		scratch_append(names[i], "last\n");
	}
	for (i = 0; i < HARNESS_ROWS(turns); i++)
		expect_turn(&clients[i], i);
	server_stop(&server);
}
END_TEST

/* The server is killed between two requests and restarted on the same port. */
START_TEST(a_server_that_is_restarted)
{
	struct program client = {0};
	struct server server;
	char port[8];

	scratch_text("served/f", "one\n");
	server_start(&server, NULL);
	snprintf(port, sizeof(port), "%u", server.port);
	client_start(&client, server.port,
	    HERE_LIST("-f", "--retry", "20", "f"), NULL);
	await_exactly(&client, "one\n");
	program_kill(&server.program);
	scratch_append("served/f", "two\n");
	program_await_err(&client, "trying again");
	server_start(&server, HERE_LIST("-p", port));
	await_exactly(&client, "one\ntwo\n");
	scratch_append("served/f", "three\n");
	await_exactly(&client, "one\ntwo\nthree\n");
	interrupt(&client, "restarted");
	sum_expect_files(client.out_name, "served/f");
	server_stop(&server);
}
END_TEST

/* The server does not come back. */
START_TEST(a_server_that_is_gone)
{
	struct program client = {0};
	struct server server;

	scratch_text("served/f", "one\n");
	server_start(&server, NULL);
	client_start(&client, server.port, HERE_LIST("-f", "--retry", "1", "f"),
	    NULL);
	await_exactly(&client, "one\n");
	server_stop(&server);
	here_expect_exit(&client, 3, "gone");
	ck_assert_uint_eq(program_lines(program_err(&client)), 2);
}
END_TEST

START_TEST(into_a_file)
{
	struct program client = {0};
	struct server server;
	struct sum got, expected;

	scratch_text("served/f", "one\n");
	scratch_text("here/log", "o\n");
	server_start(&server, NULL);
	client_start(&client, server.port, HERE_LIST("-f", "-o", "log", "f"),
	    NULL);
	scratch_await_size("here/log", 4);
	scratch_append("served/f", "two\n");
	scratch_await_size("here/log", 8);
	replace("served/f");
	scratch_await_size("here/log",
	    8 + strlen("new and longer than before\n"));
	interrupt(&client, "-o");
	sum_of(&expected, "one\ntwo\nnew and longer than before\n",
	    strlen("one\ntwo\nnew and longer than before\n"));
	sum_file(&got, "here/log", 0, UINT64_MAX);
	sum_expect(&got, &expected, "here/log");
	ck_assert_str_eq(program_out(&client), "");
	here_expect_names("here", "-o", HERE_LIST("log"));
	server_stop(&server);
}
END_TEST

/* Somebody else may have made a link or a FIFO with the name: fileget writes to
 * neither. Regression: it truncated the target of the link. */
START_TEST(links_and_fifos_are_not_written_to)
{
	struct program client = {0};
	struct server server;
	size_t len;
	char *text;

	scratch_text("served/f", "one\n");
	scratch_text("outside/victim", "victim");
	scratch_symlink("../outside/victim", "here/link");
	server_start(&server, NULL);
	here_get(&client, server.port, 10, "link",
	    HERE_LIST("-f", "-o", "link", "f"));
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "it is a symbolic link, which -o does not follow"));
	text = scratch_read("outside/victim", &len);
	ck_assert_str_eq(text, "victim");
	free(text);
	ck_assert_int_eq(mkfifoat(scratch_fd(), "here/pipe", 0666), 0);
	if (fchownat(scratch_fd(), "here/pipe", 65534, 65534, 0) != 0) {
		harness_skip("another user's pipe", strerror(errno));
	} else {
		here_get(&client, server.port, 10, "pipe",
		    HERE_LIST("-f", "-o", "pipe", "f"));
		ck_assert_ptr_nonnull(
		    strstr(program_err(&client), "another user's pipe"));
	}
	server_stop(&server);
}
END_TEST

START_TEST(waiting_for_a_name)
{
	struct program client = {0};
	struct server server;

	server_start(&server, NULL);
	client_start(&client, server.port, HERE_LIST("-f", "--wait", "60", "f"),
	    NULL);
	program_await_err(&client, "not there yet");
	scratch_text("served/f.new", "one\n");
	scratch_rename("served/f.new", "served/f");
	await_exactly(&client, "one\n");
	scratch_append("served/f", "two\n");
	await_exactly(&client, "one\ntwo\n");
	interrupt(&client, "--wait");
	ck_assert_ptr_null(strstr(program_err(&server.program), "#2."));
	server_stop(&server);
}
END_TEST

Suite *
follow_suite(void)
{
	Suite *suite = suite_create("follow");
	TCase *tcase;

	tcase = harness_case(suite, "follow", 90);
	tcase_add_test(tcase, appended_bytes_arrive);
	tcase_add_test(tcase, replaced_truncated_and_removed);
	tcase_add_test(tcase, a_server_that_is_restarted);
	tcase_add_test(tcase, a_server_that_is_gone);
	tcase_add_test(tcase, into_a_file);
	tcase_add_test(tcase, links_and_fifos_are_not_written_to);
	tcase_add_test(tcase, waiting_for_a_name);
	return suite;
}
