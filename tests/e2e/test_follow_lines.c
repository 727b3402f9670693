/*
 * fileget -f --lines: it begins where tail(1) begins, for files of any content,
 * and then goes on as without --lines.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/relay.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

enum {
	PIECE = 16 * 1024, /* bytes of the first piece that is searched */
	MIB = 1024 * 1024,
	FILES = HARNESS_SLOW ? 16 : 64, /* random ones */
	TOGETHER = 16,			/* fileget processes at a time */
};

#define LAST "appended\n"

static struct server server;

/* Runs tail(1) on a served file; its output goes to tail->out_name. */
static void
run_tail(struct program *tail, const char *lines, const char *name)
{
	const struct program_options options = {
	    .path = "/usr/bin/tail",
	    .args = HERE_LIST("-n", lines, name),
	    .cwd = "served",
	};

	memset(tail, 0, sizeof(*tail));
	program_start(tail, &options);
	ck_assert_int_eq(program_wait(tail, WAIT_LIMIT), 0);
}

/* Returns the number of bytes that tail(1) wrote. */
static size_t
tail_size(const struct program *tail)
{
	char *text;
	size_t len;

	text = scratch_read(tail->out_name, &len);
	free(text);
	return len;
}

static void
end_follow(struct program *client, const char *what)
{
	program_signal(client, SIGINT);
	here_expect_exit(client, 130, what);
}

/* Waits until as many bytes were written as by tail(1), and appends a line. The
 * file has at least one byte, and lines is not 0. */
static void
append_after_lines(struct program *client, struct program *tail,
    const char *name, const char *lines)
{
	char path[160];

	run_tail(tail, lines, name);
	scratch_await_size(client->out_name, tail_size(tail));
	snprintf(path, sizeof(path), "served/%s", name);
	scratch_append(path, LAST);
	scratch_append(tail->out_name, LAST);
}

/* Compares the output, with the line, with that of tail(1). */
static void
expect_like_tail(struct program *client, const struct program *tail,
    const char *what)
{
	scratch_await_size(client->out_name, tail_size(tail));
	end_follow(client, what);
	sum_expect_files(client->out_name, tail->out_name);
}

/* ---- files of every kind ------------------------------------------------ */

/* Fills a file with lines of random length: of these bytes, about one in
 * `longest` is a newline. */
static void
fill_lines(const char *name, size_t size, unsigned longest)
{
	char *bytes = malloc(size + 1);
	size_t i;

	ck_assert_ptr_nonnull(bytes);
	for (i = 0; i < size; i++)
		bytes[i] = random() % longest == 0 ?
		    '\n' :
		    "abc \r\0\033\377"[random() % 8];
	scratch_write(name, bytes, size);
	free(bytes);
}

START_TEST(as_tail_begins)
{
	static struct program clients[TOGETHER], tails[TOGETHER];
	char names[TOGETHER][16], lines[TOGETHER][16], path[160];
	int begun, i;

	srandom(7);
	server_start(&server, NULL);
	for (begun = 0; begun < FILES; begun += TOGETHER) {
		for (i = 0; i < TOGETHER; i++) {
			snprintf(names[i], sizeof(names[i]), "%d", begun + i);
			snprintf(lines[i], sizeof(lines[i]), "%ld",
			    1 + random() % (i % 2 == 0 ? 9 : 999));
			snprintf(path, sizeof(path), "served/%d", begun + i);
			fill_lines(path, 1 + (size_t)random() % (5 * PIECE),
			    1 + (unsigned)random() % (i % 3 == 0 ? 20000 : 90));
			memset(&clients[i], 0, sizeof(clients[i]));
			client_start(&clients[i], server.port,
			    HERE_LIST("-f", "--lines", lines[i], names[i]),
			    NULL);
		}
		for (i = 0; i < TOGETHER; i++)
			append_after_lines(&clients[i], &tails[i], names[i],
			    lines[i]);
		for (i = 0; i < TOGETHER; i++)
			expect_like_tail(&clients[i], &tails[i], names[i]);
	}
	server_stop(&server);
}
END_TEST

/* Lines that end at the border of the pieces, and one byte beside it. */
START_TEST(lines_at_the_border_of_pieces)
{
	static struct program client, tail;
	static char bytes[3 * PIECE];

	memset(bytes, 'x', sizeof(bytes));
	bytes[100] = '\n';
	/* From two bytes before the border to two behind it. */
	bytes[2 * PIECE - 2 + _i] = '\n';
	scratch_write("served/f", bytes, sizeof(bytes));
	server_start(&server, NULL);
	client_start(&client, server.port, HERE_LIST("-f", "--lines", "1", "f"),
	    NULL);
	append_after_lines(&client, &tail, "f", "1");
	expect_like_tail(&client, &tail, "a border");
	server_stop(&server);
}
END_TEST

