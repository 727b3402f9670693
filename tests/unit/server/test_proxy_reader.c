/*
 * proxy_reader, with workers and real sessions: each connection comes from a
 * proxy. Exactly its header is taken, however the bytes arrive, and the address
 * that it announces is the one that counts.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/protocol.h"
#include "server/workers.h"
#include "tests/unit/unit.h"

enum {
	PLACES = 6,
	PER_ADDRESS = 2,
};

#define LINE(host) "PROXY TCP4 " host " 192.0.2.9 4711 8080\r\n"
#define SIGNATURE  "\r\n\r\n\0\r\nQUIT\n"
#define IPV4	   "\xc0\0\2\1\xc0\0\2\11\x12\x67\x1f\x90"
#define IPV6(host)                                 \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0" host \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2"    \
	"\x12\x67\x1f\x90"
#define REQUEST	    "\0\0\0\4file"
#define BYTES(text) text, sizeof(text) - 1

static const uint8_t reply[] = "\0\0\0\0\0\0\0\7content";

#define REPLY (sizeof(reply) - 1)

static struct session_shared shared;
static struct workers *workers;
static int theirs; /* the server's end of the last connection */

static void
setup(void)
{
	struct workers_plan plan = {.max = PLACES,
	    .leaving = 2,
	    .per_address = PER_ADDRESS,
	    .prefix = 64};
	char folder[UNIT_PATH], error[PROXIES_ERROR];

	unit_folder(folder);
	unit_write(folder, "file", "content", 7);
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(root_open(&shared.verbs.root, folder, false, true), 0);
	access_rules_init(&shared.verbs.rules, &shared.verbs.root);
	shared.request_timeout = UNIT_TIMEOUT * CLOCK_SEC;
	shared.verbs.presence.wake_fd = -1;
	ck_assert_int_eq(proxies_add(&shared.proxies, "127.0.0.0/8", error), 0);
	work_slots_init(&shared.verbs.slots, 1);
	workers = workers_new(&shared, &plan);
	ck_assert_ptr_nonnull(workers);
}

static void
teardown(void)
{
	unit_wait(workers_drain(workers), POLLIN);
	ck_assert_int_eq(workers_free(workers), 0);
	root_close(&shared.verbs.root);
}

/* Returns the proxy's end of a connection that a worker has. */
static int
join(void)
{
	struct net_address address;
	socklen_t len = sizeof(address);
	int pair[2];

	unit_tcp_pair(pair);
	memset(&address, 0, sizeof(address));
	ck_assert_int_eq(getpeername(pair[1], &address.any, &len), 0);
	theirs = pair[1];
	ck_assert_msg(workers_hand_over(workers, theirs, &address) == 0, "%s",
	    strerror(errno));
	return pair[0];
}

static void
expect_reply(int fd)
{
	uint8_t got[REPLY];
	int code;

	ck_assert_uint_eq(unit_receive(fd, got, REPLY, &code), REPLY);
	ck_assert_mem_eq(got, reply, REPLY);
}

/* Expects BUSY and the end. */
static void
expect_busy(int fd)
{
	uint8_t got[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_MESSAGE_MAX];
	int code;

	ck_assert_uint_gt(unit_receive(fd, got, sizeof(got), &code),
	    PROTOCOL_REPLY_HEADER_SIZE);
	ck_assert_uint_eq(got[0], PROTOCOL_BUSY);
	close(fd);
}

/* Expects a reset, without a byte before it. */
static void
expect_reset(int fd)
{
	uint8_t got[1];
	int code;

	ck_assert_uint_eq(unit_receive(fd, got, 1, &code), 0);
	ck_assert_int_eq(code, ECONNRESET);
	close(fd);
}

static const struct {
	const char *bytes;
	size_t len;
} headers[] = {
    {BYTES(LINE("192.0.2.1"))},
    {BYTES("PROXY TCP6 2001:db8::1 ::1 4711 8080\r\n")},
    {BYTES("PROXY UNKNOWN\r\n")},
    {BYTES(SIGNATURE "\x20\0\0\0")},
    {BYTES(SIGNATURE "\x20\x11\0\x0c" IPV4)},
    {BYTES(SIGNATURE "\x21\x11\0\x0c" IPV4)},
    {BYTES(SIGNATURE "\x21\x21\0\x24" IPV6("\1"))},
};

/* The requests behind a header in the same segment are answered. */
START_TEST(test_one_segment)
{
	uint8_t bytes[512];
	size_t len = headers[_i].len;
	int fd = join();

	memcpy(bytes, headers[_i].bytes, len);
	memcpy(bytes + len, REQUEST REQUEST, 16);
	unit_send(fd, bytes, len + 16);
	expect_reply(fd);
	expect_reply(fd);
	unit_send(fd, REQUEST, 8);
	expect_reply(fd);
	close(fd);
}
END_TEST

/* The header may be cut anywhere, and so may the request behind it. */
START_TEST(test_in_pieces)
{
	uint8_t bytes[512];
	size_t i, len = headers[_i].len;
	int fd = join();

	memcpy(bytes, headers[_i].bytes, len);
	memcpy(bytes + len, REQUEST, 8);
	for (i = 0; i < len + 8; i++)
		unit_send(fd, bytes + i, 1);
	expect_reply(fd);
	close(fd);
}
END_TEST

START_TEST(test_reset)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
	    {BYTES(REQUEST)},
	    {BYTES("GET / HTTP/1.1\r\n\r\n")},
	    {BYTES("\x16\3\1")},
	    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.9 4711 08080\r\n" REQUEST)},
	    {BYTES(SIGNATURE "\x21\x11\xff\xff")},
	};
	size_t i;
	int fd;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		fd = join();
		unit_send(fd, rows[i].bytes, rows[i].len);
		expect_reset(fd);
	}
}
END_TEST

