/*
 * fileserv --tls, met by a client of TLS that shares no code with it: who is
 * served and who is refused, the key and its file, the log, and a stop.
 */

#include <sys/stat.h>

#include <endian.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/program.h"
#include "tests/harness/scratch.h"
#include "tests/harness/secure.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define LARGE	     (5 * 1024 * 1024 + 1) /* bytes */

enum {
	ALERT_PROTOCOL_VERSION = 70, /* RFC 8446, 6.2 */
	ALERT_NO_PROTOCOL = 120,
};

static struct server server;
static struct secure secure;
static char key_path[SCRATCH_PATH];

/* Starts a server whose key is outside the served folder. */
static void
start(const char *mode, const char *option, const char *value)
{
	scratch_text("served/ok", "fine");
	scratch_fill("served/large", LARGE, 1);
	server_start(&server,
	    OPTIONS("--key-file", scratch_path(key_path, "outside/key.pem"),
		mode, option, value));
}

static void
ask(enum protocol_op op, const char *name)
{
	uint8_t bytes[256];

	secure_send(&secure, bytes, talk_encode(bytes, op, name));
}

/* Receives a reply's header. Returns its status and sets *len. */
static unsigned
read_header(uint64_t *len)
{
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];

	secure_read(&secure, header, sizeof(header));
	memcpy(len, header, sizeof(*len));
	*len = be64toh(*len) & 0xffffffffffffff;
	return header[0];
}

/* Receives a reply with a served file, behind skip bytes. */
static void
read_file(const char *name, size_t skip)
{
	char path[64];
	struct sum got, wanted;
	uint8_t *bytes;
	uint64_t len;
	size_t size;

	ck_assert_uint_eq(read_header(&len), PROTOCOL_OK);
	bytes = malloc(len);
	secure_read(&secure, bytes, len);
	snprintf(path, sizeof(path), "served/%s", name);
	free(scratch_read(path, &size));
	sum_of(&got, bytes + skip, size);
	sum_file(&wanted, path, 0, UINT64_MAX);
	sum_expect(&got, &wanted, name);
	free(bytes);
}

START_TEST(files_arrive_inside_tls)
{
	const char *log;

	start(_i == 0 ? "--tls" : "--tls=on", "-v", NULL);
	secure_connect(&secure, server.port);
	ask(PROTOCOL_OP_GET, "ok");
	ask(PROTOCOL_OP_GET, "large");
	ask(PROTOCOL_OP_FETCH, "large");
	ask(PROTOCOL_OP_FETCH, "ok");
	read_file("ok", 0);
	read_file("large", 0);
	read_file("large", PROTOCOL_ATTRIBUTES_SIZE);
	read_file("ok", PROTOCOL_ATTRIBUTES_SIZE);
	secure_close(&secure);
	program_await_err(&server.program, "closed, 4 answered");
	server_stop(&server);
	log = server_log(&server);
	ck_assert_ptr_nonnull(strstr(log, " tls #1.2 GET large OK 5242881/"));
	ck_assert_ptr_nonnull(strstr(log, " tls #1 encrypted: TLSv1.3, TLS_"));
}
END_TEST

START_TEST(the_json_log_says_tls)
{
	start("--tls", "--log-format", "json");
	secure_connect(&secure, server.port);
	ask(PROTOCOL_OP_GET, "ok");
	read_file("ok", 0);
	secure_close(&secure);
	server_stop(&server);
	ck_assert_ptr_nonnull(
	    strstr(server_log(&server), "\",\"tls\":true,\"connection\":1"));
}
END_TEST

/* A client that ends its side in the middle of a connection, even without
 * close_notify, gets the replies to all its requests. */
START_TEST(replies_come_after_the_clients_end)
{
	int i;

	start("--tls", NULL, NULL);
	secure_connect(&secure, server.port);
	for (i = 0; i < 100; i++)
		ask(PROTOCOL_OP_GET, "ok");
	ask(PROTOCOL_OP_GET, "large");
	wire_half_close(secure.fd);
	for (i = 0; i < 100; i++)
		read_file("ok", 0);
	read_file("large", 0);
	secure_expect_end(&secure);
	secure_close(&secure);
	server_stop(&server);
}
END_TEST

