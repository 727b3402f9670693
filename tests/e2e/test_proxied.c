/*
 * --proxy-from: the PROXY headers of both versions over real connections, who
 * is believed and who is not, and a real HAProxy in front. 127.0.0.1 is the
 * proxy, 127.0.0.2 a stranger.
 */

#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/program.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define BYTES(text)  text, sizeof(text) - 1
#define SIGNATURE    "\r\n\r\n\0\r\nQUIT\n"
#define LINE	     "PROXY TCP4 203.0.113.9 192.0.2.9 4711 8080\r\n"
#define BINARY \
	SIGNATURE "\x21\x11\0\x0c\xcb\0\x71\x09\xc0\0\2\x09\x12\x67\x1f\x90"
#define LOCAL SIGNATURE "\x20\0\0\0"

static const struct wire_options stranger = {.from = "127.0.0.2"};
static struct server server;
static struct program client, haproxy;

static void
start(const char *const *options)
{
	scratch_text("served/ok", "fine");
	server_start(&server, options);
}

/* Returns a connection that has sent these bytes. */
static int
say(const char *bytes, size_t len)
{
	int fd = wire_connect(server.port);

	wire_send(fd, bytes, len);
	return fd;
}

static unsigned
count_text(const char *text, const char *part)
{
	unsigned n = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		n++;
	}
	return n;
}

static const struct {
	const char *name;
	const char *header;
	size_t len;
	const char *text, *json; /* in the log */
} believed[] = {
    {"version 1", BYTES(LINE), " 203.0.113.9:4711 via 127.0.0.1:",
	"\"peer\":\"203.0.113.9:4711\",\"via\":\"127.0.0.1:"},
    {"version 2", BYTES(BINARY), " 203.0.113.9:4711 via 127.0.0.1:",
	"\"peer\":\"203.0.113.9:4711\",\"via\":\"127.0.0.1:"},
    {"version 1, IPv6", BYTES("PROXY TCP6 2001:db8::1 ::1 4711 8080\r\n"),
	" [2001:db8::1]:4711 via 127.0.0.1:",
	"\"peer\":\"[2001:db8::1]:4711\",\"via\":\"127.0.0.1:"},
    {"no client", BYTES(LOCAL), " 127.0.0.1:", "\"peer\":\"127.0.0.1:"},
    {"an unknown client", BYTES("PROXY UNKNOWN\r\n"),
	" 127.0.0.1:", "\"peer\":\"127.0.0.1:"},
};

START_TEST(the_log_has_client_and_proxy)
{
	bool json = _i % 2 == 1;
	size_t i = (size_t)_i / 2;
	const char *log, *what;
	int fd;

	start(OPTIONS("--proxy-from", "127.0.0.1", "--log-format",
	    json ? "json" : "text", "-v"));
	fd = say(believed[i].header, believed[i].len);
	talk_expect_file(fd, "ok");
	close(fd);
	program_await_err(&server.program, "closed, 1 answered");
	what = json ? believed[i].json : believed[i].text;
	log = strstr(server_log(&server), json ? "\"connection\":1" : " #1 ");
	ck_assert_ptr_nonnull(log);
	log = server_log(&server);
	/* The lines: connected, the request, closed. */
	ck_assert_msg(count_text(log, what) == 3, "%s: %s", believed[i].name,
	    log);
	ck_assert_msg(count_text(log, "via") ==
		(strstr(what, "via") == NULL ? 0 : 3),
	    "%s", log);
	server_stop(&server);
}
END_TEST

/* A stranger's header is a request that no one speaks; he is who he is. */
START_TEST(a_stranger_is_not_believed)
{
	static const struct {
		const char *header;
		size_t len;
	} rows[] = {{BYTES(LINE)}, {BYTES(BINARY)}};
	const char *log;
	size_t i;
	int fd;

	start(OPTIONS("--proxy-from", "127.0.0.1,192.0.2.0/24"));
	for (i = 0; i < HARNESS_ROWS(rows); i++) {
		fd = wire_connect_with(server.port, &stranger);
		wire_send(fd, rows[i].header, rows[i].len);
		ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_UNSUPPORTED);
		wire_half_close(fd);
		wire_expect_end(fd, WIRE_ORDERLY);
		close(fd);
	}
	fd = wire_connect_with(server.port, &stranger);
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
	log = server_log(&server);
	ck_assert_msg(strstr(log, "203.0.113.9") == NULL, "%s", log);
	ck_assert_msg(count_text(log, " 127.0.0.2:") == 3, "%s", log);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	const char *why;
} wrong[] = {
    {BYTES("\0\0\0\2ok"), ": there is none"},
    {BYTES("GET / HTTP/1.1\r\n\r\n"), ": there is none"},
    {BYTES("PROXY TCP4 203.0.113.9 192.0.2.9 04711 8080\r\n\0\0\0\2ok"),
	": its addresses are malformed"},
    {BYTES(SIGNATURE "\x21\x11\xff\xff"), ": it is too long"},
};