/* One line of 64 MiB of NULs, in front of a short one: all of it is searched,
 * and memory stays small. */
START_TEST(a_huge_line)
{
	enum {
		SIZE = 64 * MIB,
		MEMORY = 16 * 1024, /* KiB */
	};
	static struct program client;

	scratch_sparse("served/f", SIZE);
	scratch_append("served/f", "\nshort\n");
	server_start(&server, NULL);
	client_start(&client, server.port, HERE_LIST("-f", "--lines", "1", "f"),
	    NULL);
	program_await_out(&client, "short\n");
	end_follow(&client, "after the huge line");
	ck_assert_str_eq(program_out(&client), "short\n");
	memset(&client, 0, sizeof(client));
	client_start(&client, server.port, HERE_LIST("-f", "--lines", "2", "f"),
	    NULL);
	scratch_await_size(client.out_name, SIZE + strlen("\nshort\n"));
	end_follow(&client, "the huge line");
	sum_expect_files(client.out_name, "served/f");
	ck_assert_msg(HARNESS_SLOW || client.peak < MEMORY, "%ld KiB",
	    client.peak);
	server_stop(&server);
}
END_TEST

/* ---- where it begins ---------------------------------------------------- */

static const struct {
	const char *row;
	const char *lines;
	const char *served;
	const char *written;
} rows[] = {
    {"one", "1", "one\ntwo\n", "two\n"},
    {"no newline at the end", "1", "one\ntwo", "two"},
    {"carriage returns", "2", "one\r\ntwo\r\nthree\r\n", "two\r\nthree\r\n"},
    {"more than there are", "99", "one\ntwo\n", "one\ntwo\n"},
    {"the most", "2147483647", "one\ntwo\n", "one\ntwo\n"},
    {"empty lines", "2", "one\n\n\n", "\n\n"},
};

START_TEST(the_last_lines)
{
	static struct program client;

	scratch_text("served/f", rows[_i].served);
	server_start(&server, NULL);
	client_start(&client, server.port,
	    HERE_LIST("-f", "--lines", rows[_i].lines, "f"), NULL);
	program_await_out(&client, rows[_i].written);
	scratch_append("served/f", "|");
	program_await_out(&client, "|");
	end_follow(&client, rows[_i].row);
	ck_assert_msg(strncmp(program_out(&client), rows[_i].written,
			  strlen(rows[_i].written)) == 0 &&
		strlen(program_out(&client)) == strlen(rows[_i].written) + 1,
	    "%s: %s", rows[_i].row, program_out(&client));
	ck_assert_str_eq(program_err(&client), "");
	server_stop(&server);
}
END_TEST

static bool
append_until_written(void *client)
{
	scratch_append("served/f", "new\n");
	return program_out(client)[0] != '\0';
}

/* 0 lines: nothing that was there before is written. The file is empty in the
 * second round. */
START_TEST(only_what_comes)
{
	static struct program client;
	const char *out;

	scratch_text("served/f", _i == 0 ? "old\nolder\n" : "");
	server_start(&server, NULL);
	client_start(&client, server.port, HERE_LIST("-f", "--lines", "0", "f"),
	    NULL);
	ck_assert(wait_until(append_until_written, &client, WAIT_LIMIT));
	end_follow(&client, "--lines 0");
	for (out = program_out(&client); *out != '\0'; out += strlen("new\n"))
		ck_assert_msg(strncmp(out, "new\n", strlen("new\n")) == 0, "%s",
		    program_out(&client));
	server_stop(&server);
}
END_TEST

/* A file that appears later is written whole: all of it is new. */
START_TEST(a_name_that_is_waited_for)
{
	static struct program client;

	server_start(&server, NULL);
	client_start(&client, server.port,
	    HERE_LIST("-f", "--lines", "1", "--wait", "60", "f"), NULL);
	program_await_err(&client, "not there yet");
	scratch_text("served/f.new", "one\ntwo\n");
	scratch_rename("served/f.new", "served/f");
	program_await_out(&client, "one\ntwo\n");
	end_follow(&client, "--wait");
	memset(&client, 0, sizeof(client));
	here_get(&client, server.port, 4, "no --wait",
	    HERE_LIST("-f", "--lines", "1", "none"));
	server_stop(&server);
}
END_TEST

/* ---- what happens to the file afterwards -------------------------------- */

static void
start_at_last_line(struct program *client)
{
	scratch_text("served/log", "one\ntwo\n");
	server_start(&server, NULL);
	client_start(client, server.port,
	    HERE_LIST("-f", "--lines", "1", "log"), NULL);
	program_await_out(client, "two\n");
	scratch_append("served/log", "three\n");
	program_await_out(client, "three\n");
}

