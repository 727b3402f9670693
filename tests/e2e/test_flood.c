/*
 * Clients that request more than they read: they neither deadlock nor hold a
 * thread of the server forever.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	FLOOD_REQUESTS = HARNESS_SLOW ? 300000 : 1000000,
	FLOOD_BLOCK = 128 * 1024, /* bytes per send or receive */
};

/* Repeated requests and the replies to them. */
struct cycle {
	uint8_t requests[256];
	size_t requests_len;
	uint8_t replies[1024];
	size_t replies_len;
	unsigned n;
};

static void
add_reply(struct cycle *cycle, enum protocol_status status, const char *body)
{
	size_t len = strlen(body);

	protocol_encode_reply(status, len, cycle->replies + cycle->replies_len);
	cycle->replies_len += PROTOCOL_REPLY_HEADER_SIZE;
	memcpy(cycle->replies + cycle->replies_len, body, len);
	cycle->replies_len += len;
}

/* Sets up four names, of which one does not exist. */
static void
make_cycle(struct cycle *cycle)
{
	static const char *const names[] = {"a", "b", "missing", "c"};
	static const char *const bodies[] = {"1", "", NULL, "three"};

	memset(cycle, 0, sizeof(*cycle));
	scratch_text("served/a", bodies[0]);
	scratch_text("served/b", bodies[1]);
	scratch_text("served/c", bodies[3]);
	for (; cycle->n < HARNESS_ROWS(names); cycle->n++) {
		cycle->requests_len +=
		    talk_encode(cycle->requests + cycle->requests_len,
			PROTOCOL_OP_GET, names[cycle->n]);
		if (bodies[cycle->n] != NULL)
			add_reply(cycle, PROTOCOL_OK, bodies[cycle->n]);
		else
			add_reply(cycle, PROTOCOL_NOT_FOUND,
			    protocol_status_message(PROTOCOL_NOT_FOUND));
	}
}

/* Copies bytes of an endless repetition from an offset. */
static size_t
repeat(const uint8_t *unit, size_t unit_len, uint64_t from, uint64_t until,
    uint8_t *bytes)
{
	size_t n = 0, some, at;

	while (n < FLOOD_BLOCK && from < until) {
		at = (size_t)(from % unit_len);
		some = unit_len - at;
		if (some > FLOOD_BLOCK - n)
			some = FLOOD_BLOCK - n;
		if (some > until - from)
			some = (size_t)(until - from);
		memcpy(bytes + n, unit + at, some);
		n += some;
		from += some;
	}
	return n;
}

struct flood {
	int fd;
	struct cycle cycle;
	uint64_t sent; /* bytes */
	uint64_t to_send;
	uint64_t received;
	uint64_t to_receive;
	uint8_t bytes[FLOOD_BLOCK];
	uint8_t wanted[FLOOD_BLOCK];
};

