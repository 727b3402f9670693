/*
 * The faults of a beginner's socket program (the table in the README): one test
 * for each fault of the server, named after it. The client's faults are in
 * test_faults_client.c.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	FAULTS_FILE = 12 * 1024 * 1024
};

static struct server server;

/* "f" is far larger than any buffer, "ok" is small. */
static void
start(void)
{
	scratch_fill("served/f", FAULTS_FILE, 1);
	scratch_text("served/ok", "fine");
	server_start(&server, NULL);
}

START_TEST(one_recv_of_1024_bytes_cuts_longer_files_off)
{
	char name[32];
	int fd, i;

	start();
	fd = wire_connect(server.port);
	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "served/f%d", i);
		scratch_fill(name, UINT64_C(1023) + (uint64_t)i * 1024, 2);
		talk_expect_file(fd, name + strlen("served/"));
	}
	talk_expect_file(fd, "f");
	close(fd);
	server_stop(&server);
}
END_TEST

/* A small window makes every send(2) a partial one. */
START_TEST(one_send_taken_to_send_everything)
{
	int fd;

	start();
	fd = wire_connect_with(server.port,
	    &(struct wire_options){.receive_buffer = 1});
	talk_expect_range(fd, "f", 0, PROTOCOL_TO_END);
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
}
END_TEST

START_TEST(no_framing_two_names_sent_quickly_become_one)
{
	static const uint8_t both[] = "\0\0\0\2ok\0\0\0\3two";
	char body[4];
	uint64_t length;
	int fd;

	start();
	scratch_text("served/two", "2");
	fd = wire_connect(server.port);
	wire_send(fd, both, sizeof(both) - 1);
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length, 4);
	wire_read(fd, body, 4);
	ck_assert_mem_eq(body, "fine", 4);
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length, 1);
	wire_read(fd, body, 1);
	ck_assert_mem_eq(body, "2", 1);
	close(fd);
	server_stop(&server);
}
END_TEST

START_TEST(a_missing_file_crashes_the_server)
{
	int fd, i;

	start();
	fd = wire_connect(server.port);
	for (i = 0; i < 100; i++) {
		talk_ask(fd, PROTOCOL_OP_GET, "missing");
		ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_NOT_FOUND);
	}
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
}
END_TEST

START_TEST(text_decode_and_encode_break_binary_files)
{
	uint8_t bytes[65536];
	size_t i;
	int fd;

	start();
	for (i = 0; i < sizeof(bytes); i += 2) {
		bytes[i] = (uint8_t)(i >> 9);
		bytes[i + 1] = (uint8_t)(i >> 1);
	}
	scratch_write("served/pairs", bytes, sizeof(bytes));
	scratch_text("served/lines", "a\r\nb\rc\n\n\032\004");
	scratch_write("served/utf16", "\377\376a\0\0\330", 6);
	fd = wire_connect(server.port);
	talk_expect_file(fd, "pairs");
	talk_expect_file(fd, "lines");
	talk_expect_file(fd, "utf16");
	close(fd);
	server_stop(&server);
}
END_TEST

START_TEST(one_client_at_a_time_the_second_waits_for_ever)
{
	int silent, held, fd;

	start();
	silent = wire_connect(server.port);
	held = talk_begin_download(server.port, "f");
	fd = wire_connect(server.port);
	talk_expect_file(fd, "f");
	talk_finish_download(held, "f");
	talk_expect_file(silent, "ok");
	close(silent);
	close(held);
	close(fd);
	server_stop(&server);
}
END_TEST

/* Ways out of the folder, of which test_names.c and test_links.c have more.
 * Positive control: open(2) follows each of them. */
START_TEST(any_path_is_served)
{
	static const char *const ways[] = {"../outside/secret",
	    "folder/../../outside/secret", "link"};
	char path[64];
	size_t i;

	start();
	scratch_text("outside/secret", "secret");
	scratch_mkdir("served/folder");
	scratch_symlink("../outside/secret", "served/link");
	for (i = 0; i < HARNESS_ROWS(ways); i++) {
		size_t len;
		char *text;

		snprintf(path, sizeof(path), "served/%s", ways[i]);
		text = scratch_read(path, &len);
		ck_assert_str_eq(text, "secret");
		free(text);
		ck_assert_msg(talk_status_of(server.port, PROTOCOL_OP_GET,
				  ways[i], strlen(ways[i])) != PROTOCOL_OK,
		    "%s", ways[i]);
	}
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_GET,
			     "/etc/passwd", 11),
	    PROTOCOL_BAD_NAME);
	server_stop(&server);
}
END_TEST

