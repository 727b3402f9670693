/*
 * The log: each test redirects standard error to a file and reads it back.
 */

#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "tests/unit/unit.h"

enum {
	TIME_LENGTH = 24, /* 2026-11-20T18:38:54.123Z */
	THREADS = 4,
	LINES = 500,	/* from each */
	STOPPED = 5000, /* lines; more than a pipe or a socket holds */
};

static char folder[UNIT_PATH], path[UNIT_PATH];
static int saved_stderr;

static void
setup(void)
{
	int fd;

	unit_folder(folder);
	unit_path(path, folder, "log");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	saved_stderr = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	close(fd);
	log_open(LOG_LEVEL_REQUESTS, LOG_FORMAT_TEXT);
}

static void
teardown(void)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
}

/* Returns the lines logged since the last call; the caller frees them. */
static char *
take_log(void)
{
	static const size_t size = 1 << 20;
	char *text = malloc(size);
	FILE *file = fopen(path, "r");
	size_t len;

	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(file);
	len = fread(text, 1, size - 1, file);
	text[len] = '\0';
	fclose(file);
	ck_assert_int_eq(ftruncate(STDERR_FILENO, 0), 0);
	lseek(STDERR_FILENO, 0, SEEK_SET);
	return text;
}

static bool
is_time(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	size_t i;

	for (i = 0; i < TIME_LENGTH; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' :
				     text[i] != form[i])
			return false;
	return true;
}

/* Expects one line with this text after the time, in text format. */
static void
expect(const char *title, const char *expected)
{
	char *text = take_log();
	size_t len = strlen(text);

	ck_assert_msg(len > TIME_LENGTH && is_time(text), "%s: %s", title,
	    text);
	ck_assert_msg(text[len - 1] == '\n', "%s: %s", title, text);
	text[len - 1] = '\0';
	ck_assert_msg(strcmp(text + TIME_LENGTH + 1, expected) == 0, "%s: %s",
	    title, text);
	free(text);
}

/* Expects one line with this text around the time, in JSON format. */
static void
expect_json(const char *title, const char *expected)
{
	static const char head[] = "{\"time\":\"";
	const size_t head_len = sizeof(head) - 1;
	char *text = take_log();
	size_t len = strlen(text);

	ck_assert_msg(strncmp(text, head, head_len) == 0, "%s: %s", title,
	    text);
	ck_assert_msg(is_time(text + head_len), "%s: %s", title, text);
	ck_assert_msg(text[len - 1] == '\n', "%s: %s", title, text);
	text[len - 1] = '\0';
	ck_assert_msg(strcmp(text + head_len + TIME_LENGTH, expected) == 0,
	    "%s: %s", title, text);
	free(text);
}

static const struct log_peer client = {.address = "192.0.2.1:5"};
static const struct log_peer proxied = {.address = "[::1]:5",
    .via = "192.0.2.9:6"};