START_TEST(plain_requests_are_refused_in_words)
{
	static const char *const requests[] = {"\0\0\0\2ok",
	    "GET / HTTP/1.1\r\n"};
	char message[256];
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];
	size_t i;
	int fd;

	start("--tls", NULL, NULL);
	for (i = 0; i < HARNESS_ROWS(requests); i++) {
		fd = wire_connect(server.port);
		wire_send(fd, requests[i], 6);
		wire_read(fd, header, sizeof(header));
		ck_assert_uint_eq(header[0], PROTOCOL_UNSUPPORTED);
		wire_read(fd, message, header[7]);
		message[header[7]] = '\0';
		ck_assert_str_eq(message,
		    "this server wants encryption: "
		    "fileget --tls HOST PORT NAME");
		wire_half_close(fd);
		wire_expect_end(fd, WIRE_ORDERLY);
		close(fd);
	}
	server_stop(&server);
	ck_assert_ptr_nonnull(strstr(server_log(&server),
	    "refused: the client does not encrypt, and --tls asks for that"));
}
END_TEST

START_TEST(plain_requests_may_be_allowed)
{
	int fd;

	start("--tls=on", NULL, NULL);
	fd = wire_connect(server.port);
	talk_expect_file(fd, "ok");
	talk_expect_file(fd, "large");
	close(fd);
	server_stop(&server);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&server.program), "--tls=on: requests that"));
	ck_assert_ptr_null(strstr(server_log(&server), " tls "));
}
END_TEST

START_TEST(other_protocols_inside_tls_are_refused)
{
	static const struct {
		struct secure_options options;
		int alert;
		const char *why;
	} rows[] = {
	    {{.protocol = "http/1.1"}, ALERT_NO_PROTOCOL,
		"refused: the client speaks another protocol inside TLS"},
	    {{.protocol = NULL}, ALERT_NO_PROTOCOL,
		"refused: the client speaks another protocol inside TLS"},
	    {{.protocol = "fileserv/1", .old = true}, ALERT_PROTOCOL_VERSION,
		"refused: the client speaks no TLS 1.3"},
	};

	start("--tls", NULL, NULL);
	ck_assert_int_eq(secure_begin(&secure, wire_connect(server.port),
			     &rows[_i].options),
	    rows[_i].alert);
	secure_close(&secure);
	server_stop(&server);
	ck_assert_msg(strstr(server_log(&server), rows[_i].why) != NULL, "%s",
	    server_log(&server));
}
END_TEST

/* Silent clients are ended, and those that stop in their hello. */
START_TEST(handshakes_end_in_time)
{
	int fd;

	start("--tls", "--request-timeout", "1");
	fd = wire_connect(server.port);
	wire_send(fd, "\x16\3\1\2\0\1", 6);
	wire_expect_end(fd, WIRE_ORDERLY);
	close(fd);
	server_stop(&server);
	start("--tls", "--timeout", "1");
	fd = wire_connect(server.port);
	wire_expect_end(fd, WIRE_ORDERLY);
	close(fd);
	server_stop(&server);
}
END_TEST

/* A client would take BUSY in the clear for a server without TLS. */
START_TEST(nobody_is_told_busy_in_the_clear)
{
	int fd;

	start("--tls", "--max-per-address", "1");
	secure_connect(&secure, server.port);
	fd = wire_connect(server.port);
	wire_expect_end(fd, WIRE_ORDERLY);
	close(fd);
	ask(PROTOCOL_OP_GET, "ok");
	read_file("ok", 0);
	secure_close(&secure);
	server_stop(&server);
}
END_TEST

/* The key on standard output is the one that is shown, and stays. */
START_TEST(the_key_is_announced_and_kept)
{
	char key[33], line[128];
	struct stat stat;
	char *before = NULL, *after;
	size_t len;
	int i;

	for (i = 0; i < 2; i++) {
		start("--tls", NULL, NULL);
		secure_connect(&secure, server.port);
		secure_key(&secure, key);
		secure_close(&secure);
		snprintf(line, sizeof(line),
		    "\nfileget --key %s 127.0.0.1 %u NAME\n", key, server.port);
		ck_assert_msg(strstr(program_out(&server.program), line) !=
			NULL,
		    "%s", program_out(&server.program));
		server_stop(&server);
		after = scratch_read("outside/key.pem", &len);
		ck_assert_ptr_nonnull(after);
		if (i == 0)
			before = after;
		ck_assert_int_eq(strstr(program_err(&server.program),
				     "made a key in ") != NULL,
		    i == 0);
	}
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	ck_assert_int_eq(fstatat(scratch_fd(), "outside/key.pem", &stat, 0), 0);
	ck_assert_uint_eq(stat.st_mode & 07777, 0600);
}
END_TEST