START_TEST(what_is_wrong_is_reset)
{
	const char *log;
	size_t i;
	int fd;

	start(OPTIONS("-q", "--proxy-from", "127.0.0.1"));
	for (i = 0; i < HARNESS_ROWS(wrong); i++) {
		fd = say(wrong[i].bytes, wrong[i].len);
		wire_expect_end(fd, WIRE_RESET);
		close(fd);
	}
	fd = say(BYTES(LINE) - 1);
	wire_half_close(fd);
	wire_expect_end(fd, WIRE_RESET);
	close(fd);
	fd = say(BYTES(LINE));
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
	log = server_log(&server);
	ck_assert_uint_eq(program_lines(log), HARNESS_ROWS(wrong) + 1);
	for (i = 0; i < HARNESS_ROWS(wrong); i++)
		ck_assert_msg(strstr(log, wrong[i].why) != NULL, "%s", log);
	ck_assert_ptr_nonnull(strstr(log, "closed the connection inside it"));
}
END_TEST

/* Health checks that only connect leave no line; silence ends in time. */
START_TEST(silence_is_ended)
{
	const char *log;
	int i, fd, part;

	start(OPTIONS("--proxy-from", "127.0.0.0/8", "--request-timeout", "1"));
	for (i = 0; i < 20; i++) {
		fd = wire_connect(server.port);
		if (i % 2 == 0)
			close(fd);
		else
			wire_reset(fd);
	}
	fd = say(BYTES(LOCAL));
	wire_reset(fd);
	fd = wire_connect(server.port);
	part = say(BYTES("PROXY TCP4 203.0.113.9"));
	wire_expect_end(fd, WIRE_RESET);
	wire_expect_end(part, WIRE_RESET);
	close(fd);
	close(part);
	server_stop(&server);
	log = server_log(&server);
	ck_assert_msg(count_text(log, "did not arrive in time") == 2, "%s",
	    log);
	ck_assert_msg(count_text(log, "PROXY header") == 2, "%s", log);
}
END_TEST

/* A connection that has sent nothing was logged as evicted at a stop. */
START_TEST(a_stop_ends_silence)
{
	const char *log;
	int fd, known;

	start(OPTIONS("--proxy-from", "127.0.0.1", "-v"));
	fd = wire_connect(server.port);
	/* Accepted after it. */
	known = say(BYTES(LINE));
	program_await_err(&server.program, "connected");
	server_stop(&server);
	log = server_log(&server);
	ck_assert_msg(strstr(log,
			  "ended without a PROXY header: the server stops") !=
		NULL,
	    "%s", log);
	ck_assert_msg(strstr(log, "evicted") == NULL, "%s", log);
	close(known);
	close(fd);
}
END_TEST

START_TEST(the_announced_address_has_its_share)
{
	int fds[3], refused;

	start(OPTIONS("--proxy-from", "127.0.0.1", "--max-per-address", "2"));
	fds[0] = say(BYTES(LINE));
	talk_expect_file(fds[0], "ok");
	fds[1] = say(BYTES(BINARY));
	talk_expect_file(fds[1], "ok");
	refused = say(BYTES(BINARY));
	ck_assert_int_eq(talk_read_refusal(refused), PROTOCOL_BUSY);
	close(refused);
	fds[2] = say(BYTES("PROXY TCP4 203.0.113.8 192.0.2.9 1 2\r\n"));
	talk_expect_file(fds[2], "ok");
	talk_expect_file(fds[0], "ok");
	close(fds[0]);
	close(fds[1]);
	close(fds[2]);
	server_stop(&server);
	ck_assert_ptr_nonnull(
	    strstr(server_log(&server), "refused: too many from one address"));
}
END_TEST