static const struct {
	const char *title;
	struct log_request request;
	const char *text, *json;
} requests[] = {
    {"usual",
	{&client, 3, 7, "GET", (const uint8_t *)"a b", 3, "OK", 10, 10, 1500000,
	    NULL, 0},
	"192.0.2.1:5 #3.7 GET a\\040b OK 10/10 1.500ms",
	"\",\"event\":\"request\",\"peer\":\"192.0.2.1:5\",\"connection\":3,"
	"\"request\":7,\"verb\":\"GET\",\"name\":\"a b\",\"status\":\"OK\","
	"\"sent\":10,\"announced\":10,\"ms\":1.500,\"complete\":true}"},
    {"broken off",
	{&proxied, 1, 1, "FETCH", (const uint8_t *)"x", 1, "OK", 3,
	    UINT64_C(1) << 50, 0, "Connection reset by peer", 0},
	"[::1]:5 via 192.0.2.9:6 #1.1 FETCH x OK 3/1125899906842624 0.000ms"
	" ABORTED: Connection reset by peer",
	"\",\"event\":\"request\",\"peer\":\"[::1]:5\","
	"\"via\":\"192.0.2.9:6\",\"connection\":1,"
	"\"request\":1,\"verb\":\"FETCH\",\"name\":\"x\",\"status\":\"OK\","
	"\"sent\":3,\"announced\":1125899906842624,\"ms\":0.000,"
	"\"complete\":false,\"aborted\":\"Connection reset by peer\"}"},
    {"a forged line and a terminal's commands",
	{&client, 1, 2, "GET", (const uint8_t *)"\n\033[2J\"\xff\0\\", 9,
	    "DENIED", 0, 0, 0, NULL, 0},
	"192.0.2.1:5 #1.2 GET \\n\\033[2J\"\\377\\000\\\\ DENIED 0/0 0.000ms",
	"\",\"event\":\"request\",\"peer\":\"192.0.2.1:5\",\"connection\":1,"
	"\"request\":2,\"verb\":\"GET\",\"name\":"
	"\"\\u000a\\u001b[2J\\\"\\udcff\\u0000\\\\\",\"status\":\"DENIED\","
	"\"sent\":0,\"announced\":0,\"ms\":0.000,\"complete\":true}"},
    {"no name", {&client, 1, 1, "?", NULL, 0, "UNSUPPORTED", 9, 9, 0, NULL, 0},
	"192.0.2.1:5 #1.1 ? - UNSUPPORTED 9/9 0.000ms",
	"\",\"event\":\"request\",\"peer\":\"192.0.2.1:5\",\"connection\":1,"
	"\"request\":1,\"verb\":\"?\",\"name\":\"\",\"status\":\"UNSUPPORTED\","
	"\"sent\":9,\"announced\":9,\"ms\":0.000,\"complete\":true}"},
    {"many in one",
	{&client, 1, 9, "GET", NULL, 0, "NOT_FOUND", 36, 36, 0, NULL, 3},
	"192.0.2.1:5 #1.9 GET - NOT_FOUND 36/36 0.000ms"
	" REPEATED: 3 more like it",
	"\",\"event\":\"request\",\"peer\":\"192.0.2.1:5\",\"connection\":1,"
	"\"request\":9,\"verb\":\"GET\",\"name\":\"\",\"status\":\"NOT_FOUND\","
	"\"sent\":36,\"announced\":36,\"ms\":0.000,\"complete\":true,"
	"\"repeated\":3}"},
};

START_TEST(test_requests)
{
	size_t i;

	for (i = 0; i < UNIT_ROWS(requests); i++) {
		log_open(LOG_LEVEL_REQUESTS, LOG_FORMAT_TEXT);
		log_request(&requests[i].request);
		expect(requests[i].title, requests[i].text);
		log_open(LOG_LEVEL_REQUESTS, LOG_FORMAT_JSON);
		log_request(&requests[i].request);
		expect_json(requests[i].title, requests[i].json);
	}
}
END_TEST

START_TEST(test_events)
{
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "%d refused\n", 3);
	expect("without a peer", "3 refused\\n");
	log_event(LOG_LEVEL_REQUESTS, &client, 4, "%s", "\033c");
	expect("with a peer", "192.0.2.1:5 #4 \\033c");
	log_open(LOG_LEVEL_REQUESTS, LOG_FORMAT_JSON);
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "a \"b\"");
	expect_json("problem",
	    "\",\"event\":\"problem\",\"peer\":\"\","
	    "\"connection\":0,\"message\":\"a \\\"b\\\"\"}");
	log_open(LOG_LEVEL_REQUESTS, LOG_FORMAT_TEXT);
	log_event(LOG_LEVEL_REQUESTS, &proxied, 4, "c");
	expect("through a proxy", "[::1]:5 via 192.0.2.9:6 #4 c");
	log_open(LOG_LEVEL_REQUESTS, LOG_FORMAT_JSON);
	log_event(LOG_LEVEL_REQUESTS, &proxied, 4, "c");
	expect_json("connection",
	    "\",\"event\":\"connection\",\"peer\":\"[::1]:5\","
	    "\"via\":\"192.0.2.9:6\","
	    "\"connection\":4,\"message\":\"c\"}");
}
END_TEST

