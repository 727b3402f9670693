/*
 * --limit-total and --limit-address: connections that read as fast as they can
 * get even parts, a slow one leaves its part to the others, and what waits for
 * its turn stops in time. Parts are compared with each other over two seconds,
 * with wide bounds, and never with the clock.
 */

#include <sys/socket.h>

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

#define TIME (2 * CLOCK_SEC)

enum {
	READERS = 6,
	FILE_SIZE = 64 * 1024 * 1024,
	SMALL = 4096,
	ROW = 256, /* requests for the small file at a time */
};

/* How a client reads. */
enum kind {
	FAST,
	SLOW,  /* a little now and then */
	SMALLS /* many small files */
};

struct reader {
	const char *from;
	enum kind kind;
	int fd;
	uint64_t got, asked;
};

static struct server server;
static struct program client;
static struct reader readers[READERS];

static void
start(const char *const *options)
{
	scratch_sparse("served/f", FILE_SIZE);
	scratch_fill("served/s", SMALL, 1);
	server_start(&server, options);
}

static void
ask_for_row(struct reader *reader)
{
	uint8_t bytes[ROW * 5];
	int i;

	for (i = 0; i < ROW; i++)
		memcpy(bytes + 5 * i, "\0\0\0\1s", 5);
	wire_send(reader->fd, bytes, sizeof(bytes));
	reader->asked += (uint64_t)ROW * SMALL;
}

static void
open_reader(int i, const char *from, enum kind kind)
{
	readers[i] = (struct reader){.from = from, .kind = kind};
	readers[i].fd = wire_connect_with(server.port,
	    &(struct wire_options){.from = from, .receive_buffer = 32768});
	if (kind == SMALLS)
		ask_for_row(&readers[i]);
	else
		talk_ask(readers[i].fd, PROTOCOL_OP_GET, "f");
}

static void
read_some(struct reader *reader)
{
	static uint8_t bytes[64 * 1024];
	ssize_t got = recv(reader->fd, bytes,
	    reader->kind == SLOW ? 200 : sizeof(bytes), MSG_DONTWAIT);

	if (got <= 0)
		return;
	reader->got += (uint64_t)got;
	if (reader->kind == SMALLS &&
	    reader->got + (uint64_t)ROW * SMALL / 2 > reader->asked)
		ask_for_row(reader);
}

/* Reads from the first n for TIME, and counts from then on. Closes them. */
static void
read_all(int n)
{
	int64_t end = clock_now() + TIME, slow_at = 0;
	struct pollfd fds[READERS];
	int i;

	while (clock_now() < end) {
		for (i = 0; i < n; i++)
			fds[i] = (struct pollfd){.fd = readers[i].fd,
			    .events = POLLIN};
		for (i = 0; i < n; i++)
			if (readers[i].kind == SLOW && clock_now() < slow_at)
				fds[i].fd = -1;
		poll(fds, (nfds_t)n, 10);
		for (i = 0; i < n; i++) {
			if (fds[i].fd < 0 || fds[i].revents == 0)
				continue;
			read_some(&readers[i]);
			if (readers[i].kind == SLOW)
				slow_at = clock_now() + CLOCK_SEC / 50;
		}
	}
	for (i = 0; i < n; i++)
		wire_reset(readers[i].fd);
}

/* Checks that a got at least this many hundredths of b, and not many more. */
static void
expect_ratio(int a, int b, unsigned percent)
{
	uint64_t left = readers[a].got * 100, right = readers[b].got * percent;

	ck_assert_msg(left > right / 2 && left < 2 * right,
	    "%d: %llu, %d: %llu", a, (unsigned long long)readers[a].got, b,
	    (unsigned long long)readers[b].got);
}

START_TEST(all_share_evenly)
{
	int i;

	start(HERE_LIST("--limit-total", "4M"));
	for (i = 0; i < READERS; i++)
		open_reader(i, i % 2 == 0 ? "127.0.0.1" : "127.0.0.2",
		    i == 5 ? SMALLS : FAST);
	read_all(READERS);
	for (i = 1; i < READERS; i++)
		expect_ratio(i, 0, 100);
	server_stop(&server);
}
END_TEST

/* A slow reader takes what it can; the others get the rest, evenly. */
START_TEST(a_slow_one_keeps_nobody)
{
	int i;

	start(HERE_LIST("--limit-total", "4M"));
	for (i = 0; i < 4; i++)
		open_reader(i, "127.0.0.1", i == 0 ? SLOW : FAST);
	read_all(4);
	expect_ratio(2, 1, 100);
	expect_ratio(3, 1, 100);
	ck_assert_uint_lt(10 * readers[0].got, readers[1].got);
	server_stop(&server);
}
END_TEST

