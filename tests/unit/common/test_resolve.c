/*
 * Looking up hosts: addresses, names in /etc/hosts, and names that never exist
 * ("invalid", RFC 6761), so that no test depends on a name server.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include "common/net.h"
#include "common/resolve.h"
#include "tests/harness/loopback.h"
#include "tests/unit/unit.h"

static char error[NET_ERROR];
static struct addrinfo *list;

static void
expect_found(const char *host, int flags)
{
	error[0] = '\0';
	ck_assert_msg(resolve_host(host, 8080, flags, &list, error,
			  sizeof(error)) == 0,
	    "%s", error);
	ck_assert_ptr_nonnull(list);
	ck_assert_int_eq(list->ai_socktype, SOCK_STREAM);
}

/* Returns the first address of the list. */
static struct net_address
first_address(void)
{
	struct net_address address;

	memset(&address, 0, sizeof(address));
	ck_assert_uint_le(list->ai_addrlen, sizeof(address));
	memcpy(&address, list->ai_addr, list->ai_addrlen);
	return address;
}

/* An address is found as itself, with the port. */
START_TEST(test_addresses)
{
	static const char *const hosts[] = {"127.0.0.1", "192.0.2.1", "::1",
	    "2001:db8::1"};
	struct net_address address;
	char text[NET_TEXT];
	size_t i;

	for (i = 0; i < UNIT_ROWS(hosts); i++) {
		expect_found(hosts[i], 0);
		address = first_address();
		net_print_host(&address, text);
		ck_assert_str_eq(text, hosts[i]);
		ck_assert_uint_eq(net_port(&address), 8080);
		ck_assert_ptr_null(list->ai_next);
		freeaddrinfo(list);
	}
}
END_TEST

START_TEST(test_all_addresses)
{
	const struct addrinfo *info;
	struct net_address address;

	expect_found(NULL, AI_PASSIVE);
	for (info = list; info != NULL; info = info->ai_next) {
		memcpy(&address, info->ai_addr, info->ai_addrlen);
		ck_assert(net_is_any(&address));
		ck_assert_uint_eq(net_port(&address), 8080);
	}
	freeaddrinfo(list);
}
END_TEST

/* A final dot marks a complete name. /etc/hosts has "localhost" without one. */
START_TEST(test_trailing_dot)
{
	if (!loopback_has_name("test_trailing_dot"))
		return;
	expect_found("localhost.", 0);
	ck_assert(list->ai_family == AF_INET || list->ai_family == AF_INET6);
	freeaddrinfo(list);
}
END_TEST

/* Names that are not found, and a part of the error line. */
static const struct {
	const char *host, *said;
} unknown[] = {
    {"fe80::1%nosuchif", "this machine has no interface 'nosuchif'"},
    {"b\303\274cher.invalid", "xn--"},
    {"nothing.invalid", "nothing.invalid: "},
    {"", "'': no host"},
    {"..", "..: "},
    {".", ".: "},
};

START_TEST(test_unknown)
{
	error[0] = '\0';
	ck_assert_int_eq(resolve_host(unknown[_i].host, 1, 0, &list, error,
			     sizeof(error)),
	    -1);
	ck_assert_int_eq(errno, EHOSTUNREACH);
	ck_assert_msg(strncmp(error, unknown[_i].host,
			  strlen(unknown[_i].host)) == 0 &&
		strstr(error, unknown[_i].said) != NULL,
	    "%s", error);
}
END_TEST

/* The error contains the host unescaped and is cut to its size. */
START_TEST(test_error_text)
{
	char host[100], small[8];

	memset(host, 'x', sizeof(host));
	host[0] = '\033';
	host[sizeof(host) - 1] = '\0';
	ck_assert_int_eq(resolve_host(host, 1, 0, &list, error, sizeof(error)),
	    -1);
	ck_assert_int_eq(errno, EHOSTUNREACH);
	ck_assert_msg(strncmp(error, host, strlen(host)) == 0, "%s", error + 1);
	ck_assert_int_eq(resolve_host(host, 1, 0, &list, small, sizeof(small)),
	    -1);
	ck_assert_str_eq(small, "\033xxxxxx");
}
END_TEST

/* net_listen passes the error on. */
START_TEST(test_listen_unknown)
{
	uint16_t port = 0;
	int fd;

	ck_assert_int_eq(net_listen("nothing.invalid", &port, &fd, 0, 1, error),
	    -1);
	ck_assert_int_eq(errno, EHOSTUNREACH);
	ck_assert_msg(strncmp(error, "nothing.invalid: ", 17) == 0, "%s",
	    error);
}
END_TEST

Suite *
resolve_suite(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tcase = unit_case(suite, "resolve");

	tcase_add_test(tcase, test_addresses);
	tcase_add_test(tcase, test_all_addresses);
	tcase_add_test(tcase, test_trailing_dot);
	tcase_add_loop_test(tcase, test_unknown, 0, UNIT_ROWS(unknown));
	tcase_add_test(tcase, test_error_text);
	tcase_add_test(tcase, test_listen_unknown);
	return suite;
}
