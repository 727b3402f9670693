/*
 * Starting and stopping: a restart on the same port at once, downloads that are
 * completed, and the time limits of a stop.
 */

#include <dirent.h>
#include <sched.h>
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
	LIFECYCLE_FILE = 16 * 1024 * 1024
};

static void
make_files(void)
{
	scratch_fill("served/f", LIFECYCLE_FILE, 1);
	scratch_text("served/ok", "fine");
}

static void
restart_on(struct server *server, uint16_t port)
{
	char text[8];
	const char *const options[] = {"-p", text, NULL};

	snprintf(text, sizeof(text), "%u", port);
	server_start(server, options);
	ck_assert_uint_eq(server->port, port);
}

static void
expect_stopped(struct server *server)
{
	ck_assert_int_eq(program_wait(&server->program, WAIT_LIMIT), 0);
}

START_TEST(restart_after_kill_with_live_connections)
{
	struct server server, next;
	int idle, held, half, fd;

	make_files();
	server_start(&server, NULL);
	idle = wire_connect(server.port);
	talk_expect_file(idle, "ok");
	held = talk_begin_download(server.port, "f");
	half = wire_connect(server.port);
	wire_send(half, "\0\0\0", 3);
	program_kill(&server.program);

	restart_on(&next, server.port);
	fd = wire_connect(next.port);
	talk_expect_file(fd, "f");
	/* The old connections end. */
	wire_drain(idle, NULL);
	wire_drain(held, NULL);
	wire_drain(half, NULL);
	close(idle);
	close(held);
	close(half);
	close(fd);
	server_stop(&next);
}
END_TEST

START_TEST(restart_after_a_stop)
{
	struct server server, next;
	int first, second;

	make_files();
	server_start(&server, NULL);
	first = wire_connect(server.port);
	talk_expect_file(first, "f");
	server_stop(&server);
	restart_on(&next, server.port);
	second = wire_connect(next.port);
	talk_expect_file(second, "f");
	close(first);
	close(second);
	server_stop(&next);
}
END_TEST

/* Both signals stop the server. */
static const int stop_signals[] = {SIGTERM, SIGINT};

START_TEST(downloads_finish_at_a_stop)
{
	int idle, second, held, silent;
	struct server server;

	make_files();
	server_start(&server, NULL);
	silent = wire_connect(server.port);
	idle = wire_connect(server.port);
	talk_expect_file(idle, "ok");
	held = talk_begin_download(server.port, "f");
	second = talk_begin_download(server.port, "f");
	program_signal(&server.program, stop_signals[_i]);
	ck_assert(server_await_stopping(&server));
	wire_expect_end(idle, WIRE_ORDERLY);
	wire_expect_end(silent, WIRE_ORDERLY);
	ck_assert(!program_ended(&server.program));
	/* Idle connections are not waited for. */
	program_await_err(&server.program,
	    "stopping: 2 downloads under way may take 30 s more (--drain); a "
	    "second Ctrl-C ends the server at once\n");

	talk_finish_download(held, "f");
	wire_expect_end(held, WIRE_ORDERLY);
	ck_assert(!program_ended(&server.program));
	talk_finish_download(second, "f");
	wire_expect_end(second, WIRE_ORDERLY);
	close(idle);
	close(silent);
	close(held);
	close(second);
	expect_stopped(&server);
}
END_TEST

static const struct {
	const char *seconds;
	int64_t least;
} drains[] = {
    {"0", 0},
    {"1", CLOCK_SEC},
};

START_TEST(unfinished_downloads_are_reset)
{
	struct server server;
	uint64_t got;
	int64_t began;
	int held;

	make_files();
	server_start(&server,
	    (const char *const[]){"--drain", drains[_i].seconds, NULL});
	held = talk_begin_download(server.port, "f");
	began = clock_now();
	program_signal(&server.program, SIGTERM);
	expect_stopped(&server);
	ck_assert_int_ge(clock_now() - began, drains[_i].least);
	ck_assert_int_eq(wire_drain(held, &got), WIRE_RESET);
	ck_assert_uint_lt(got, LIFECYCLE_FILE);
	close(held);
}
END_TEST