START_TEST(test_levels)
{
	static const struct {
		const char *title;
		enum log_level level;
		size_t lines;
	} rows[] = {
	    {"-q", LOG_LEVEL_PROBLEMS, 1},
	    {"default", LOG_LEVEL_REQUESTS, 3},
	    {"-v", LOG_LEVEL_CONNECTIONS, 4},
	};
	size_t i, lines;
	char *text, *c;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		log_open(rows[i].level, LOG_FORMAT_TEXT);
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "x");
		log_event(LOG_LEVEL_REQUESTS, NULL, 0, "x");
		log_event(LOG_LEVEL_CONNECTIONS, NULL, 0, "x");
		log_request(&requests[0].request);
		text = take_log();
		for (lines = 0, c = text; *c != '\0'; c++)
			lines += *c == '\n';
		ck_assert_msg(lines == rows[i].lines, "%s", rows[i].title);
		ck_assert(log_wants(rows[i].level));
		free(text);
	}
	ck_assert(log_wants(LOG_LEVEL_CONNECTIONS));
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	ck_assert(!log_wants(LOG_LEVEL_REQUESTS));
}
END_TEST

/* errno is preserved, also if nothing is logged or logging fails. */
START_TEST(test_errno)
{
	errno = EDOM;
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "%s", strerror(ENOENT));
	ck_assert_int_eq(errno, EDOM);
	log_event(LOG_LEVEL_CONNECTIONS, NULL, 0, "x");
	ck_assert_int_eq(errno, EDOM);
	log_request(&requests[0].request);
	ck_assert_int_eq(errno, EDOM);
	close(STDERR_FILENO);
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "x");
	ck_assert_int_eq(errno, EDOM);
	log_request(&requests[0].request);
	ck_assert_int_eq(errno, EDOM);
}
END_TEST

/* The longest lines are cut, but stay one line, and in JSON one object. */
START_TEST(test_long_lines)
{
	static uint8_t name[4095];
	struct log_request request = requests[1].request;
	size_t len;
	char *text;
	int round;

	for (round = 0; round < 4; round++) {
		memset(name, round % 2 == 0 ? 'n' : '\n', sizeof(name));
		log_open(LOG_LEVEL_REQUESTS,
		    round < 2 ? LOG_FORMAT_TEXT : LOG_FORMAT_JSON);
		request.name = name;
		request.name_len = sizeof(name);
		log_request(&request);
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "%.4000s", name);
		text = take_log();
		len = strcspn(text, "\n") + 1;
		ck_assert_uint_lt(len, 4096);
		ck_assert_uint_eq(strlen(text),
		    len + strcspn(text + len, "\n") + 1);
		ck_assert_msg(round < 2 ||
			strncmp(text + len - 3, "\"}\n", 3) == 0,
		    "%s", text);
		/* The name is cut, but not the text after it. */
		ck_assert_ptr_nonnull(strstr(text, "reset by peer"));
		free(text);
	}
}
END_TEST

/* Limits the size of files, so that a line is cut there. */
static void
limit_size(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static const struct {
	const char *title;
	enum log_format format;
	unsigned lines; /* lines written without enough room */
	unsigned lost;	/* lines lost among them */
	rlim_t room;	/* bytes of room for the first of them */
	bool emptied;	/* the log is emptied before there is room again */
} losses[] = {
    {"none of it is written", LOG_FORMAT_TEXT, 3, 3, 0, false},
    {"JSON", LOG_FORMAT_JSON, 3, 3, 0, false},
    {"a fragment", LOG_FORMAT_TEXT, 1, 0, 10, false},
    {"a fragment, and more", LOG_FORMAT_JSON, 4, 3, 10, false},
    {"all but the newline", LOG_FORMAT_TEXT, 2, 1, TIME_LENGTH + 7, false},
    {"a fragment that has gone", LOG_FORMAT_TEXT, 2, 2, 10, true},
};

/* Checks that each line is whole, and counts them without the line that counts
 * lost ones. Returns the number in that line. */
static unsigned
count_lines(char *text, enum log_format format, unsigned *lost)
{
	char *line, *next;
	unsigned lines = 0;

	*lost = 0;
	for (line = text; *line != '\0'; line = next + 1) {
		next = strchr(line, '\n');
		ck_assert_ptr_nonnull(next);
		*next = '\0';
		if (strstr(line, "lost") != NULL &&
		    sscanf(line + strcspn(line, "123456789"), "%u", lost) == 1)
			continue;
		lines++;
		ck_assert_msg(format == LOG_FORMAT_JSON ?
			line[0] == '{' && next[-1] == '}' :
			is_time(line) && strstr(line, " line") != NULL,
		    "%s", line);
	}
	return lines;
}

/* Regression: lines lost on a full disk were not counted unless a part of one
 * was written, and the next line was appended to that part. */
START_TEST(test_lost_lines)
{
	unsigned i, lines, lost;
	char *text;

	log_open(LOG_LEVEL_REQUESTS, losses[_i].format);
	limit_size(losses[_i].room);
	for (i = 0; i < losses[_i].lines; i++)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "line %d", i);
	if (losses[_i].emptied) {
		ck_assert_int_eq(ftruncate(STDERR_FILENO, 0), 0);
		lseek(STDERR_FILENO, 0, SEEK_SET);
	}
	limit_size(RLIM_INFINITY);
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "line with room");
	text = take_log();
	lines = count_lines(text, losses[_i].format, &lost);
	ck_assert_uint_eq(lost, losses[_i].lost);
	ck_assert_uint_eq(lines, losses[_i].lines - losses[_i].lost + 1);
	free(text);
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "line that follows");
	text = take_log();
	ck_assert_uint_eq(count_lines(text, losses[_i].format, &lost), 1);
	ck_assert_uint_eq(lost, 0);
	free(text);
}
END_TEST