/* Both directions are full; when the client then reads, it gets everything. */
START_TEST(both_sides_sending_at_once_deadlock)
{
	static uint8_t block[6 * 4096]; /* many requests */
	uint8_t reply[12];
	size_t len = 0, sent = 0, i;
	ssize_t n;
	int fd;

	start();
	while (len < sizeof(block))
		len += talk_encode(block + len, PROTOCOL_OP_GET, "ok");
	fd = wire_connect_with(server.port,
	    &(struct wire_options){.receive_buffer = 16 * 1024});
	talk_ask(fd, PROTOCOL_OP_GET, "f");
	do {
		while ((n = send(fd, block + sent % len, len - sent % len,
			    MSG_DONTWAIT)) > 0)
			sent += (size_t)n;
		ck_assert(errno == EAGAIN);
	} while (wait_ready(fd, POLLOUT, CLOCK_SEC / 4));
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	for (i = 0; i < sent / 6; i++) {
		wire_read(fd, reply, sizeof(reply));
		ck_assert_mem_eq(reply, "\0\0\0\0\0\0\0\4fine", 12);
	}
	if (sent % 6 > 0) {
		wire_send(fd, block + sent % 6, 6 - sent % 6);
		ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	}
	talk_expect_file(fd, "f");
	close(fd);
	server_stop(&server);
}
END_TEST

START_TEST(bind_fails_right_after_a_restart)
{
	char port[8];
	const char *const options[] = {"-p", port, NULL};
	int held, round, fd;

	start();
	snprintf(port, sizeof(port), "%u", server.port);
	for (round = 0; round < 3; round++) {
		held = talk_begin_download(server.port, "f");
		program_kill(&server.program);
		server_start(&server, options);
		fd = wire_connect(server.port);
		talk_expect_file(fd, "ok");
		close(fd);
		close(held);
	}
	server_stop(&server);
}
END_TEST

/* By an orderly end, by a reset, and inside a request. */
START_TEST(a_peer_that_goes_away_unnoticed)
{
	unsigned descriptors;
	int i;

	start();
	descriptors = server_descriptors(&server);
	for (i = 0; i < 30; i++) {
		int fd = i % 2 == 0 ? wire_connect(server.port) :
				      talk_begin_download(server.port, "f");

		if (i % 3 == 0)
			wire_send(fd, "\0\0", 2);
		if (i % 5 < 2)
			wire_reset(fd);
		else
			close(fd);
	}
	ck_assert(server_await_descriptors(&server, descriptors));
	server_stop(&server);
}
END_TEST

START_TEST(closing_the_listener_or_one_client_disturbs_others)
{
	int first, second;

	start();
	first = talk_begin_download(server.port, "f");
	second = talk_begin_download(server.port, "f");
	wire_reset(talk_begin_download(server.port, "f"));
	program_signal(&server.program, SIGTERM);
	ck_assert(server_await_stopping(&server));
	talk_finish_download(first, "f");
	close(first);
	talk_finish_download(second, "f");
	wire_expect_end(second, WIRE_ORDERLY);
	close(second);
	ck_assert_int_eq(program_wait(&server.program, WAIT_LIMIT), 0);
}
END_TEST

Suite *
faults_suite(void)
{
	Suite *suite = suite_create("faults");
	TCase *tcase;

	tcase = harness_case(suite, "server", 60);
	tcase_add_test(tcase, one_recv_of_1024_bytes_cuts_longer_files_off);
	tcase_add_test(tcase, one_send_taken_to_send_everything);
	tcase_add_test(tcase, no_framing_two_names_sent_quickly_become_one);
	tcase_add_test(tcase, a_missing_file_crashes_the_server);
	tcase_add_test(tcase, text_decode_and_encode_break_binary_files);
	tcase_add_test(tcase, one_client_at_a_time_the_second_waits_for_ever);
	tcase_add_test(tcase, any_path_is_served);
	tcase_add_test(tcase, both_sides_sending_at_once_deadlock);
	tcase_add_test(tcase, bind_fails_right_after_a_restart);
	tcase_add_test(tcase, a_peer_that_goes_away_unnoticed);
	tcase_add_test(tcase,
	    closing_the_listener_or_one_client_disturbs_others);
	return suite;
}
