/*
 * fileserv's log: a line for each request, with all bytes of clients escaped,
 * and a mark for aborted downloads.
 */

#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
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
	LOG_FILE = 16 * 1024 * 1024
};

/* Names with control characters or JSON syntax. */
static const char *const hostile[] = {
    "line\nfeed",
    "\033[31mred\033[0m",
    "\033]0;title\007",
    "back\\slash \"quoted\"",
    "\377\376 not UTF-8",
    "c1 \302\233 and \302\205",
    "turned \342\200\256 about",
    "\r\b\t\177",
};

/* Sends one request of each kind; they are numbered from 1 in each connection.
 */
static void
make_traffic(struct server *server)
{
	unsigned descriptors = server_descriptors(server);
	int fd;
	size_t i;

	fd = wire_connect(server->port);
	talk_expect_file(fd, "ok");
	talk_ask(fd, PROTOCOL_OP_GET, "missing");
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_NOT_FOUND);
	wire_send(fd, "\100\0\0\0", 4);
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_UNSUPPORTED);
	for (i = 0; i < HARNESS_ROWS(hostile); i++) {
		talk_ask(fd, PROTOCOL_OP_GET, hostile[i]);
		ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_NOT_FOUND);
	}
	close(fd);
	fd = talk_begin_download(server->port, "f");
	wire_reset(fd);
	/* At a stop a download under way would have a line, too. */
	ck_assert(server_await_descriptors(server, descriptors));
	server_stop(server);
}

static void
start(struct server *server, const char *const *options)
{
	scratch_text("served/ok", "fine");
	scratch_fill("served/f", LOG_FILE, 1);
	server_start(server, options);
}

/* Expects printable characters and newlines only. */
static void
expect_harmless(const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0'; p++)
		ck_assert_msg(*p == '\n' || (*p >= ' ' && *p < 0x7f),
		    "byte 0x%02x in the log: %s", *p, text);
}

/* Returns the line that contains the text. */
static const char *
line_with(const char *text, const char *part, char *line, size_t size)
{
	const char *at = strstr(text, part), *begin = at, *end;

	ck_assert_msg(at != NULL, "no '%s' in:\n%s", part, text);
	while (begin > text && begin[-1] != '\n')
		begin--;
	end = strchr(at, '\n');
	ck_assert_msg(end != NULL, "an unfinished line: %s", begin);
	snprintf(line, size, "%.*s", (int)(end - begin), begin);
	return line;
}

START_TEST(text_lines)
{
	unsigned long long sent, announced;
	struct server server;
	const char *text;
	char line[4096], *end;

	start(&server, NULL);
	make_traffic(&server);
	text = server_log(&server);
	expect_harmless(text);
	/* A line about the limits, one for each request, and the last word. */
	ck_assert_msg(program_lines(text) ==
		1 + 3 + HARNESS_ROWS(hostile) + 1 + 1,
	    "%s", text);
	line_with(text, "stopped by a signal", line, sizeof(line));
	line_with(text, "#1.1 GET ok OK 4/4 ", line, sizeof(line));
	/* 2026-11-20T18:38:54.123Z 127.0.0.1:40000 #1.1 ... */
	ck_assert_msg(line[10] == 'T' && line[19] == '.' && line[23] == 'Z' &&
		strncmp(line + 24, " 127.0.0.1:", 11) == 0,
	    "%s", line);
	ck_assert_ptr_null(strstr(line, "ABORTED"));
	line_with(text, "#1.2 GET missing NOT_FOUND ", line, sizeof(line));
	line_with(text, "#1.3 ? - UNSUPPORTED ", line, sizeof(line));
	line_with(text, "line\\nfeed", line, sizeof(line));
	line_with(text, "\\033[31mred", line, sizeof(line));
	line_with(text, "#2.1 GET f OK ", line, sizeof(line));
	ck_assert_msg(strstr(line, "ABORTED") != NULL, "%s", line);
	sent = strtoull(strstr(line, " OK ") + 4, &end, 10);
	announced = strtoull(end + 1, NULL, 10);
	ck_assert_uint_eq(announced, LOG_FILE);
	ck_assert_uint_lt(sent, announced);
}
END_TEST

/* Each line is a JSON object for Python's parser. */
static const char parse[] =
    "import json, sys\n"
    "lines = open(sys.argv[1], 'rb').read().split(b'\\n')\n"
    "assert lines.pop() == b''\n"
    "events = [json.loads(line) for line in lines]\n"
    "names = [e['name'].encode('utf-8', 'surrogateescape')\n"
    "    for e in events if e['event'] == 'request']\n"
    "sys.stdout.buffer.write(b'\\0'.join(names) + b'\\0')\n"
    "aborted = [e for e in events if not e.get('complete', True)]\n"
    "assert [e['name'] for e in aborted] == ['f'], aborted\n"
    "assert aborted[0]['sent'] < aborted[0]['announced']\n";

