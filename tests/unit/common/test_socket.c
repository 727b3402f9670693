/*
 * Socket options, read back from the kernel: on the listening socket, and on a
 * connection accepted from it, which inherits them.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/sockios.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/net.h"
#include "common/socket.h"
#include "common/stream.h"
#include "tests/unit/unit.h"

enum {
	TIMEOUT = 7
}; /* seconds */

static int
option(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = -1;

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static long
time_limit(int fd, int name)
{
	struct timeval limit = {-1, -1};
	socklen_t len = sizeof(limit);

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, name, &limit, &len), 0);
	ck_assert_int_eq(limit.tv_usec, 0);
	return limit.tv_sec;
}

static void
check_common(int fd)
{
	ck_assert_int_ne(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	ck_assert_int_ne(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
}

static void
check_server(int fd)
{
	check_common(fd);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT),
	    TIMEOUT * 1000);
	ck_assert_int_gt(option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 0);
	ck_assert_int_eq(time_limit(fd, SO_RCVTIMEO), TIMEOUT);
	ck_assert_int_eq(time_limit(fd, SO_SNDTIMEO), TIMEOUT);
}

START_TEST(test_server)
{
	static const char *const hosts[] = {"127.0.0.1", "::1"};
	char error[NET_ERROR];
	int listening, ours, theirs;
	uint16_t port;
	size_t i;

	for (i = 0; i < UNIT_ROWS(hosts); i++) {
		port = 0;
		/* The machine may have no IPv6. */
		if (net_listen(hosts[i], &port, &listening, 0, 1, error) < 0 &&
		    i > 0)
			break;
		ck_assert_int_eq(socket_tune_server(listening, TIMEOUT), 0);
		check_server(listening);
		ours = unit_connect(hosts[i], port, UNIT_TIMEOUT * CLOCK_SEC,
		    -1, error);
		ck_assert_int_ge(ours, 0);
		unit_wait(listening, POLLIN);
		theirs = accept(listening, NULL, NULL);
		ck_assert_int_ge(theirs, 0);
		check_server(theirs);
		close(ours);
		close(theirs);
		close(listening);
	}
}
END_TEST

START_TEST(test_unsent_limit)
{
	enum {
		KIB = 1024,
		MIB = 1024 * 1024,
	};
	static const struct {
		const char *row;
		uint64_t window;
		uint32_t round_trip;
		int limit;
	} rows[] = {
	    {"a peer that never reads", 14 * KIB, 200000, 256 * KIB},
	    {"a window as large as the limit", 256 * KIB, 5000, 256 * KIB},
	    {"a long way", 1300 * KIB, 50000, 1300 * KIB},
	    {"the longest", UINT64_C(1) << 40, UINT32_MAX, 2 * MIB},
	    {"a short way", 1300 * KIB, 4999, 256 * KIB},
	    {"nothing known", 0, 0, 256 * KIB},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++)
		ck_assert_msg(socket_unsent_limit(rows[i].window,
				  rows[i].round_trip) == rows[i].limit,
		    "%s", rows[i].row);
}
END_TEST

/* On loopback the way is short: what socket_tune_server has set stays. */
START_TEST(test_follows_no_short_way)
{
	int listening, ours, theirs, before;
	char error[NET_ERROR];
	uint16_t port = 0;

	ck_assert_int_eq(net_listen("127.0.0.1", &port, &listening, 0, 1,
			     error),
	    1);
	ck_assert_int_eq(socket_tune_server(listening, TIMEOUT), 0);
	ours = unit_connect("127.0.0.1", port, UNIT_TIMEOUT * CLOCK_SEC, -1,
	    error);
	ck_assert_int_ge(ours, 0);
	unit_wait(listening, POLLIN);
	theirs = accept(listening, NULL, NULL);
	ck_assert_int_ge(theirs, 0);
	before = option(theirs, IPPROTO_TCP, TCP_NOTSENT_LOWAT);
	ck_assert_int_eq(socket_follow_window(theirs), 0);
	ck_assert_int_eq(option(theirs, IPPROTO_TCP, TCP_NOTSENT_LOWAT),
	    before);
	ck_assert_int_eq(before, socket_unsent_limit(0, 0));
	close(ours);
	close(theirs);
	close(listening);
	ck_assert_int_eq(socket_follow_window(-1), -1);
}
END_TEST

static const struct {
	const char *row;
	uint64_t rate;
	bool small; /* segments as small as on Ethernet */
} paces[] = {
    {"a byte", 1, true},
    {"50 kB/s", 50000, true},
    {"below 64 MiB/s", 64 * 1024 * 1024 - 1, true},
    {"64 MiB/s", 64 * 1024 * 1024, false},
    {"10 GB/s", UINT64_C(10000000000), false},
};

