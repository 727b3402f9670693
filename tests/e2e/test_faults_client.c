/*
 * The faults of a beginner's socket program (the table in the README): one test
 * for each fault of the client, named after it. The server's faults are in
 * test_faults.c.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/attempt.h"
#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

static struct program client;
static struct server server;

START_TEST(one_recv_of_1024_bytes_cuts_longer_files_off)
{
	scratch_fill("served/short", 1023, 1);
	scratch_fill("served/long", 1025, 2);
	scratch_fill("served/longer", 5000000, 3);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "long files",
	    HERE_LIST("short", "long", "longer"));
	sum_expect_files("here/newshort", "served/short");
	sum_expect_files("here/newlong", "served/long");
	sum_expect_files("here/newlonger", "served/longer");
	server_stop(&server);
}
END_TEST

enum {
	FRAMED = 500
};

/* All names are sent before the first reply. */
START_TEST(no_framing_two_names_sent_quickly_become_one)
{
	char names[FRAMED * 8] = "", got[32], wanted[32];
	size_t len = 0;
	int i;

	for (i = 0; i < FRAMED; i++) {
		snprintf(wanted, sizeof(wanted), "served/f%d", i);
		scratch_fill(wanted, (uint64_t)i, (uint64_t)i);
		len += (size_t)snprintf(names + len, sizeof(names) - len,
		    "f%d\n", i);
	}
	scratch_text("here/names", names);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "names", HERE_LIST("-i", "names"));
	for (i = 0; i < FRAMED; i++) {
		snprintf(got, sizeof(got), "here/newf%d", i);
		snprintf(wanted, sizeof(wanted), "served/f%d", i);
		sum_expect_files(got, wanted);
	}
	server_stop(&server);
}
END_TEST

START_TEST(a_missing_file_crashes_the_server)
{
	scratch_text("served/ok", "fine");
	server_start(&server, HERE_LIST("-v"));
	here_get(&client, server.port, 4, "missing",
	    HERE_LIST("missing", "ok", "missing too"));
	sum_expect_files("here/newok", "served/ok");
	here_expect_names("here", "missing", HERE_LIST("newok"));
	server_stop(&server);
	/* All were served on one connection. */
	ck_assert_ptr_null(strstr(program_err(&server.program), " #2 "));
}
END_TEST

START_TEST(text_decode_and_encode_break_binary_files)
{
	uint8_t bytes[3 * 256];
	size_t i;

	/* Each byte alone and doubled, with bytes that are not UTF-8 between
	 * them. */
	for (i = 0; i < 256; i++) {
		bytes[i] = (uint8_t)i;
		bytes[256 + 2 * i] = bytes[256 + 2 * i + 1] = (uint8_t)~i;
	}
	scratch_write("served/binary", bytes, sizeof(bytes));
	scratch_text("served/lines", "one\r\ntwo\rthree\n\n\032four");
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "binary",
	    HERE_LIST("binary", "lines"));
	sum_expect_files("here/newbinary", "served/binary");
	sum_expect_files("here/newlines", "served/lines");
	server_stop(&server);
}
END_TEST

/* Sends half of the file and ends the connection in each possible way. */
static void
play_break(struct fake *fake)
{
	const struct attempt *of = fake->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	if (!fake_ask(fake, &asked))
		return;
	reply = fake_build_reply(&of->file, 0, &len);
	fake_send(fake, reply, len / 2);
	free(reply);
	if (of->lie != NULL)
		fake_reset(fake);
}

START_TEST(half_a_file_left_under_the_final_name_when_the_line_breaks)
{
	static struct attempt attempt;
	unsigned kind;

	for (kind = 0; kind < ATTEMPT_KINDS; kind++) {
		memset(&attempt, 0, sizeof(attempt));
		attempt_start(&attempt, "closed", kind, play_break, NULL,
		    HERE_LIST(NULL));
		attempt_finish(&attempt, 6, ATTEMPT_PART);
		memset(&attempt, 0, sizeof(attempt));
		attempt_start(&attempt, "reset", kind, play_break, "reset",
		    HERE_LIST(NULL));
		attempt_finish(&attempt, 6, ATTEMPT_MAYBE_PART);
	}
}
END_TEST

/* Names with ".." are refused; replies of a malicious server are tested in
 * test_hostile.c. */