START_TEST(json_lines)
{
	static const char *const options[] = {"-v", "--log-format", "json",
	    NULL};
	struct program python = {.pid = 0};
	char path[SCRATCH_PATH];
	struct server server;
	const char *name;
	size_t i;
	int code;

	start(&server, options);
	make_traffic(&server);
	expect_harmless(server_log(&server));
	program_start(&python,
	    &(struct program_options){.path = "/usr/bin/env",
		.args = (const char *const[]){"python3", "-c", parse,
		    scratch_path(path, server.program.err_name), NULL}});
	code = program_wait(&python, WAIT_LIMIT);
	if (code == 127) {
		harness_skip("json_lines", "no python3 here");
		return;
	}
	ck_assert_msg(code == 0, "%s", program_err(&python));
	/* Each name can be restored. */
	name = program_out(&python);
	ck_assert_str_eq(name, "ok");
	for (i = 0; i < 3; i++)
		name += strlen(name) + 1;
	for (i = 0; i < HARNESS_ROWS(hostile); i++) {
		ck_assert_str_eq(name, hostile[i]);
		name += strlen(name) + 1;
	}
}
END_TEST

START_TEST(quiet_is_silent)
{
	static const char *const options[] = {"-q", NULL};
	struct server server;

	start(&server, options);
	make_traffic(&server);
	ck_assert_str_eq(server_log(&server), "");
}
END_TEST

/* Names of the maximum length: each line stays one line and is cut. */
START_TEST(long_names)
{
	static char name[4096];
	struct server server;
	const char *text, *end;
	size_t n;
	int fd, i;

	start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < 4; i++) {
		n = i % 2 == 0 ? 4095 : 300;
		memset(name, i < 2 ? '\001' : 'n', n);
		name[n] = '\0';
		talk_ask(fd, PROTOCOL_OP_GET, name);
		ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_NOT_FOUND);
	}
	close(fd);
	server_stop(&server);
	text = server_log(&server);
	expect_harmless(text);
	ck_assert_uint_eq(program_lines(text), 1 + 4 + 1);
	for (; (end = strchr(text, '\n')) != NULL; text = end + 1)
		ck_assert_int_le(end - text, 4096);
}
END_TEST

/* Counts the lines of a text log and the requests that they stand for. */
static void
count_requests(const char *text, uint64_t *lines, uint64_t *told)
{
	const char *end, *more;

	*lines = *told = 0;
	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		if (memmem(text, (size_t)(end - text), " GET ", 5) == NULL)
			continue;
		more = memmem(text, (size_t)(end - text), "REPEATED: ", 10);
		*told += more == NULL ? 1 : strtoul(more + 10, NULL, 10);
		++*lines;
	}
}

enum {
	FLOOD_BATCH = 500, /* requests */
	FLOOD_BATCHES = 100,
	FLOOD_REPLY = 8 + sizeof("no such file") - 1,
};

/* Regression: small requests caused twelve times as many bytes of log. Each is
 * still reported or counted. */
START_TEST(a_flood_of_tiny_requests)
{
	static uint8_t requests[FLOOD_BATCH * 16];
	static char replies[FLOOD_BATCH * FLOOD_REPLY];
	uint64_t lines, told;
	struct server server;
	size_t len = 0, size;
	char name[12];
	char *log;
	int fd, i;

	for (i = 0; i < FLOOD_BATCH; i++) {
		snprintf(name, sizeof(name), "%d", i);
		len += talk_encode(requests + len, PROTOCOL_OP_GET, name);
	}
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < FLOOD_BATCHES; i++) {
		wire_send(fd, requests, len);
		wire_read(fd, replies, sizeof(replies));
	}
	close(fd);
	server_stop(&server);
	log = scratch_read(server.program.err_name, &size);
	ck_assert_uint_lt(size, len * FLOOD_BATCHES);
	count_requests(log, &lines, &told);
	ck_assert_uint_eq(told, FLOOD_BATCH * FLOOD_BATCHES);
	free(log);
}
END_TEST

/* Requests for many small files have a line each. */
START_TEST(many_different_files)
{
	uint64_t lines, told;
	struct server server;
	char name[32], *log;
	size_t size;
	int fd, i;

	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "served/%d", i);
		scratch_text(name, "x");
	}
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		talk_ask(fd, PROTOCOL_OP_GET, name);
		ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	}
	close(fd);
	server_stop(&server);
	log = scratch_read(server.program.err_name, &size);
	count_requests(log, &lines, &told);
	ck_assert_uint_eq(lines, 2000);
	ck_assert_uint_eq(told, 2000);
	free(log);
}
END_TEST

static char stopped_path[SCRATCH_PATH];

/* Runs in the child: opens the FIFO as standard error. */
static void
log_to_fifo(void)
{
	int fd = open(stopped_path, O_WRONLY);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	close(fd);
}