START_TEST(addresses_share_evenly)
{
	start(HERE_LIST("--limit-address", "1M"));
	open_reader(0, "127.0.0.2", FAST);
	open_reader(1, "127.0.0.1", FAST);
	open_reader(2, "127.0.0.1", FAST);
	open_reader(3, "127.0.0.1", FAST);
	read_all(4);
	expect_ratio(2, 1, 100);
	expect_ratio(3, 1, 100);
	expect_ratio(0, 1, 300);
	server_stop(&server);
}
END_TEST

/* Of 3M one address may have 600k, so the other has 2.4M; but no connection
 * more than 400k of it. */
START_TEST(three_limits_hold_together)
{
	start(HERE_LIST("--limit-total", "3M", "--limit-address", "600k",
	    "--limit-rate", "400k"));
	open_reader(0, "127.0.0.1", FAST);
	open_reader(1, "127.0.0.1", FAST);
	open_reader(2, "127.0.0.1", FAST);
	open_reader(3, "127.0.0.2", FAST);
	read_all(4);
	expect_ratio(1, 0, 100);
	expect_ratio(2, 0, 100);
	expect_ratio(3, 0, 200);
	server_stop(&server);
}
END_TEST

static const char *const limits[] = {"--limit-total", "--limit-address"};

/* Never faster than the limit, and every byte is right. */
START_TEST(a_file_takes_its_time)
{
	int64_t began;

	start(HERE_LIST(limits[_i], "2M"));
	scratch_fill("served/g", 4 * 1024 * 1024, 3);
	began = clock_now();
	here_get(&client, server.port, 0, limits[_i], HERE_LIST("g", "-j2"));
	ck_assert_int_ge(clock_now() - began, 19 * CLOCK_SEC / 10);
	sum_expect_files("here/newg", "served/g");
	server_stop(&server);
}
END_TEST

/* Pauses longer than the time limits are nobody's stall. */
START_TEST(a_turn_is_no_stall)
{
	start(HERE_LIST(limits[_i], "16k", "--timeout", "1"));
	scratch_fill("served/g", 64 * 1024, 3);
	here_get(&client, server.port, 0, limits[_i],
	    HERE_LIST("g", "--timeout=2", "--retry=0"));
	sum_expect_files("here/newg", "served/g");
	server_stop(&server);
}
END_TEST

/* The downloads would take an hour; all end when the time to drain is over. */
START_TEST(a_stop_is_not_delayed)
{
	int i;

	start(HERE_LIST(limits[_i], "16k", "--drain", "1"));
	for (i = 0; i < READERS; i++)
		open_reader(i, "127.0.0.1", FAST);
	ck_assert(server_await_sleep(&server));
	server_stop(&server);
	ck_assert_ptr_nonnull(strstr(server_log(&server), "broken off"));
	for (i = 0; i < READERS; i++)
		close(readers[i].fd);
}
END_TEST

START_TEST(bad_limits_are_refused)
{
	static const char *const values[] = {"0", "1023", "1x", "-1", "",
	    "99999999999999999999"};
	size_t i;

	for (i = 0; i < HARNESS_ROWS(values); i++) {
		server_try(&client,
		    HERE_LIST("-p", "0", limits[_i], values[i]));
		here_expect_exit(&client, 2, values[i]);
		ck_assert_msg(program_lines(program_err(&client)) == 2 &&
			strstr(program_err(&client), limits[_i]) != NULL,
		    "%s: %s", values[i], program_err(&client));
		ck_assert_str_eq(program_out(&client), "");
	}
}
END_TEST

Suite *
shares_suite(void)
{
	Suite *suite = suite_create("shares");
	TCase *tcase = harness_case(suite, "shares", 120);

	tcase_add_test(tcase, all_share_evenly);
	tcase_add_test(tcase, a_slow_one_keeps_nobody);
	tcase_add_test(tcase, addresses_share_evenly);
	tcase_add_test(tcase, three_limits_hold_together);
	tcase_add_loop_test(tcase, a_file_takes_its_time, 0, 2);
	tcase_add_loop_test(tcase, a_turn_is_no_stall, 0, 2);
	tcase_add_loop_test(tcase, a_stop_is_not_delayed, 0, 2);
	tcase_add_loop_test(tcase, bad_limits_are_refused, 0, 2);
	return suite;
}
