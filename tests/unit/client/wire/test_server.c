/*
 * The addresses that were found at the start stand in when a later look-up
 * finds none. "nothing.invalid" has none for ever (RFC 6761).
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/wire/server.h"
#include "common/clock.h"
#include "common/net.h"
#include "tests/unit/unit.h"

static struct server server;
static char error[NET_ERROR];
static int listening;

static void
setup(void)
{
	uint16_t port = 0;

	ck_assert_int_eq(net_listen("127.0.0.1", &port, &listening, 0, 1,
			     error),
	    1);
	server_set(&server, "127.0.0.1", port);
}

static void
teardown(void)
{
	server_forget(&server);
	close(listening);
}

/* Addresses that server_find has found stay. */
static void
set_host(const char *host)
{
	strlcpy(server.host, host, sizeof(server.host));
}

static void
expect_connects(void)
{
	int fd = server_connect(&server, UNIT_TIMEOUT * CLOCK_SEC, -1, error);

	ck_assert_msg(fd >= 0, "%s", error);
	close(fd);
}

static void
expect_fails(const char *named)
{
	error[0] = '\0';
	ck_assert_int_eq(server_connect(&server, UNIT_TIMEOUT * CLOCK_SEC, -1,
			     error),
	    -1);
	ck_assert_int_eq(errno, EHOSTUNREACH);
	ck_assert_msg(strstr(error, named) != NULL, "%s", error);
}

START_TEST(a_name)
{
	static const struct {
		const char *host, *name;
		uint16_t port;
	} rows[] = {
	    {"myhost", "myhost:8080", 8080},
	    {"192.0.2.1", "192.0.2.1:1", 1},
	    {"::1", "[::1]:65535", 65535},
	    {"fe80::1%eth0", "[fe80::1%eth0]:8080", 8080},
	    {"", ":8080", 8080},
	    {"\x1b[m", "\x1b[m:8080", 8080},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		server_set(&server, rows[i].host, rows[i].port);
		ck_assert_str_eq(server.host, rows[i].host);
		ck_assert_uint_eq(server.port, rows[i].port);
		ck_assert_str_eq(server.name, rows[i].name);
	}
}
END_TEST

START_TEST(what_was_found_is_used_first)
{
	server_find(&server);
	/* Another look-up would find nothing. */
	set_host("nothing.invalid");
	expect_connects();
}
END_TEST

START_TEST(what_was_found_stands_in)
{
	server_find(&server);
	expect_connects();
	set_host("nothing.invalid");
	expect_connects();
	expect_connects();
}
END_TEST

START_TEST(later_ones_look_up_again)
{
	set_host("127.0.0.2");
	server_find(&server);
	ck_assert_int_eq(server_connect(&server, UNIT_TIMEOUT * CLOCK_SEC, -1,
			     error),
	    -1);
	set_host("127.0.0.1");
	expect_connects();
}
END_TEST

START_TEST(a_failure_is_told_once)
{
	set_host("nothing.invalid");
	server_find(&server);
	/* The first call tells what was found, and looks nothing up. */
	set_host("127.0.0.1");
	expect_fails("nothing.invalid");
	expect_connects();
}
END_TEST

START_TEST(without_a_look_up_before)
{
	expect_connects();
	set_host("nothing.invalid");
	expect_fails("nothing.invalid");
}
END_TEST

Suite *
client_server_suite(void)
{
	Suite *suite = suite_create("client_server");
	TCase *tcase = tcase_create("server");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_name);
	tcase_add_test(tcase, what_was_found_is_used_first);
	tcase_add_test(tcase, what_was_found_stands_in);
	tcase_add_test(tcase, later_ones_look_up_again);
	tcase_add_test(tcase, a_failure_is_told_once);
	tcase_add_test(tcase, without_a_look_up_before);
	suite_add_tcase(suite, tcase);
	return suite;
}