/* Regression: the second of two signals that mean one stop (from systemd and
 * timeout(1), to a process group and its leader, or Ctrl-C pressed twice) cut
 * the downloads. */
START_TEST(a_burst_of_signals_is_one)
{
	struct server server;
	int held, i;

	make_files();
	server_start(&server, (const char *const[]){"--drain", "86400", NULL});
	held = talk_begin_download(server.port, "f");
	for (i = 0; i < 10; i++)
		program_signal(&server.program, stop_signals[(_i + i) % 2]);
	ck_assert(server_await_stopping(&server));
	program_signal(&server.program, stop_signals[_i]);
	talk_finish_download(held, "f");
	wire_expect_end(held, WIRE_ORDERLY);
	close(held);
	expect_stopped(&server);
}
END_TEST

/* A second signal at least a second after the first ends the server at once; an
 * earlier one has no effect. */
START_TEST(a_second_signal_ends_it_at_once)
{
	struct server server;
	int64_t began;
	int held;

	make_files();
	server_start(&server, (const char *const[]){"--drain", "86400", NULL});
	held = talk_begin_download(server.port, "f");
	began = clock_now();
	program_signal(&server.program, SIGTERM);
	ck_assert(server_await_stopping(&server));
	program_signal(&server.program, stop_signals[_i]);
	ck_assert(server_await_sleep(&server));
	while (clock_now() - began < CLOCK_SEC + 100 * CLOCK_MS)
		clock_sleep(CLOCK_SEC / 20);
	ck_assert(!program_ended(&server.program));
	program_signal(&server.program, stop_signals[_i]);
	expect_stopped(&server);
	ck_assert_int_lt(clock_now() - began, WAIT_LIMIT);
	ck_assert_int_eq(wire_drain(held, NULL), WIRE_RESET);
	close(held);
}
END_TEST

START_TEST(a_leaving_client_disturbs_no_other)
{
	struct server server;
	int first, second, leaving, i;

	make_files();
	server_start(&server, NULL);
	first = talk_begin_download(server.port, "f");
	for (i = 0; i < 10; i++) {
		leaving = talk_begin_download(server.port, "f");
		if (i % 2 == 0)
			close(leaving);
		else
			wire_reset(leaving);
	}
	second = talk_begin_download(server.port, "f");
	leaving = wire_connect(server.port);
	wire_send(leaving, "\0\0\0\2o", 5);
	wire_reset(leaving);
	talk_finish_download(first, "f");
	talk_finish_download(second, "f");
	talk_expect_file(first, "ok");
	close(first);
	close(second);
	server_stop(&server);
}
END_TEST

/* A client of another protocol gets UNSUPPORTED or an end, and holds no thread.
 */