/* A header that is cut by the proxy's end is reset too. */
START_TEST(test_cut)
{
	int fd = join();

	unit_send(fd, "PROXY TCP4 192.0.2.1", 20);
	shutdown(fd, SHUT_WR);
	expect_reset(fd);
}
END_TEST

/* One without a byte, or with a part of a header, is reset when its time is
 * over. */
START_TEST(test_late)
{
	int silent, part;

	shared.request_timeout = CLOCK_SEC / 20;
	silent = join();
	part = join();
	unit_send(part, "PROXY ", 6);
	expect_reset(part);
	expect_reset(silent);
}
END_TEST

/* A header does not make the next bytes special. */
START_TEST(test_second_header)
{
	uint8_t got[PROTOCOL_REPLY_HEADER_SIZE];
	int code, fd = join();

	unit_send(fd, BYTES(LINE("192.0.2.1") LINE("192.0.2.2")));
	ck_assert_uint_eq(unit_receive(fd, got, sizeof(got), &code),
	    sizeof(got));
	ck_assert_uint_eq(got[0], PROTOCOL_UNSUPPORTED);
	close(fd);
}
END_TEST

/* Joins with a header; returns the connection when it has had a reply. */
static int
join_as(const char *header, size_t len)
{
	int fd = join();

	unit_send(fd, header, len);
	unit_send(fd, REQUEST, 8);
	expect_reply(fd);
	return fd;
}

/* Each announced address has PER_ADDRESS connections, not the proxy's. */
START_TEST(test_counts)
{
	int fds[PER_ADDRESS], other[PER_ADDRESS], refused, i;

	for (i = 0; i < PER_ADDRESS; i++) {
		fds[i] = join_as(BYTES(LINE("192.0.2.1")));
		other[i] = join_as(BYTES(LINE("192.0.2.2")));
	}
	refused = join();
	unit_send(refused, BYTES(SIGNATURE "\x21\x11\0\x0c" IPV4 REQUEST));
	expect_busy(refused);
	/* The mapped address is the same. */
	refused = join();
	unit_send(refused,
	    BYTES("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n" REQUEST));
	expect_busy(refused);
	for (i = 0; i < PER_ADDRESS; i++) {
		unit_send(fds[i], REQUEST, 8);
		expect_reply(fds[i]);
		close(fds[i]);
		close(other[i]);
	}
}
END_TEST

/* The addresses of an IPv6 network count as one. */
START_TEST(test_counts_network)
{
	int first = join_as(BYTES(SIGNATURE "\x21\x21\0\x24" IPV6("\1")));
	int second = join_as(BYTES("PROXY TCP6 2001:db8::3 ::1 1 2\r\n"));
	int refused = join();

	unit_send(refused, BYTES(SIGNATURE "\x21\x21\0\x24" IPV6("\2")));
	expect_busy(refused);
	close(first);
	close(second);
}
END_TEST

/* Without an announced address, that of the proxy counts. */
START_TEST(test_counts_proxy)
{
	int first = join_as(BYTES("PROXY UNKNOWN\r\n"));
	int second = join_as(BYTES(SIGNATURE "\x20\0\0\0"));
	int refused = join();

	unit_send(refused, BYTES("PROXY UNKNOWN\r\n"));
	expect_busy(refused);
	close(first);
	close(second);
}
END_TEST

/* One that waits for its header makes room first, and is told BUSY. */
START_TEST(test_makes_room)
{
	static const char *const lines[] = {LINE("192.0.2.1"),
	    LINE("192.0.2.2"), LINE("192.0.2.3"), LINE("192.0.2.4"),
	    LINE("192.0.2.5"), LINE("192.0.2.6")};
	int fds[PLACES], silent, i;

	silent = join();
	for (i = 1; i < PLACES; i++)
		fds[i] = join_as(lines[i], strlen(lines[i]));
	/* Its grace of a newcomer must be over. */
	clock_sleep(CLOCK_SEC + 100 * CLOCK_MS);
	fds[0] = join_as(lines[0], strlen(lines[0]));
	expect_busy(silent);
	for (i = 0; i < PLACES; i++) {
		unit_send(fds[i], REQUEST, 8);
		expect_reply(fds[i]);
		close(fds[i]);
	}
}
END_TEST

/* A stop does not wait for a header. */
START_TEST(test_stop)
{
	uint8_t got[1];
	int fd = join(), code;

	unit_wait(workers_drain(workers), POLLIN);
	ck_assert_uint_eq(unit_receive(fd, got, 1, &code), 0);
	close(fd);
}
END_TEST

Suite *
proxy_reader_suite(void)
{
	Suite *suite = suite_create("proxy_reader");
	TCase *tcase = unit_case(suite, "admit");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_one_segment, 0, UNIT_ROWS(headers));
	tcase_add_loop_test(tcase, test_in_pieces, 0, UNIT_ROWS(headers));
	tcase_add_test(tcase, test_reset);
	tcase_add_test(tcase, test_cut);
	tcase_add_test(tcase, test_late);
	tcase_add_test(tcase, test_second_header);
	tcase_add_test(tcase, test_counts);
	tcase_add_test(tcase, test_counts_network);
	tcase_add_test(tcase, test_counts_proxy);
	tcase_add_test(tcase, test_makes_room);
	tcase_add_test(tcase, test_stop);
	return suite;
}
