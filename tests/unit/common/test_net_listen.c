/*
 * Listening sockets on addresses of the loopback interface.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/net.h"
#include "tests/harness/loopback.h"
#include "tests/unit/unit.h"

#define LONG ((int64_t)UNIT_TIMEOUT * CLOCK_SEC)

static char error[NET_ERROR];

/* NULL listens with one port on all addresses; a machine may have no IPv6. */
START_TEST(test_listen_on_all)
{
	struct net_address address;
	int fds[8], i, n, ours;
	uint16_t port = 0;

	n = net_listen(NULL, &port, fds, 0, 8, error);
	ck_assert_int_ge(n, 1);
	ck_assert_uint_ne(port, 0);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(net_local(fds[i], &address), 0);
		ck_assert(net_is_any(&address));
		ck_assert_uint_eq(net_port(&address), port);
	}
	/* localhost may have an address where nobody listens. */
	ours = unit_connect(loopback_has_name("localhost") ? "localhost" :
							     "127.0.0.1",
	    port, LONG, -1, error);
	ck_assert_msg(ours >= 0, "%s", error);
	close(ours);
	for (i = 0; i < n; i++)
		close(fds[i]);
	port = 0;
	ck_assert_int_eq(net_listen(NULL, &port, fds, 0, 1, error), 1);
	close(fds[0]);
}
END_TEST

/* An address on which a socket listens already is skipped. */
START_TEST(test_listen_twice)
{
	uint16_t port = 0;
	int fds[3], fd;

	fds[0] = unit_listen("127.0.0.1", &port);
	ck_assert_int_eq(net_listen("127.0.0.1", &port, fds, 1, 3, error), 1);
	ck_assert_str_eq(error, "");
	ck_assert_int_eq(net_listen("127.0.0.2", &port, fds, 1, 3, error), 2);
	/* There is no room in fds. */
	ck_assert_int_eq(net_listen("127.0.0.3", &port, fds, 2, 2, error), -1);
	ck_assert_str_ne(error, "");
	/* A socket on 0.0.0.0 listens on 127.0.0.1 too. */
	close(fds[0]);
	close(fds[1]);
	port = 0;
	fds[0] = unit_listen("0.0.0.0", &port);
	ck_assert_int_eq(net_listen("127.0.0.1", &port, fds, 1, 3, error), 1);
	/* It does not with another port. */
	port = 0;
	ck_assert_int_eq(net_listen("127.0.0.1", &port, fds, 1, 3, error), 2);
	for (fd = 0; fd < 2; fd++)
		close(fds[fd]);
}
END_TEST

START_TEST(test_port_is_taken)
{
	uint16_t port = 0, same;
	char text[NET_TEXT];
	int listening, fd = -7;

	listening = unit_listen("127.0.0.1", &port);
	same = port;
	ck_assert_int_eq(net_listen("127.0.0.1", &same, &fd, 0, 1, error), -1);
	ck_assert_int_eq(errno, EADDRINUSE);
	ck_assert_uint_eq(same, port);
	snprintf(text, sizeof(text), "127.0.0.1:%u: ", port);
	ck_assert_msg(strncmp(error, text, strlen(text)) == 0, "%s", error);
	close(listening);
}
END_TEST

/* A port can be used again while old connections are in TIME_WAIT: without
 * SO_REUSEADDR bind(2) fails after a restart. */
START_TEST(test_listen_again)
{
	struct net_address address;
	int listening, ours, theirs, naive, code;
	uint16_t port = 0;
	uint8_t got;

	listening = unit_listen("127.0.0.1", &port);
	net_local(listening, &address);
	ours = unit_connect("127.0.0.1", port, LONG, -1, error);
	ck_assert_int_ge(ours, 0);
	unit_wait(listening, POLLIN);
	theirs = accept(listening, NULL, NULL);
	/* The side that ends first enters TIME_WAIT. */
	shutdown(theirs, SHUT_WR);
	ck_assert_uint_eq(unit_receive(ours, &got, 1, &code), 0);
	close(ours);
	ck_assert_uint_eq(unit_receive(theirs, &got, 1, &code), 0);
	close(theirs);
	close(listening);

	/* The positive control: bind without SO_REUSEADDR fails. */
	naive = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(naive, &address.any, sizeof(address.in)), -1);
	ck_assert_int_eq(errno, EADDRINUSE);
	close(naive);
	close(unit_listen("127.0.0.1", &port));
}
END_TEST

Suite *
net_listen_suite(void)
{
	Suite *suite = suite_create("net_listen");
	TCase *tcase = unit_case(suite, "listen");

	tcase_add_test(tcase, test_listen_on_all);
	tcase_add_test(tcase, test_listen_twice);
	tcase_add_test(tcase, test_port_is_taken);
	tcase_add_test(tcase, test_listen_again);
	return suite;
}