static const char *const bad_values[] = {"", "proxy", "10.0.0.5/8",
    "10.0.0.0/33", "192.0.2.1,", "192.0.2.1, 192.0.2.2", "::1/129",
    "127.0.0.1:8080"};

START_TEST(bad_values_are_refused)
{
	const char *err;
	size_t i;

	for (i = 0; i < HARNESS_ROWS(bad_values); i++) {
		server_try(&client,
		    OPTIONS("-p", "0", "--proxy-from", bad_values[i]));
		here_expect_exit(&client, 2, bad_values[i]);
		err = program_err(&client);
		ck_assert_msg(program_lines(err) == 2 &&
			strstr(err, "--proxy-from: ") != NULL,
		    "%s: %s", bad_values[i], err);
		ck_assert_str_eq(program_out(&client), "");
	}
}
END_TEST

/* Starts HAProxy in front of the server; returns its port, or 0 without it. */
static uint16_t
start_haproxy(const char *version)
{
	static const char *const paths[] = {"/usr/sbin/haproxy",
	    "/usr/local/sbin/haproxy"};
	char text[1024], path[SCRATCH_PATH];
	const char *const args[] = {"-db", "-q", "-f",
	    scratch_path(path, "haproxy.cfg"), NULL};
	struct program_options options = {.args = args};
	uint16_t port;
	size_t i;

	for (i = 0; i < HARNESS_ROWS(paths) && options.path == NULL; i++)
		if (access(paths[i], X_OK) == 0)
			options.path = paths[i];
	if (options.path == NULL) {
		harness_skip("haproxy_announces_its_clients",
		    "there is no haproxy");
		return 0;
	}
	close(wire_listen(&port));
	snprintf(text, sizeof(text),
	    "defaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n"
	    " timeout server 60s\n"
	    "listen files\n bind 127.0.0.1:%u\n balance leastconn\n"
	    " option tcp-check\n tcp-check send-binary 020000012e\n"
	    " tcp-check expect binary 0000000000000028\n"
	    " server one 127.0.0.1:%u %s check inter 100ms fall 1\n",
	    port, server.port, version);
	scratch_text("haproxy.cfg", text);
	program_start(&haproxy, &options);
	return port;
}

/* Its checks of health are answered, and do not count as a client's. */
START_TEST(haproxy_announces_its_clients)
{
	static const char *const versions[] = {"send-proxy", "send-proxy-v2",
	    "send-proxy-v2 proxy-v2-options crc32c"};
	const char *log;
	uint16_t port;

	scratch_fill("served/f", 3000000, 7);
	start(OPTIONS("--proxy-from", "127.0.0.1", "--log-format", "json"));
	port = start_haproxy(versions[_i]);
	if (port == 0)
		return;
	program_await_err(&server.program, "\"verb\":\"STAT\"");
	here_get(&client, port, 0, versions[_i], HERE_LIST("f"));
	sum_expect_files("here/newf", "served/f");
	program_kill(&haproxy);
	server_stop(&server);
	log = server_log(&server);
	ck_assert_msg(strstr(log, "\"via\":\"127.0.0.1:") != NULL, "%s", log);
	ck_assert_msg(strstr(log, "\"problem\"") == NULL, "%s", log);
}
END_TEST

Suite *
proxied_suite(void)
{
	Suite *suite = suite_create("proxied");
	TCase *tcase = harness_case(suite, "headers", 120);

	tcase_add_loop_test(tcase, the_log_has_client_and_proxy, 0,
	    2 * HARNESS_ROWS(believed));
	tcase_add_test(tcase, a_stranger_is_not_believed);
	tcase_add_test(tcase, what_is_wrong_is_reset);
	tcase_add_test(tcase, silence_is_ended);
	tcase_add_test(tcase, a_stop_ends_silence);
	tcase_add_test(tcase, the_announced_address_has_its_share);
	tcase_add_test(tcase, bad_values_are_refused);
	tcase = harness_case(suite, "HAProxy", 120);
	tcase_add_loop_test(tcase, haproxy_announces_its_clients, 0, 3);
	return suite;
}
