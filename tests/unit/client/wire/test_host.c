/*
 * The addresses that were found at the start stand in when a later look-up
 * finds none. "nothing.invalid" has none for ever (RFC 6761).
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/wire/host.h"
#include "common/clock.h"
#include "common/net.h"
#include "tests/unit/unit.h"

static struct connection_settings settings;
static char error[NET_ERROR];
static int listening;

static void
setup(void)
{
	uint16_t port = 0;

	memset(&settings, 0, sizeof(settings));
	settings.connect_timeout = UNIT_TIMEOUT * CLOCK_SEC;
	ck_assert_int_eq(net_listen("127.0.0.1", &port, &listening, 0, 1,
			     error),
	    1);
	settings.port = port;
	settings.host = "127.0.0.1";
}

static void
teardown(void)
{
	host_forget();
	close(listening);
}

static void
expect_connects(void)
{
	int fd = host_connect(&settings, settings.connect_timeout, -1, error);

	ck_assert_msg(fd >= 0, "%s", error);
	close(fd);
}

static void
expect_fails(const char *named)
{
	error[0] = '\0';
	ck_assert_int_eq(host_connect(&settings, settings.connect_timeout, -1,
			     error),
	    -1);
	ck_assert_int_eq(errno, EHOSTUNREACH);
	ck_assert_msg(strstr(error, named) != NULL, "%s", error);
}

START_TEST(what_was_found_is_used_first)
{
	host_find(&settings);
	/* Another look-up would find nothing. */
	settings.host = "nothing.invalid";
	expect_connects();
}
END_TEST

START_TEST(what_was_found_stands_in)
{
	host_find(&settings);
	expect_connects();
	settings.host = "nothing.invalid";
	expect_connects();
	expect_connects();
}
END_TEST

START_TEST(later_ones_look_up_again)
{
	settings.host = "127.0.0.2";
	host_find(&settings);
	ck_assert_int_eq(host_connect(&settings, settings.connect_timeout, -1,
			     error),
	    -1);
	settings.host = "127.0.0.1";
	expect_connects();
}
END_TEST

START_TEST(a_failure_is_told_once)
{
	settings.host = "nothing.invalid";
	host_find(&settings);
	/* The first call tells what was found, and looks nothing up. */
	settings.host = "127.0.0.1";
	expect_fails("nothing.invalid");
	expect_connects();
}
END_TEST

START_TEST(without_a_look_up_before)
{
	expect_connects();
	settings.host = "nothing.invalid";
	expect_fails("nothing.invalid");
}
END_TEST

Suite *
host_suite(void)
{
	Suite *suite = suite_create("host");
	TCase *tcase = tcase_create("host");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_was_found_is_used_first);
	tcase_add_test(tcase, what_was_found_stands_in);
	tcase_add_test(tcase, later_ones_look_up_again);
	tcase_add_test(tcase, a_failure_is_told_once);
	tcase_add_test(tcase, without_a_look_up_before);
	suite_add_tcase(suite, tcase);
	return suite;
}
