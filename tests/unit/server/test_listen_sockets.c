/*
 * listen_sockets: the sockets that the options ask for, and the socket options
 * that accepted connections inherit.
 */

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "server/listen_sockets.h"
#include "tests/unit/unit.h"

enum {
	NAME = 16, /* bytes of a congestion control's name */
};

static struct server_options options;
static struct listen_sockets sockets;
static char error[NET_ERROR];

static void
setup(void)
{
	options = (struct server_options){.timeout = UNIT_TIMEOUT};
}

static void
add_address(const char *host)
{
	strlcpy(options.addresses[options.n_addresses++].host, host,
	    ENDPOINT_HOST);
}

static void
expect_congestion(const char *address, const char *expected)
{
	char name[NAME];
	socklen_t len;
	int i;

	setup();
	if (address != NULL)
		add_address(address);
	ck_assert_msg(listen_sockets_open(&sockets, &options, error) == 0, "%s",
	    error);
	ck_assert_int_ge(sockets.n, 1);
	for (i = 0; i < sockets.n; i++) {
		len = sizeof(name) - 1;
		memset(name, 0, sizeof(name));
		ck_assert_int_eq(getsockopt(sockets.fds[i], IPPROTO_TCP,
				     TCP_CONGESTION, name, &len),
		    0);
		ck_assert_str_eq(name, expected);
	}
	listen_sockets_close(&sockets);
}

/* Loopback addresses get Reno; others keep the system's congestion control. */
START_TEST(test_congestion)
{
	char usual[NAME] = "";
	socklen_t len = sizeof(usual) - 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, usual,
			     &len),
	    0);
	close(fd);
	expect_congestion("127.0.0.1", "reno");
	expect_congestion("127.3.2.1", "reno");
	expect_congestion("0.0.0.0", usual);
	expect_congestion(NULL, usual);
}
END_TEST

/* Addresses without a port of their own share one free port. */
START_TEST(test_port)
{
	struct net_address first, second;
	int i;

	add_address("127.0.0.1");
	add_address("127.0.0.2");
	ck_assert_int_eq(listen_sockets_open(&sockets, &options, error), 0);
	ck_assert_int_eq(sockets.n, 2);
	for (i = 0; i < 2; i++)
		ck_assert_int_ne(fcntl(sockets.fds[i], F_GETFL) & O_NONBLOCK,
		    0);
	ck_assert_int_eq(net_local(sockets.fds[0], &first), 0);
	ck_assert_int_eq(net_local(sockets.fds[1], &second), 0);
	ck_assert_uint_ne(net_port(&first), 0);
	ck_assert_uint_eq(net_port(&first), net_port(&second));
	listen_sockets_close(&sockets);
	ck_assert_int_eq(sockets.n, 0);
}
END_TEST

/* A failure names its cause and leaves no socket open. */
START_TEST(test_taken)
{
	struct listen_sockets other;
	struct net_address address;
	int fd;

	add_address("127.0.0.1");
	ck_assert_int_eq(listen_sockets_open(&other, &options, error), 0);
	ck_assert_int_eq(net_local(other.fds[0], &address), 0);
	fd = dup(STDIN_FILENO);
	close(fd);
	options.addresses[1] = options.addresses[0];
	options.addresses[1].port = net_port(&address);
	options.addresses[1].has_port = true;
	options.n_addresses = 2;
	ck_assert_int_eq(listen_sockets_open(&sockets, &options, error), -1);
	ck_assert_ptr_nonnull(strstr(error, "take another one with --port"));
	ck_assert_int_eq(sockets.n, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	listen_sockets_close(&other);
}
END_TEST

Suite *
listen_sockets_suite(void)
{
	Suite *suite = suite_create("listen_sockets");
	TCase *tcase = unit_case(suite, "listen_sockets");

	tcase_add_checked_fixture(tcase, setup, NULL);
	if (unit_is_native("listen_sockets: congestion"))
		tcase_add_test(tcase, test_congestion);
	tcase_add_test(tcase, test_port);
	tcase_add_test(tcase, test_taken);
	return suite;
}