/* Read back on a connection, which has inherited the rate. */
START_TEST(test_pace)
{
	int listening, ours, theirs;
	char error[NET_ERROR];
	uint64_t rate;
	socklen_t len;
	uint16_t port;
	size_t i;

	for (i = 0; i < UNIT_ROWS(paces); i++) {
		port = 0;
		ck_assert_int_eq(net_listen("127.0.0.1", &port, &listening, 0,
				     1, error),
		    1);
		ck_assert_int_eq(socket_pace(listening, paces[i].rate), 0);
		ours = unit_connect("127.0.0.1", port, UNIT_TIMEOUT * CLOCK_SEC,
		    -1, error);
		ck_assert_int_ge(ours, 0);
		unit_wait(listening, POLLIN);
		theirs = accept(listening, NULL, NULL);
		ck_assert_int_ge(theirs, 0);
		rate = 0;
		len = sizeof(rate);
		ck_assert_int_eq(getsockopt(theirs, SOL_SOCKET,
				     SO_MAX_PACING_RATE, &rate, &len),
		    0);
		ck_assert_msg(rate == paces[i].rate, "%s: %ju", paces[i].row,
		    (uintmax_t)rate);
		ck_assert_msg((option(theirs, IPPROTO_TCP, TCP_MAXSEG) <=
				  1460) == paces[i].small,
		    "%s", paces[i].row);
		close(ours);
		close(theirs);
		close(listening);
	}
}
END_TEST

/* Read back on a connection. */
START_TEST(test_reno)
{
	int listening, ours, theirs;
	char error[NET_ERROR], name[16] = "";
	socklen_t len = sizeof(name);
	uint16_t port = 0;

	ck_assert_int_eq(net_listen("127.0.0.1", &port, &listening, 0, 1,
			     error),
	    1);
	/* Reno may be the default: choose another one if there is one. */
	(void)setsockopt(listening, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
	ck_assert_int_eq(socket_choose_reno(listening), 0);
	ours = unit_connect("127.0.0.1", port, UNIT_TIMEOUT * CLOCK_SEC, -1,
	    error);
	ck_assert_int_ge(ours, 0);
	unit_wait(listening, POLLIN);
	theirs = accept(listening, NULL, NULL);
	ck_assert_int_ge(theirs, 0);
	ck_assert_int_eq(getsockopt(theirs, IPPROTO_TCP, TCP_CONGESTION, name,
			     &len),
	    0);
	ck_assert_str_eq(name, "reno");
	close(ours);
	close(theirs);
	close(listening);
}
END_TEST

START_TEST(test_client)
{
	int pair[2];

	unit_tcp_pair(pair);
	ck_assert_int_eq(socket_tune_client(pair[0]), 0);
	check_common(pair[0]);
	ck_assert_int_eq(time_limit(pair[0], SO_RCVTIMEO), 0);
	ck_assert_int_eq(time_limit(pair[0], SO_SNDTIMEO), 0);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(test_no_socket)
{
	int pipes[2];

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	ck_assert_int_eq(socket_tune_server(pipes[0], TIMEOUT), -1);
	ck_assert_int_eq(socket_tune_client(pipes[0]), -1);
	ck_assert_int_eq(socket_pace(pipes[0], 1000), -1);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

/* Nothing that has arrived is left unacknowledged. */
START_TEST(test_acknowledge)
{
	int pair[2], unacknowledged = 1;

	unit_tcp_pair(pair);
	unit_send(pair[0], "a", 1);
	unit_wait(pair[1], POLLIN);
	ck_assert_int_eq(socket_acknowledge(pair[1]), 0);
	ck_assert_int_ne(option(pair[1], IPPROTO_TCP, TCP_QUICKACK), 0);
	while (unacknowledged > 0)
		ck_assert_int_eq(ioctl(pair[0], SIOCOUTQ, &unacknowledged), 0);
	close(pair[0]);
	close(pair[1]);
	ck_assert_int_eq(socket_acknowledge(-1), -1);
}
END_TEST

Suite *
socket_suite(void)
{
	Suite *suite = suite_create("socket");
	TCase *tcase = unit_case(suite, "options");

	tcase_add_test(tcase, test_no_socket);
	tcase_add_test(tcase, test_acknowledge);
	tcase_add_test(tcase, test_unsent_limit);
	if (unit_is_native("socket: options")) {
		tcase_add_test(tcase, test_server);
		tcase_add_test(tcase, test_follows_no_short_way);
		tcase_add_test(tcase, test_pace);
		tcase_add_test(tcase, test_reno);
		tcase_add_test(tcase, test_client);
	}
	return suite;
}
