/*
 * The connection and the patience with it, without waiting for anything: what
 * counts as a try, what begins the count anew, and when it is enough. That
 * the waits end and a connection comes of them is for the end-to-end tests.
 */

#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/interrupt.h"
#include "client/wire/connection.h"
#include "common/clock.h"
#include "common/net.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	ENOUGH = 1024 * 1024, /* bytes that a connection is good for */
};

static struct connection_settings settings;
static struct server_list servers;
static uint16_t port;
static const struct report_settings report_settings;
static const struct progress_settings progress_settings;
static struct progress progress;
static struct report report;
static struct connection link_;
static int listening;

static void
setup(void)
{
	char error[NET_ERROR];

	memset(&settings, 0, sizeof(settings));
	server_list_open(&servers);
	settings.servers = &servers;
	settings.connect_timeout = UNIT_TIMEOUT * CLOCK_SEC;
	settings.retry = 3;
	port = 0;
	ck_assert_int_eq(net_listen("127.0.0.1", &port, &listening, 0, 1,
			     error),
	    1);
	ck_assert_int_eq(server_list_add(&servers, "127.0.0.1", port), 0);
	progress_open(&progress, &progress_settings);
	report_open(&report, &report_settings, &progress);
	memset(&link_, 0xee, sizeof(link_));
	connection_open(&link_, &settings, &report, NULL);
}

static void
teardown(void)
{
	connection_close(&link_);
	close(listening);
}

/* The server's end of the next connection, or -1 if there is none. */
static int
take_connection(void)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

	ck_assert(fd >= 0 || errno == EAGAIN);
	return fd;
}

/* A port where nobody listens, and nobody else will. */
static int
refuse_connections(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	port = ntohs(address.sin_port);
	server_set(&servers.members[0], "127.0.0.1", port);
	return fd;
}

START_TEST(test_connect)
{
	int fd, theirs;
	char byte;

	ck_assert_int_eq(link_.fd, -1);
	connection_close(&link_);
	ck_assert_int_eq(connection_connect(&link_), 0);
	fd = link_.fd;
	ck_assert_int_ge(fd, 0);
	ck_assert(link_.ever);
	/* One that is there is kept. */
	ck_assert_int_eq(connection_connect(&link_), 0);
	ck_assert_int_eq(link_.fd, fd);
	theirs = take_connection();
	ck_assert_int_ge(theirs, 0);
	ck_assert_int_eq(take_connection(), -1);

	unit_send(theirs, "x", 1);
	ck_assert_int_eq(stream_read(&link_.stream, &byte, 1, CLOCK_SEC), 1);
	ck_assert_int_eq(byte, 'x');
	connection_close(&link_);
	ck_assert_int_eq(link_.fd, -1);
	ck_assert_int_eq(recv(theirs, &byte, 1, 0), 0);
	close(theirs);
}
END_TEST

/* The address may be wrong: that is said at once, with retries left. */
START_TEST(test_refused)
{
	int fd = refuse_connections();
	char words[64];

	ck_assert_int_eq(connection_connect(&link_), -1);
	ck_assert_int_eq(link_.fd, -1);
	ck_assert_int_eq(link_.failure.code, EXIT_CONNECT);
	snprintf(words, sizeof(words), "127.0.0.1:%u", port);
	ck_assert_msg(strncmp(link_.failure.text, "cannot connect to ", 18) ==
		    0 &&
		strstr(link_.failure.text, words) != NULL &&
		strstr(link_.failure.text,
		    " (is fileserv running there, on that port?)") != NULL,
	    "%s", link_.failure.text);
	ck_assert_int_eq(link_.tries, 0);
	ck_assert(!link_.ever);
	close(fd);
}
END_TEST

START_TEST(test_unknown_host)
{
	/* A label of 64 letters: no name of any network. */
	server_set(&servers.members[0],
	    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
	    port);
	ck_assert_int_eq(connection_connect(&link_), -1);
	ck_assert_int_eq(link_.failure.code, EXIT_CONNECT);
	ck_assert_ptr_nonnull(strstr(link_.failure.text, "nnnn"));
	ck_assert_ptr_null(strstr(link_.failure.text, "running there"));
}
END_TEST

START_TEST(test_lost)
{
	char expected[64], byte;
	int theirs;

	ck_assert_int_eq(connection_connect(&link_), 0);
	theirs = take_connection();
	connection_lost(&link_, EXIT_STALLED, "why %s");
	snprintf(expected, sizeof(expected), "127.0.0.1:%u: why %%s", port);
	ck_assert_str_eq(link_.failure.text, expected);
	ck_assert_int_eq(link_.failure.code, EXIT_STALLED);
	ck_assert_int_eq(link_.fd, -1);
	ck_assert_int_eq(link_.tries, 1);
	ck_assert_int_eq(recv(theirs, &byte, 1, 0), 0);
	close(theirs);
}
END_TEST

/* As many as --retry allows, and then no more: the last reason stays. */
START_TEST(test_tries)
{
	int i;

	settings.retry = _i;
	connection_limit(&link_, CONNECTION_NO_LIMIT);
	ck_assert_int_eq(connection_connect(&link_), 0);
	for (i = 0; i <= _i; i++)
		connection_lost(&link_, EXIT_BUSY, "busy");
	close(take_connection());
	ck_assert_int_eq(connection_connect(&link_), -1);
	ck_assert_int_eq(link_.failure.code, EXIT_BUSY);
	ck_assert_int_eq(take_connection(), -1);
	/* The next job gets as many, the first of them at once. */
	connection_delivered(&link_);
	ck_assert_int_eq(connection_connect(&link_), 0);
	close(take_connection());
}
END_TEST

