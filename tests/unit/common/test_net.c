/*
 * Connecting over the loopback interface, and printing and comparing addresses.
 */

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/net.h"
#include "tests/unit/unit.h"

#define LONG ((int64_t)UNIT_TIMEOUT * CLOCK_SEC)

static char error[NET_ERROR];

START_TEST(test_listen_and_connect)
{
	struct net_address address;
	uint16_t port = 0;
	int listening, ours, theirs;
	char got;

	listening = unit_listen("127.0.0.1", &port);
	ck_assert_uint_ne(port, 0);
	ck_assert_int_eq(net_local(listening, &address), 0);
	ck_assert_uint_eq(net_port(&address), port);
	ck_assert_int_ne(fcntl(listening, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(listening, F_GETFD) & FD_CLOEXEC, 0);

	ours = unit_connect("127.0.0.1", port, LONG, -1, error);
	ck_assert_int_ge(ours, 0);
	ck_assert_int_eq(fcntl(ours, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(ours, F_GETFD) & FD_CLOEXEC, 0);
	unit_wait(listening, POLLIN);
	theirs = accept(listening, NULL, NULL);
	ck_assert_int_ge(theirs, 0);
	unit_send(theirs, "x", 1);
	ck_assert_int_eq(recv(ours, &got, 1, 0), 1);
	close(ours);
	close(theirs);
	close(listening);
}
END_TEST

/* Returns a socket that is bound to *port and does not listen. */
static int
bind_only(uint16_t *port)
{
	struct net_address address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(&address, 0, sizeof(address));
	address.in.sin_family = AF_INET;
	address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, &address.any, sizeof(address.in)), 0);
	ck_assert_int_eq(net_local(fd, &address), 0);
	*port = net_port(&address);
	return fd;
}