START_TEST(any_path_is_served)
{
	static const char *const names[] = {"../outside/secret",
	    "x/../../outside/secret", "/etc/passwd", "./../f", "x//f", "..",
	    ".", "f/", "f/."};
	size_t i;

	scratch_text("outside/secret", "secret");
	scratch_text("served/f", "f");
	scratch_mkdir("served/x");
	server_start(&server, HERE_LIST("-v"));
	for (i = 0; i < HARNESS_ROWS(names); i++)
		here_get(&client, server.port, 2, names[i],
		    HERE_LIST(names[i]));
	here_expect_names("here", "paths", HERE_LIST(NULL));
	here_expect_names("outside", "paths", HERE_LIST("secret"));
	server_stop(&server);
	/* They were not requested. */
	ck_assert_ptr_null(strstr(program_err(&server.program), " #1 "));
}
END_TEST

enum {
	BOTH_FILES = 500,
	BOTH_SIZE = 100000, /* bytes of a file */
	BOTH_DEPTH = 60,    /* folders of 16 bytes: a name has a thousand */
};

/* Half a megabyte of names one way and fifty of files the other: more than
 * all buffers hold between two that send first and receive later. */
START_TEST(both_sides_sending_at_once_deadlock)
{
	char folder[1024] = "served", name[1100], got[32];
	size_t i, size = 0, most = sizeof(name) * BOTH_FILES;
	char *names = malloc(most);

	ck_assert_ptr_nonnull(names);
	for (i = 0; i < BOTH_DEPTH; i++) {
		strlcat(folder, "/folder-of-names", sizeof(folder));
		scratch_mkdir(folder);
	}
	for (i = 0; i < BOTH_FILES; i++) {
		snprintf(name, sizeof(name), "%s/f%zu", folder, i);
		scratch_fill(name, BOTH_SIZE, i);
		size += (size_t)snprintf(names + size, most - size, "%s\n",
		    name + strlen("served/"));
	}
	scratch_write("here/names", names, size);
	free(names);
	server_start(&server, HERE_LIST("-q"));
	here_get(&client, server.port, 0, "both", HERE_LIST("-i", "names"));
	for (i = 0; i < BOTH_FILES; i++) {
		snprintf(got, sizeof(got), "here/newf%zu", i);
		snprintf(name, sizeof(name), "%s/f%zu", folder, i);
		sum_expect_files(got, name);
	}
	server_stop(&server);
}
END_TEST

static const struct {
	const char *row;
	const char *host;
	const char *said;
	int code;
} hosts[] = {
    {"look-up", "no-such-host.invalid", "no-such-host.invalid", 3},
    {"refused", "127.0.0.1", "refused", 3},
    {"time-out", NULL, "1 s", 6},
};

START_TEST(name_look_up_refused_connection_time_out_a_traceback)
{
	const char *host = hosts[_i].host;
	struct fake fake;
	char port[8];

	fake_start(&fake, host == NULL, fake_stall, NULL);
	if (host != NULL)
		fake_stop(&fake);
	snprintf(port, sizeof(port), "%u", fake.port);
	client_start_plain(&client,
	    HERE_LIST(host == NULL ? "127.0.0.1" : host, port, "--retry=0",
		"--timeout=1", "--progress=none", "-q", "f"));
	here_expect_exit(&client, hosts[_i].code, hosts[_i].row);
	if (host == NULL)
		fake_stop(&fake);
	ck_assert_ptr_nonnull(strstr(program_err(&client), hosts[_i].said));
	ck_assert(strncmp(program_err(&client), "fileget: ", 9) == 0);
	ck_assert_uint_eq(program_lines(program_err(&client)), 1);
	here_expect_names("here", hosts[_i].row, HERE_LIST(NULL));
}
END_TEST

Suite *
faults_client_suite(void)
{
	Suite *suite = suite_create("faults_client");
	TCase *tcase;

	tcase = harness_case(suite, "faults", 60);
	tcase_add_test(tcase, one_recv_of_1024_bytes_cuts_longer_files_off);
	tcase_add_test(tcase, no_framing_two_names_sent_quickly_become_one);
	tcase_add_test(tcase, a_missing_file_crashes_the_server);
	tcase_add_test(tcase, text_decode_and_encode_break_binary_files);
	tcase_add_test(tcase,
	    half_a_file_left_under_the_final_name_when_the_line_breaks);
	tcase_add_test(tcase, any_path_is_served);
	tcase_add_test(tcase, both_sides_sending_at_once_deadlock);
	tcase_add_loop_test(tcase,
	    name_look_up_refused_connection_time_out_a_traceback, 0,
	    (int)HARNESS_ROWS(hosts));
	return suite;
}