static const struct {
	const char *row;
	const char *bytes;
	size_t len;
	bool refused; /* UNSUPPORTED is expected, else nothing */
} foreign[] = {
#define BYTES(literal) literal, sizeof(literal) - 1
    {"HTTP", BYTES("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), true},
    {"TLS", BYTES("\026\003\001\002\000\001\000\001\374\003\003"), true},
    {"PROXY 1", BYTES("PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"), true},
    {"PROXY 2", BYTES("\r\n\r\n\0\r\nQUIT\n\041\021\0\014"), true},
    {"SSH", BYTES("SSH-2.0-OpenSSH_9.6\r\n"), true},
    {"a newline", BYTES("\n"), false},
    {"silence", BYTES(""), false},
#undef BYTES
};

START_TEST(foreign_peers)
{
	static const char *const options[] = {"--timeout", "1",
	    "--request-timeout", "1", NULL};
	struct server server;
	int fds[HARNESS_ROWS(foreign)], fd;
	size_t i;

	make_files();
	server_start(&server, options);
	for (i = 0; i < HARNESS_ROWS(foreign); i++) {
		fds[i] = wire_connect(server.port);
		wire_send(fds[i], foreign[i].bytes, foreign[i].len);
	}
	/* The clients keep their connections open; the server does not wait
	 * long. */
	for (i = 0; i < HARNESS_ROWS(foreign); i++) {
		if (foreign[i].refused)
			ck_assert_msg(talk_read_refusal(fds[i]) ==
				PROTOCOL_UNSUPPORTED,
			    "%s", foreign[i].row);
		wire_expect_end(fds[i], WIRE_ORDERLY);
		close(fds[i]);
	}
	fd = wire_connect(server.port);
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
}
END_TEST

/* SCHED_IDLE would do, too, but on a busy machine such a server hardly runs. */
static void
become_real_time(void)
{
	const struct sched_param lowest = {.sched_priority = 1};

	sched_setscheduler(0, SCHED_RR, &lowest);
}

static bool
may_be_real_time(void)
{
	const struct sched_param lowest = {.sched_priority = 1};
	const struct sched_param none = {.sched_priority = 0};

	return sched_setscheduler(0, SCHED_RR, &lowest) == 0 &&
	    sched_setscheduler(0, SCHED_OTHER, &none) == 0;
}

/* Expects this policy of each thread. */
static void
expect_policy(const struct server *server, int policy)
{
	struct dirent *entry;
	char path[64];
	int n = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)server->program.pid);
	tasks = opendir(path);
	ck_assert_ptr_nonnull(tasks);
	while ((entry = readdir(tasks)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		ck_assert_int_eq(sched_getscheduler(atoi(entry->d_name)),
		    policy);
		n++;
	}
	closedir(tasks);
	ck_assert_int_ge(n, 2);
}

/* The server's threads do not preempt each other, unless another policy was set
 * before. */
START_TEST(scheduling)
{
	static const struct {
		void (*before)(void);
		int policy;
	} rows[] = {{NULL, SCHED_BATCH}, {become_real_time, SCHED_RR}};
	struct server server;
	size_t i;
	int fd;

	make_files();
	for (i = 0; i < HARNESS_ROWS(rows); i++) {
		if (rows[i].policy == SCHED_RR && !may_be_real_time()) {
			fputs("a policy set before: skipped: not permitted\n",
			    stderr);
			continue;
		}
		server_start_after(&server, NULL, rows[i].before);
		fd = wire_connect(server.port);
		talk_expect_file(fd, "ok");
		expect_policy(&server, rows[i].policy);
		close(fd);
		server_stop(&server);
	}
}
END_TEST

Suite *
lifecycle_suite(void)
{
	Suite *suite = suite_create("lifecycle");
	TCase *tcase;

	tcase = harness_case(suite, "restart", 60);
	tcase_add_test(tcase, restart_after_kill_with_live_connections);
	tcase_add_test(tcase, restart_after_a_stop);
	tcase = harness_case(suite, "stop", 90);
	tcase_add_loop_test(tcase, downloads_finish_at_a_stop, 0,
	    HARNESS_ROWS(stop_signals));
	tcase_add_loop_test(tcase, unfinished_downloads_are_reset, 0,
	    HARNESS_ROWS(drains));
	tcase_add_loop_test(tcase, a_burst_of_signals_is_one, 0,
	    HARNESS_ROWS(stop_signals));
	tcase_add_loop_test(tcase, a_second_signal_ends_it_at_once, 0,
	    HARNESS_ROWS(stop_signals));
	tcase = harness_case(suite, "peers", 60);
	tcase_add_test(tcase, a_leaving_client_disturbs_no_other);
	tcase_add_test(tcase, foreign_peers);
	tcase_add_test(tcase, scheduling);
	return suite;
}