/* Makes a FIFO of the smallest size, which is not read yet. */
static int
open_fifo(void)
{
	int fd;

	scratch_path(stopped_path, "log");
	ck_assert_int_eq(mkfifo(stopped_path, 0600), 0);
	fd = open(stopped_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(fcntl(fd, F_SETPIPE_SZ, 4096), 0);
	return fd;
}

/* Reads all its contents. Returns the number of lines. */
static unsigned
read_fifo(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	ck_assert_msg(len > 0 && text[len - 1] == '\n', "no whole line: %s",
	    text);
	return program_lines(text);
}

enum {
	STOPPED_REQUESTS = 300 /* far more than the FIFO holds lines of */
};

static void
serve_two(void)
{
	scratch_text("served/ok", "fine");
	scratch_text("served/too", "as well");
}

/* Alternates two requests, since repeated ones share a line. */
static void
ask_often(int fd)
{
	unsigned i;

	for (i = 0; i < STOPPED_REQUESTS; i++)
		talk_expect_file(fd, i % 2 == 0 ? "ok" : "too");
}

static void
limit_file_size(void)
{
	const struct rlimit limit = {4096, 4096};

	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		_exit(126);
}

/* Regression: a log at the limit of file sizes killed the server with SIGXFSZ.
 */
START_TEST(a_log_at_its_size_limit)
{
	struct server server;
	int fd;

	serve_two();
	server_start_after(&server, NULL, limit_file_size);
	fd = wire_connect(server.port);
	ask_often(fd);
	close(fd);
	ck_assert_uint_gt(strlen(program_err(&server.program)), 3000);
	server_stop(&server);
}
END_TEST

static const struct {
	const char *format;
	const char *lost; /* beginning of the line that counts lost lines */
	const char *rest; /* its continuation */
} stopped[] = {
    {"text", "", " lines of the log were lost\n"},
    {"json", "{\"event\":\"lost\",\"lines\":", "}\n"},
};

/* Regression: a log that was no longer read (by a pager or a blocked program)
 * blocked each request and the stop. */
START_TEST(a_reader_of_the_log_that_stops)
{
	const char *const options[] = {"--log-format", stopped[_i].format,
	    NULL};
	const char *lost = stopped[_i].lost;
	static char text[65536];
	int fifo = open_fifo(), fd;
	unsigned long lines, missing;
	struct server server;
	char *end;

	serve_two();
	server_start_after(&server, options, log_to_fifo);
	fd = wire_connect(server.port);
	ask_often(fd);
	lines = read_fifo(fifo, text, sizeof(text));
	ck_assert_uint_lt(lines, STOPPED_REQUESTS);
	/* Once the log is read again, it counts the lost lines. */
	talk_expect_file(fd, "ok");
	ck_assert_uint_eq(read_fifo(fifo, text, sizeof(text)), 2);
	ck_assert_msg(strncmp(text, lost, strlen(lost)) == 0, "%s", text);
	missing = strtoul(text + strlen(lost), &end, 10);
	ck_assert_msg(strncmp(end, stopped[_i].rest,
			  strlen(stopped[_i].rest)) == 0,
	    "%s", text);
	/* The first line is about the limits. */
	ck_assert_uint_eq(lines + missing,
	    server_warnings() + 1 + STOPPED_REQUESTS);
	/* Once more, and a stop while nobody reads. */
	ask_often(fd);
	close(fd);
	server_stop(&server);
	close(fifo);
}
END_TEST

/* Runs in the child: opens the terminal as standard error. */
static void
log_to_terminal(void)
{
	int fd = open(stopped_path, O_WRONLY | O_NOCTTY);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	close(fd);
}

/* Regression: poll(2) says that an unread terminal is writable, and a whole
 * line then blocks. */
START_TEST(a_terminal_that_nobody_reads)
{
	struct server server;
	int terminal, fd;

	serve_two();
	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(terminal, 0);
	ck_assert_int_eq(grantpt(terminal), 0);
	ck_assert_int_eq(unlockpt(terminal), 0);
	ck_assert_int_eq(ptsname_r(terminal, stopped_path,
			     sizeof(stopped_path)),
	    0);
	server_start_after(&server, NULL, log_to_terminal);
	fd = wire_connect(server.port);
	ask_often(fd);
	ask_often(fd);
	close(fd);
	server_stop(&server);
	close(terminal);
}
END_TEST

Suite *
log_suite(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase;

	tcase = harness_case(suite, "log", 60);
	tcase_add_test(tcase, text_lines);
	tcase_add_test(tcase, json_lines);
	tcase_add_test(tcase, quiet_is_silent);
	tcase_add_test(tcase, a_log_at_its_size_limit);
	tcase_add_test(tcase, long_names);
	tcase_add_test(tcase, a_flood_of_tiny_requests);
	tcase_add_test(tcase, many_different_files);
	tcase_add_loop_test(tcase, a_reader_of_the_log_that_stops, 0,
	    HARNESS_ROWS(stopped));
	tcase_add_test(tcase, a_terminal_that_nobody_reads);
	return suite;
}