START_TEST(test_refused)
{
	char text[NET_TEXT];
	uint16_t port;
	int fd = bind_only(&port);

	ck_assert_int_eq(unit_connect("127.0.0.1", port, LONG, -1, error), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	snprintf(text, sizeof(text), "127.0.0.1:%u: ", port);
	ck_assert_msg(strncmp(error, text, strlen(text)) == 0, "%s", error);
	close(fd);
}
END_TEST

/* Opens a socket to which connecting never ends: the kernel drops connections
 * when the queue of a listening socket is full. */
static int
open_black_hole(uint16_t *port, int *queued)
{
	int fd = bind_only(port);

	ck_assert_int_eq(listen(fd, 0), 0);
	*queued = unit_connect("127.0.0.1", *port, LONG, -1, error);
	ck_assert_int_ge(*queued, 0);
	unit_wait(fd, POLLIN);
	return fd;
}

START_TEST(test_connect_time_limit)
{
	int64_t began, limit = 50 * CLOCK_MS;
	uint16_t port;
	int fd, queued;

	fd = open_black_hole(&port, &queued);
	began = clock_now();
	ck_assert_int_eq(unit_connect("127.0.0.1", port, limit, -1, error), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_ge(clock_now() - began, limit);
	ck_assert_msg(strncmp(error, "127.0.0.1:", 10) == 0, "%s", error);
	close(queued);
	close(fd);
}
END_TEST

START_TEST(test_connect_woken)
{
	int fd, queued, wake_fd = eventfd(1, EFD_CLOEXEC);
	uint16_t port;

	fd = open_black_hole(&port, &queued);
	ck_assert_int_eq(unit_connect("127.0.0.1", port, LONG, wake_fd, error),
	    -1);
	ck_assert_int_eq(errno, ECANCELED);
	close(wake_fd);
	close(queued);
	close(fd);
}
END_TEST

static void
parse(const char *host, uint16_t port, uint32_t scope, struct net_address *to)
{
	memset(to, 0, sizeof(*to));
	if (strchr(host, ':') == NULL) {
		to->in.sin_family = AF_INET;
		to->in.sin_port = htons(port);
		ck_assert_int_eq(inet_pton(AF_INET, host, &to->in.sin_addr), 1);
		return;
	}
	to->in6.sin6_family = AF_INET6;
	to->in6.sin6_port = htons(port);
	to->in6.sin6_scope_id = scope;
	ck_assert_int_eq(inet_pton(AF_INET6, host, &to->in6.sin6_addr), 1);
}

START_TEST(test_print)
{
	static const struct {
		const char *host, *with_port, *without;
		uint32_t scope;
		uint16_t port;
		bool any, loopback;
	} rows[] = {
	    {"127.0.0.1", "127.0.0.1:1", "127.0.0.1", 0, 1, false, true},
	    {"127.255.255.255", "127.255.255.255:1", "127.255.255.255", 0, 1,
		false, true},
	    {"128.0.0.1", "128.0.0.1:1", "128.0.0.1", 0, 1, false, false},
	    {"126.255.255.255", "126.255.255.255:1", "126.255.255.255", 0, 1,
		false, false},
	    {"::1", "[::1]:1", "::1", 0, 1, false, true},
	    {"192.0.2.1", "192.0.2.1:8080", "192.0.2.1", 0, 8080, false, false},
	    {"255.255.255.255", "255.255.255.255:65535", "255.255.255.255", 0,
		65535, false, false},
	    {"0.0.0.0", "0.0.0.0:0", "0.0.0.0", 0, 0, true, false},
	    {"::", "[::]:1", "::", 0, 1, true, false},
	    {"2001:db8::1", "[2001:db8::1]:80", "2001:db8::1", 0, 80, false,
		false},
	    {"fe80::1", "[fe80::1%7]:80", "fe80::1%7", 7, 80, false, false},
	    {"fe80:1111:2222:3333:4444:5555:6666:7777",
		"[fe80:1111:2222:3333:4444:5555:6666:7777%4294967295]:65535",
		"fe80:1111:2222:3333:4444:5555:6666:7777%4294967295",
		UINT32_MAX, 65535, false, false},
	};
	struct net_address address;
	char text[NET_TEXT];
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		parse(rows[i].host, rows[i].port, rows[i].scope, &address);
		net_print(&address, text);
		ck_assert_str_eq(text, rows[i].with_port);
		net_print_host(&address, text);
		ck_assert_str_eq(text, rows[i].without);
		ck_assert_uint_eq(net_port(&address), rows[i].port);
		ck_assert_msg(net_is_any(&address) == rows[i].any, "%s",
		    rows[i].host);
		ck_assert_msg(net_is_loopback(&address) == rows[i].loopback,
		    "%s", rows[i].host);
	}
}
END_TEST

/* A port stays; an address that is not mapped stays whole. */
START_TEST(test_unmap)
{
	static const struct {
		const char *host, *unmapped;
	} rows[] = {{"::ffff:192.0.2.1", "192.0.2.1:80"},
	    {"192.0.2.1", "192.0.2.1:80"}, {"::1", "[::1]:80"},
	    {"::192.0.2.1", "[::192.0.2.1]:80"},
	    {"64:ff9b::1", "[64:ff9b::1]:80"}};
	struct net_address address;
	char text[NET_TEXT];
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		parse(rows[i].host, 80, 0, &address);
		net_unmap(&address);
		net_print(&address, text);
		ck_assert_str_eq(text, rows[i].unmapped);
	}
}
END_TEST

START_TEST(test_compare)
{
	/* In ascending order. */
	static const char *const hosts[] = {"10.0.0.1", "10.0.0.2", "192.0.2.1",
	    "::1", "2001:db8::1"};
	struct net_address a, b;
	size_t i, j;
	int order;

	for (i = 0; i < UNIT_ROWS(hosts); i++) {
		for (j = 0; j < UNIT_ROWS(hosts); j++) {
			/* Ports are not compared. */
			parse(hosts[i], 1, 0, &a);
			parse(hosts[j], 2, 0, &b);
			order = net_compare_host(&a, &b);
			ck_assert_msg((i < j) == (order < 0) &&
				(i == j) == (order == 0),
			    "%s, %s", hosts[i], hosts[j]);
		}
	}
}
END_TEST

Suite *
net_suite(void)
{
	Suite *suite = suite_create("net");
	TCase *tcase = unit_case(suite, "net");

	tcase_add_test(tcase, test_listen_and_connect);
	tcase_add_test(tcase, test_refused);
	tcase_add_test(tcase, test_connect_time_limit);
	tcase_add_test(tcase, test_connect_woken);
	tcase_add_test(tcase, test_print);
	tcase_add_test(tcase, test_unmap);
	tcase_add_test(tcase, test_compare);
	return suite;
}
