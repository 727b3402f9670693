/*
 * A connection to one of several servers: which one is next, when a round is
 * over, and what is told of those that failed. Nothing waits.
 */

#include <sys/socket.h>

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "client/wire/connection.h"
#include "common/clock.h"
#include "common/net.h"
#include "tests/unit/unit.h"

static struct connection_settings settings;
static struct server_list servers;
static const struct report_settings report_settings = {.quiet = true};
static const struct progress_settings progress_settings;
static struct progress progress;
static struct report report;
static struct connection link_;
static uint16_t port;
static int listening;

/* Begins with one server, which listens. */
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
	connection_open(&link_, &settings, &report, NULL);
}

static void
teardown(void)
{
	connection_close(&link_);
	if (listening >= 0)
		close(listening);
}

/* Adds a second server like the first, which then refuses connections. Returns
 * a socket that keeps its port from others. */
static int
refuse_first(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(server_list_add(&servers, "127.0.0.1", port), 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	server_set(&servers.members[0], "127.0.0.1", ntohs(address.sin_port));
	return fd;
}

/* The next server is taken at once, with no retries left. */
START_TEST(test_second)
{
	int fd = refuse_first();

	settings.retry = 0;
	connection_limit(&link_, CONNECTION_NO_LIMIT);
	ck_assert_str_eq(connection_which(&link_), servers.members[0].name);
	ck_assert_int_eq(connection_connect(&link_), 0);
	ck_assert_ptr_eq(link_.server, &servers.members[1]);
	ck_assert_str_eq(connection_which(&link_), servers.members[1].name);
	ck_assert_int_eq(link_.tries, 0);
	/* It breaks without progress, as the last of the round. */
	connection_lost(&link_, EXIT_STALLED, "why");
	ck_assert_ptr_eq(link_.server, &servers.members[0]);
	ck_assert_int_eq(link_.tries, 1);
	ck_assert_int_eq(connection_connect(&link_), -1);
	ck_assert_int_eq(link_.failure.code, EXIT_STALLED);
	close(fd);
}
END_TEST

/* When all have failed, each one's reason is told; a second call says the same.
 */
START_TEST(test_none_left)
{
	int first = refuse_first(), i;
	char name[2][SERVER_NAME];

	close(listening);
	listening = -1;
	strlcpy(name[0], servers.members[0].name, SERVER_NAME);
	strlcpy(name[1], servers.members[1].name, SERVER_NAME);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(connection_connect(&link_), -1);
		ck_assert_int_eq(link_.failure.code, EXIT_CONNECT);
		ck_assert_msg(strncmp(link_.failure.text,
				  "no server is left: ", 19) == 0 &&
			strstr(link_.failure.text, name[0]) != NULL &&
			strstr(link_.failure.text, name[1]) != NULL,
		    "%s", link_.failure.text);
		ck_assert_int_eq(link_.tries, 0);
		ck_assert_ptr_eq(link_.server, &servers.members[0]);
	}
	close(first);
}
END_TEST

/* Progress begins a new round, in which the first server may be tried again. */
START_TEST(test_round)
{
	ck_assert_int_eq(server_list_add(&servers, "127.0.0.1", port), 0);
	ck_assert_int_eq(connection_connect(&link_), 0);
	connection_lost(&link_, EXIT_BUSY, "busy");
	ck_assert_ptr_eq(link_.server, &servers.members[1]);
	ck_assert_int_eq(connection_connect(&link_), 0);
	connection_delivered(&link_);
	connection_lost(&link_, EXIT_STALLED, "why");
	ck_assert_ptr_eq(link_.server, &servers.members[0]);
	ck_assert_int_eq(link_.tries, 0);
	ck_assert_int_eq(connection_connect(&link_), 0);
	connection_lost(&link_, EXIT_STALLED, "why");
	ck_assert_int_eq(link_.tries, 1);
	ck_assert_ptr_eq(link_.server, &servers.members[1]);
}
END_TEST

/* The end of an idle connection is no failure of its server. */
START_TEST(test_idle_of_two)
{
	ck_assert_int_eq(server_list_add(&servers, "127.0.0.1", port), 0);
	ck_assert_int_eq(connection_connect(&link_), 0);
	connection_begin(&link_);
	connection_lost(&link_, EXIT_STALLED, "why");
	ck_assert_ptr_eq(link_.server, &servers.members[0]);
	ck_assert_uint_eq(link_.failed, 0);
}
END_TEST

/* A server that breaks the protocol is left for good, unless it is the only
 * one. */
START_TEST(test_leave)
{
	struct failure failure;

	failure_set_violation(&failure, "what");
	ck_assert_int_eq(connection_connect(&link_), 0);
	ck_assert(!connection_leave(&link_, &failure));
	ck_assert_int_ge(link_.fd, 0);
	ck_assert_int_eq(server_list_add(&servers, "127.0.0.1", port), 0);
	failure.code = EXIT_LOCAL;
	ck_assert(!connection_leave(&link_, &failure));
	failure.code = EXIT_PROTOCOL;
	ck_assert(connection_leave(&link_, &failure));
	ck_assert_int_lt(link_.fd, 0);
	ck_assert_int_eq(connection_connect(&link_), 0);
	ck_assert_ptr_eq(link_.server, &servers.members[1]);
	connection_answered(&link_);
	/* The next failure does not lead back. */
	connection_lost(&link_, EXIT_STALLED, "why");
	ck_assert_ptr_eq(link_.server, &servers.members[1]);
	ck_assert_int_eq(link_.tries, 1);
	ck_assert(!connection_leave(&link_, &failure));
	ck_assert_ptr_nonnull(strstr(failure.text, "no server is left: "));
	ck_assert_int_eq(failure.code, EXIT_PROTOCOL);
}
END_TEST

/* One that is chosen and pinned is the only one. */
START_TEST(test_pinned)
{
	int fd = refuse_first();

	connection_choose(&link_, &servers.members[0], true);
	ck_assert_int_eq(connection_connect(&link_), -1);
	ck_assert_ptr_eq(link_.server, &servers.members[0]);
	ck_assert_ptr_null(strstr(link_.failure.text, "no server is left"));
	connection_choose(&link_, &servers.members[1], true);
	ck_assert_int_eq(connection_connect(&link_), 0);
	connection_lost(&link_, EXIT_STALLED, "why");
	ck_assert_int_eq(link_.tries, 1);
	ck_assert_ptr_eq(link_.server, &servers.members[1]);
	close(fd);
}
END_TEST

Suite *
connection_servers_suite(void)
{
	Suite *suite = suite_create("connection_servers");
	TCase *tcase = unit_case(suite, "servers");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_second);
	tcase_add_test(tcase, test_none_left);
	tcase_add_test(tcase, test_round);
	tcase_add_test(tcase, test_idle_of_two);
	tcase_add_test(tcase, test_leave);
	tcase_add_test(tcase, test_pinned);
	return suite;
}