START_TEST(rotated_afterwards)
{
	static struct program client;

	start_at_last_line(&client);
	scratch_append("served/log", "last\n");
	scratch_rename("served/log", "served/log.1");
	scratch_text("served/log", "new\n");
	program_await_out(&client, "new\n");
	end_follow(&client, "rotated");
	ck_assert_str_eq(program_out(&client), "two\nthree\nlast\nnew\n");
	server_stop(&server);
}
END_TEST

START_TEST(truncated_afterwards)
{
	static struct program client;

	start_at_last_line(&client);
	scratch_text("served/log", "new\n");
	program_await_out(&client, "new\n");
	end_follow(&client, "truncated");
	ck_assert_str_eq(program_out(&client), "two\nthree\nnew\n");
	server_stop(&server);
}
END_TEST

/* A copy of the old content is found by its bytes, although the first ones were
 * never read. */
START_TEST(copied_and_truncated_afterwards)
{
	static struct program client;
	static char bytes[3 * PIECE + 64];
	char *text;
	size_t len;

	memset(bytes, 'x', 3 * PIECE);
	strlcat(bytes, "\nthe last line\n", sizeof(bytes));
	scratch_text("served/log", bytes);
	server_start(&server, NULL);
	client_start(&client, server.port,
	    HERE_LIST("-f", "--lines", "1", "log"), NULL);
	program_await_out(&client, "the last line\n");
	strlcat(bytes, "not read yet\n", sizeof(bytes));
	scratch_text("served/log.1", bytes);
	scratch_text("served/log", "new\n");
	program_await_out(&client, "new\n");
	end_follow(&client, "copytruncate");
	ck_assert_str_eq(program_out(&client),
	    "the last line\nnot read yet\nnew\n");
	text = scratch_read("served/log", &len);
	ck_assert_str_eq(text, "new\n");
	free(text);
	server_stop(&server);
}
END_TEST

/* The file is renamed in the search: the server keeps it open, so that its
 * lines are found, and the new file follows. */
START_TEST(rotated_in_the_search)
{
	static struct program client;
	struct relay relay;

	scratch_sparse("served/f", 3 * MIB);
	scratch_append("served/f", "\nlast\n");
	server_start(&server, NULL);
	relay_start(&relay, server.port, 200 * CLOCK_MS, -1);
	client_start(&client, relay.port, HERE_LIST("-f", "--lines", "2", "f"),
	    NULL);
	program_await_err(&server.program, " #1.2 FETCH f OK");
	scratch_rename("served/f", "served/f.1");
	scratch_text("served/f", "new\n");
	program_await_err(&client, "the file was replaced");
	scratch_append("served/f.1", "new\n");
	scratch_await_size(client.out_name, 3 * MIB + strlen("\nlast\nnew\n"));
	end_follow(&client, "rotated in the search");
	sum_expect_files(client.out_name, "served/f.1");
	relay_stop(&relay);
	server_stop(&server);
}
END_TEST

/* The connection breaks in the search: it goes on where it was. */
START_TEST(a_break_in_the_search)
{
	static struct program client, tail;
	struct relay relay;

	scratch_sparse("served/f", 4 * MIB);
	scratch_append("served/f", "\nlast\n");
	server_start(&server, NULL);
	relay_start(&relay, server.port, 0, MIB);
	client_start(&client, relay.port, HERE_LIST("-f", "--lines", "2", "f"),
	    NULL);
	program_await_err(&client, "trying again");
	append_after_lines(&client, &tail, "f", "2");
	expect_like_tail(&client, &tail, "a break");
	relay_stop(&relay);
	server_stop(&server);
}
END_TEST

Suite *
follow_lines_suite(void)
{
	Suite *suite = suite_create("follow_lines");
	TCase *tcase;

	tcase = harness_case(suite, "files", 120);
	tcase_add_test(tcase, as_tail_begins);
	tcase_add_loop_test(tcase, lines_at_the_border_of_pieces, 0, 5);
	tcase_add_test(tcase, a_huge_line);
	tcase = harness_case(suite, "begin", 90);
	tcase_add_loop_test(tcase, the_last_lines, 0, (int)HARNESS_ROWS(rows));
	tcase_add_loop_test(tcase, only_what_comes, 0, 2);
	tcase_add_test(tcase, a_name_that_is_waited_for);
	tcase = harness_case(suite, "afterwards", 90);
	tcase_add_test(tcase, rotated_afterwards);
	tcase_add_test(tcase, truncated_afterwards);
	tcase_add_test(tcase, copied_and_truncated_afterwards);
	tcase_add_test(tcase, rotated_in_the_search);
	tcase_add_test(tcase, a_break_in_the_search);
	return suite;
}