START_TEST(test_received)
{
	ck_assert_int_eq(connection_connect(&link_), 0);
	link_.tries = 2;
	connection_received(&link_, ENOUGH - 1);
	ck_assert_int_eq(link_.tries, 2);
	connection_received(&link_, 1);
	ck_assert_int_eq(link_.tries, 0);

	/* Bytes of several connections do not add up to one of use. */
	link_.received = 0;
	connection_received(&link_, ENOUGH - 1);
	connection_lost(&link_, EXIT_STALLED, "why");
	ck_assert_int_eq(link_.tries, 1);
	connection_received(&link_, ENOUGH - 1);
	ck_assert_int_eq(link_.tries, 1);
	/* A file, be it small, does. */
	connection_delivered(&link_);
	ck_assert_int_eq(link_.tries, 0);
	close(take_connection());
}
END_TEST

/* The prompt keeps a connection for the next name: that it has ended
 * meanwhile is no try, and the next one is made at once. */
START_TEST(test_idle)
{
	ck_assert_int_eq(connection_connect(&link_), 0);
	connection_begin(&link_);
	ck_assert(link_.idle);
	ck_assert_int_eq(connection_connect(&link_), 0);
	connection_lost(&link_, EXIT_STALLED, "why");
	ck_assert_int_eq(link_.tries, 0);
	settings.retry = 0;
	connection_limit(&link_, CONNECTION_NO_LIMIT);
	ck_assert_int_eq(connection_connect(&link_), 0);
	ck_assert(!link_.idle);
	connection_lost(&link_, EXIT_STALLED, "why");
	ck_assert_int_eq(link_.tries, 1);
	ck_assert_int_eq(connection_connect(&link_), -1);
	close(take_connection());
	close(take_connection());
	ck_assert_int_eq(take_connection(), -1);
}
END_TEST

/* One that has answered since is an idle one no more. */
START_TEST(test_answered)
{
	int refused;

	ck_assert_int_eq(connection_connect(&link_), 0);
	link_.tries = 1;
	connection_begin(&link_);
	ck_assert_int_eq(link_.tries, 0);
	connection_answered(&link_);
	connection_lost(&link_, EXIT_STALLED, "why");
	ck_assert_int_eq(link_.tries, 1);
	/* A run that begins without one begins as the first did. */
	connection_begin(&link_);
	ck_assert(!link_.idle);
	refused = refuse_connections();
	ck_assert_int_eq(connection_connect(&link_), -1);
	ck_assert_int_eq(link_.failure.code, EXIT_CONNECT);
	close(refused);
	close(take_connection());
}
END_TEST

static void
interrupt_and_connect(void *lost)
{
	int result;

	if (interrupt_open() != 0)
		return;
	if (*(bool *)lost)
		connection_lost(&link_, EXIT_STALLED, "why\n");
	raise(SIGTERM);
	result = connection_connect(&link_);
	exit(result == -1 ? (int)link_.failure.code : CHILD_ALIVE);
}

/* Whoever interrupts does not wait for what it waits for. */
START_TEST(test_interrupted)
{
	int fd = refuse_connections();
	bool lost = _i == 1;
	char expected[64];
	struct child child;

	child_run(&child, interrupt_and_connect, &lost);
	ck_assert_int_eq(child.code, EXIT_INTERRUPTED);
	snprintf(expected, sizeof(expected),
	    "fileget: 127.0.0.1:%u: why\\n; trying again in ", port);
	if (lost)
		ck_assert_msg(strncmp(child.err, expected, strlen(expected)) ==
			    0 &&
			strstr(child.err, " s (1 of 3)\n") != NULL,
		    "%s", child.err);
	else
		ck_assert_str_eq(child.err, "");
	close(fd);
}
END_TEST

/* A limit shortens both waits, never lengthens one, and ends with itself. */
START_TEST(test_limit)
{
	settings.timeout = 2 * CLOCK_SEC;
	connection_limit(&link_, 5 * CLOCK_SEC);
	ck_assert_int_eq(link_.timeout, 2 * CLOCK_SEC);
	ck_assert_int_eq(link_.connect_timeout, 5 * CLOCK_SEC);
	ck_assert_int_eq(link_.retry, 0);
	connection_limit(&link_, CONNECTION_NO_LIMIT);
	ck_assert_int_eq(link_.timeout, 2 * CLOCK_SEC);
	ck_assert_int_eq(link_.connect_timeout, settings.connect_timeout);
	ck_assert_int_eq(link_.retry, 3);
}
END_TEST

Suite *
connection_suite(void)
{
	Suite *suite = suite_create("connection");
	TCase *tcase = unit_case(suite, "link");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_connect);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_unknown_host);
	tcase_add_test(tcase, test_lost);
	tcase_add_loop_test(tcase, test_tries, 0, 3);
	tcase_add_test(tcase, test_received);
	tcase_add_test(tcase, test_idle);
	tcase_add_test(tcase, test_answered);
	tcase_add_loop_test(tcase, test_interrupted, 0, 2);
	tcase_add_test(tcase, test_limit);
	return suite;
}