/* Sends what the socket accepts. Returns whether it accepted any byte. */
static bool
flood_send(struct flood *flood)
{
	size_t len = repeat(flood->cycle.requests, flood->cycle.requests_len,
	    flood->sent, flood->to_send, flood->bytes);
	ssize_t n;

	if (len == 0)
		return false;
	n = send(flood->fd, flood->bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	ck_assert_msg(n > 0 || errno == EAGAIN, "send: %s", strerror(errno));
	if (n > 0)
		flood->sent += (uint64_t)n;
	return n > 0;
}

/* Receives the available bytes, which must be the replies in order. */
static void
flood_receive(struct flood *flood)
{
	ssize_t n =
	    recv(flood->fd, flood->bytes, sizeof(flood->bytes), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	ck_assert_msg(n > 0, "after %llu bytes: %s",
	    (unsigned long long)flood->received,
	    n == 0 ? "the end" : strerror(errno));
	ck_assert_uint_le((uint64_t)n, flood->to_receive - flood->received);
	repeat(flood->cycle.replies, flood->cycle.replies_len, flood->received,
	    flood->to_receive, flood->wanted);
	ck_assert_msg(memcmp(flood->bytes, flood->wanted, (size_t)n) == 0,
	    "other replies, or in another order, in the %zd bytes after %llu",
	    n, (unsigned long long)flood->received);
	flood->received += (uint64_t)n;
}

static void
flood_begin(struct flood *flood, uint16_t port)
{
	const uint64_t cycles = FLOOD_REQUESTS / 4;

	flood->fd = wire_connect_with(port,
	    &(struct wire_options){.receive_buffer = 64 * 1024,
		.send_buffer = 64 * 1024});
	make_cycle(&flood->cycle);
	flood->to_send = cycles * flood->cycle.requests_len;
	flood->to_receive = cycles * flood->cycle.replies_len;
	flood->sent = flood->received = 0;
}

/* Sends until the server accepts no more, which must happen. */
static void
flood_until_blocked(struct flood *flood)
{
	do {
		while (flood_send(flood))
			continue;
	} while (flood->sent < flood->to_send &&
	    wait_ready(flood->fd, POLLOUT, CLOCK_SEC / 4));
	ck_assert_msg(flood->sent < flood->to_send,
	    "the server has read all requests of a client that never reads");
}

START_TEST(a_million_requests_before_reading)
{
	static struct flood flood;
	struct pollfd polled;
	struct server server;

	server_start(&server, (const char *const[]){"-q", NULL});
	flood_begin(&flood, server.port);
	flood_until_blocked(&flood);
	polled.fd = flood.fd;
	while (flood.received < flood.to_receive) {
		polled.events = POLLIN;
		if (flood.sent < flood.to_send)
			polled.events |= POLLOUT;
		ck_assert_int_gt(poll(&polled, 1, 30000), 0);
		if ((polled.revents & POLLOUT) != 0)
			flood_send(&flood);
		if ((polled.revents & ~POLLOUT) != 0)
			flood_receive(&flood);
	}
	wire_half_close(flood.fd);
	wire_expect_end(flood.fd, WIRE_ORDERLY);
	close(flood.fd);
	server_stop(&server);
}
END_TEST

/* The server resets the connection, since replies are lost, and its thread
 * ends. */
START_TEST(a_client_that_never_reads_is_ended)
{
	static const char *const options[] = {"-q", "--timeout", "1", NULL};
	unsigned threads, descriptors;
	static struct flood flood;
	struct server server;
	int download, working;

	scratch_fill("served/f", 32 * 1024 * 1024, 1);
	server_start(&server, options);
	descriptors = server_descriptors(&server);
	threads = server_base_threads(&server);
	flood_begin(&flood, server.port);
	download = wire_connect_with(server.port,
	    &(struct wire_options){.receive_buffer = 4096});
	talk_ask(download, PROTOCOL_OP_GET, "f");
	flood_until_blocked(&flood);
	/* Another client is served meanwhile. */
	working = wire_connect(server.port);
	talk_expect_file(working, "f");
	close(working);

	ck_assert_msg(server_await_descriptors(&server, descriptors),
	    "a client that never reads keeps its connection");
	ck_assert_int_eq(wire_drain(flood.fd, &flood.received), WIRE_RESET);
	ck_assert_uint_lt(flood.received, flood.to_receive);
	ck_assert_int_eq(wire_drain(download, &flood.received), WIRE_RESET);
	ck_assert_uint_lt(flood.received, 32 * 1024 * 1024);
	close(flood.fd);
	close(download);
	ck_assert_msg(server_await_threads(&server, threads),
	    "a client that never reads keeps its thread");
	server_stop(&server);
}
END_TEST

Suite *
flood_suite(void)
{
	Suite *suite = suite_create("flood");
	TCase *tcase;

	tcase = harness_case(suite, "flood", 120);
	tcase_add_test(tcase, a_million_requests_before_reading);
	tcase_add_test(tcase, a_client_that_never_reads_is_ended);
	return suite;
}