/* Expects exit code 1 and one line with this text. */
static void
expect_no_start(const char *const *options, const char *said)
{
	struct program program = {.pid = 0};
	const char *text;

	server_try(&program, options);
	ck_assert_int_eq(program_wait(&program, WAIT_LIMIT), 1);
	text = program_err(&program);
	ck_assert_msg(strstr(text, said) != NULL && program_lines(text) == 1,
	    "%s", text);
	ck_assert_str_eq(program_out(&program), "");
}

START_TEST(a_bad_key_file_prevents_the_start)
{
	char path[SCRATCH_PATH];

	start("--tls", NULL, NULL);
	server_stop(&server);
	ck_assert_int_eq(chmod(key_path, 0640), 0);
	expect_no_start(OPTIONS("-p0", "--tls", "--key-file", key_path),
	    "key.pem");
	scratch_text("outside/garbage", "no key\n");
	scratch_path(path, "outside/garbage");
	ck_assert_int_eq(chmod(path, 0600), 0);
	expect_no_start(OPTIONS("-p0", "--tls", "--key-file", path), "garbage");
	scratch_path(path, "outside");
	expect_no_start(OPTIONS("-p0", "--tls", "--key-file", path), "outside");
	expect_no_start(OPTIONS("-p0", "--tls", "--tls-cert", key_path,
			    "--tls-key", key_path),
	    "key.pem");
}
END_TEST

/* A key that clients can fetch is refused before it is made. */
START_TEST(a_key_in_the_served_folder_is_refused)
{
	expect_no_start(OPTIONS("-p0", "--tls", "--key-file", "key.pem"),
	    "key.pem lies in the served folder, where clients could fetch it");
	ck_assert(!scratch_exists("served/key.pem"));
	expect_no_start(OPTIONS("-p0", "--hidden", "--tls", "--key-file",
			    ".key.pem"),
	    ".key.pem lies in the served folder");
}
END_TEST

/* A stop lets a download inside TLS finish. */
START_TEST(downloads_finish_at_a_stop)
{
	uint64_t len;
	void *bytes;

	start("--tls", NULL, NULL);
	scratch_fill("served/larger", 8 * LARGE, 2);
	secure_connect(&secure, server.port);
	ask(PROTOCOL_OP_GET, "larger");
	ck_assert_uint_eq(read_header(&len), PROTOCOL_OK);
	program_signal(&server.program, SIGTERM);
	ck_assert(server_await_stopping(&server));
	bytes = malloc(len);
	secure_read(&secure, bytes, len);
	free(bytes);
	secure_expect_end(&secure);
	secure_close(&secure);
	ck_assert_int_eq(program_wait(&server.program, WAIT_LIMIT), 0);
}
END_TEST

/* Nor does a stop wait for a handshake that may never be complete. */
START_TEST(a_stop_ends_unfinished_handshakes)
{
	int fd;

	start("--tls", "--request-timeout", "3600");
	fd = wire_connect(server.port);
	wire_send(fd, "\x16\3\1\2\0\1", 6);
	secure_connect(&secure, server.port);
	secure_close(&secure);
	server_stop(&server);
	wire_expect_end(fd, WIRE_ORDERLY);
	close(fd);
}
END_TEST

Suite *
encryption_suite(void)
{
	Suite *suite = suite_create("encryption");
	TCase *served = harness_case(suite, "served", 60);
	TCase *refused = harness_case(suite, "refused", 60);
	TCase *key = harness_case(suite, "key", 60);

	tcase_add_loop_test(served, files_arrive_inside_tls, 0, 2);
	tcase_add_test(served, the_json_log_says_tls);
	tcase_add_test(served, replies_come_after_the_clients_end);
	tcase_add_test(served, plain_requests_may_be_allowed);
	tcase_add_test(served, downloads_finish_at_a_stop);
	tcase_add_test(served, a_stop_ends_unfinished_handshakes);
	tcase_add_test(refused, plain_requests_are_refused_in_words);
	tcase_add_loop_test(refused, other_protocols_inside_tls_are_refused, 0,
	    3);
	tcase_add_test(refused, handshakes_end_in_time);
	tcase_add_test(refused, nobody_is_told_busy_in_the_clear);
	tcase_add_test(key, the_key_is_announced_and_kept);
	tcase_add_test(key, a_bad_key_file_prevents_the_start);
	tcase_add_test(key, a_key_in_the_served_folder_is_refused);
	return suite;
}