/* There is room for only a part of the line that counts lost lines; its end
 * follows later. */
START_TEST(test_lost_report)
{
	char *text;

	limit_size(0);
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "a");
	limit_size(5);
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "b");
	limit_size(RLIM_INFINITY);
	log_close();
	text = take_log();
	ck_assert_str_eq(text,
	    "1 lines of the log were lost\n1 lines of the log were lost\n");
	free(text);
	log_close();
	text = take_log();
	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

/* A reader that has stopped is waited for once, for each kind of standard
 * error; then lost lines are counted. */
START_TEST(test_stopped_reader)
{
	char text[65536];
	int fds[2], i;
	int64_t began;
	size_t len = 0, lines = 0, c;
	ssize_t n;
	char *end;

	if (_i == 0)
		ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	else
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
				     0, fds),
		    0);
	ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
	log_open(LOG_LEVEL_REQUESTS, LOG_FORMAT_TEXT);
	began = clock_now();
	for (i = 0; i < STOPPED; i++)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "%0500d", i);
	ck_assert_int_lt(clock_now() - began, UNIT_TIMEOUT * CLOCK_SEC);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	while ((n = read(fds[0], text, sizeof(text))) > 0)
		for (c = 0; c < (size_t)n; c++)
			lines += text[c] == '\n';
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "goes on");
	while ((n = read(fds[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	lines += strtoul(text, &end, 10);
	ck_assert_uint_eq(lines, STOPPED);
	ck_assert_msg(strncmp(end, " lines of the log were lost\n", 28) == 0 &&
		strstr(end, "goes on\n") != NULL,
	    "%s", text);
}
END_TEST

static void *
log_lines(void *argument)
{
	int i;

	for (i = 0; i < LINES; i++)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "begin %s %04d end",
		    (const char *)argument, i);
	return NULL;
}

START_TEST(test_threads)
{
	static const char *const marks[THREADS] = {"a", "bb", "ccc", "dddd"};
	pthread_t threads[THREADS];
	char *text, *line, *next;
	int i, lines = 0;

	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, log_lines,
				     (void *)(uintptr_t)marks[i]),
		    0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	text = take_log();
	for (line = text; *line != '\0'; line = next + 1) {
		next = strchr(line, '\n');
		ck_assert_ptr_nonnull(next);
		*next = '\0';
		ck_assert(is_time(line));
		ck_assert_ptr_eq(strstr(line, "begin"), line + TIME_LENGTH + 1);
		ck_assert_ptr_eq(strstr(line, " end"), next - 4);
		lines++;
	}
	ck_assert_int_eq(lines, THREADS * LINES);
	free(text);
}
END_TEST

Suite *
log_suite(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = unit_case(suite, "log");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_requests);
	tcase_add_test(tcase, test_events);
	tcase_add_test(tcase, test_levels);
	tcase_add_test(tcase, test_errno);
	tcase_add_test(tcase, test_long_lines);
	tcase_add_loop_test(tcase, test_lost_lines, 0, UNIT_ROWS(losses));
	tcase_add_test(tcase, test_lost_report);
	tcase_add_loop_test(tcase, test_stopped_reader, 0, 2);
	tcase_add_test(tcase, test_threads);
	return suite;
}
