/*
 * Ending a connection: orderly, so that the whole reply arrives; by a reset
 * after a cut reply, so that the peer sees an error; and refusing a new one.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <netinet/in.h>

/* Newer than that of the C library. */
#include <linux/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/stream.h"
#include "tests/unit/unit.h"

enum {
	REPLY = 4 * 1024 * 1024, /* more than both socket buffers hold */
	DRAIN = 64 * 1024,	 /* bytes that stream_end reads at most */
};

static struct stream stream;
static int pair[2];
static uint8_t reply[REPLY];

static void
setup(void)
{
	unit_tcp_pair(pair);
	stream_open(&stream, pair[0], -1);
	unit_fill(reply, sizeof(reply), 8);
}

static void
teardown(void)
{
	close(pair[1]);
}

/* The server's side of a connection: sends a reply, then ends. */
struct server {
	pthread_t thread;
	void (*end)(void);
};

static void *
serve(void *argument)
{
	struct server *server = argument;
	size_t done, some;
	uint8_t *room;

	for (done = 0; done < REPLY; done += some) {
		some = REPLY - done < STREAM_OUT ? REPLY - done : STREAM_OUT;
		room = stream_reserve(&stream, some);
		if (room == NULL)
			break;
		memcpy(room, reply + done, some);
		stream_commit(&stream, some);
	}
	stream_flush(&stream, false);
	server->end();
	close(pair[0]);
	return NULL;
}

static void
end_lingering(void)
{
	stream_end(&stream, false);
}

static void
end_naively(void)
{
	stream_rest(&stream);
}

/*
 * Serves a reply to a client that reads late and has sent an unread request.
 * Returns the number of bytes that arrive, and how the connection ends.
 */
static size_t
serve_and_end(void (*end)(void), int *code)
{
	struct server server = {.end = end};
	uint8_t *bytes = malloc(REPLY + 1);
	size_t got;

	ck_assert_ptr_nonnull(bytes);
	unit_send(pair[1], "an unread request", 17);
	ck_assert_int_eq(pthread_create(&server.thread, NULL, serve, &server),
	    0);
	got = unit_receive(pair[1], bytes, REPLY + 1, code);
	ck_assert(memcmp(bytes, reply, got) == 0);
	free(bytes);
	/* After the reply the client ends its side too. */
	shutdown(pair[1], SHUT_WR);
	pthread_join(server.thread, NULL);
	return got;
}

/* close(2) with unread bytes sends a reset, which destroyed the end of the
 * reply. */
START_TEST(test_end_keeps_reply)
{
	int code;

	ck_assert_uint_eq(serve_and_end(end_lingering, &code), REPLY);
	ck_assert_int_eq(code, 0);
}
END_TEST

/* Positive control: close(2) without stream_end loses bytes here. That depends
 * on the contents of the socket buffers, so a few attempts are allowed. */
START_TEST(test_close_cuts_reply)
{
	int code, tries, cut = 0;
	size_t got;

	for (tries = 0; tries < 20 && !cut; tries++) {
		if (tries > 0)
			setup();
		got = serve_and_end(end_naively, &code);
		cut = got < REPLY || code != 0;
		close(pair[1]);
	}
	pair[1] = -1;
	ck_assert_msg(cut, "a plain close cut nothing");
}
END_TEST

START_TEST(test_end_is_orderly)
{
	uint8_t got[8];
	int code;

	memcpy(stream_reserve(&stream, 3), "bye", 3);
	stream_commit(&stream, 3);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	/* The peer has ended first, as usual. */
	shutdown(pair[1], SHUT_WR);
	ck_assert_int_eq(stream_fill(&stream, CLOCK_NEVER), 0);
	stream_end(&stream, false);
	close(pair[0]);
	ck_assert_uint_eq(unit_receive(pair[1], got, 8, &code), 3);
	ck_assert_int_eq(code, 0);
}
END_TEST

static void *
flood(void *argument)
{
	static const uint8_t bytes[65536];

	(void)argument;
	while (send(pair[1], bytes, sizeof(bytes), MSG_NOSIGNAL) > 0)
		continue;
	return NULL;
}

/* A peer that sends without end does not hold the thread. The bytes read are
 * those received less those still unread. */
START_TEST(test_end_reads_little)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	pthread_t thread;
	int unread;

	ck_assert_int_eq(pthread_create(&thread, NULL, flood, NULL), 0);
	unit_wait(pair[0], POLLIN);
	stream_end(&stream, false);
	/* Stop the flood, so that both numbers are of the same time. */
	shutdown(pair[1], SHUT_RDWR);
	pthread_join(thread, NULL);
	ck_assert_int_eq(ioctl(pair[0], FIONREAD, &unread), 0);
	ck_assert_int_eq(getsockopt(pair[0], IPPROTO_TCP, TCP_INFO, &info,
			     &len),
	    0);
	ck_assert_uint_le(info.tcpi_bytes_received,
	    (uint64_t)unread + DRAIN + 1024 /* a call */ + 1 /* the FIN */);
	close(pair[0]);
}
END_TEST

START_TEST(test_abort_is_seen)
{
	uint8_t got[8];
	int code;

	/* Committed bytes are not sent any more. */
	memcpy(stream_reserve(&stream, 3), "half", 3);
	stream_commit(&stream, 3);
	stream_abort(&stream);
	close(pair[0]);
	ck_assert_uint_eq(unit_receive(pair[1], got, 8, &code), 0);
	ck_assert_int_eq(code, ECONNRESET);
}
END_TEST

START_TEST(test_buffers_are_returned)
{
	void *block;

	ck_assert_ptr_nonnull(stream_reserve(&stream, 1));
	block = stream.in;
	stream_end(&stream, false);
	ck_assert_ptr_null(stream.in);
	ck_assert_ptr_null(stream.out);
	/* They can be borrowed again. */
	ck_assert_ptr_nonnull(stream_reserve(&stream, 1));
	ck_assert_ptr_eq(stream.in, block);
	stream_abort(&stream);
	ck_assert_ptr_null(stream.in);
	close(pair[0]);
}
END_TEST

START_TEST(test_refuse)
{
	socklen_t len = sizeof(int);
	uint8_t got[32];
	int code, round, after;

	/* Also a peer that has sent something. */
	for (round = 0; round < 2; round++) {
		if (round > 0) {
			teardown();
			setup();
			unit_send(pair[1], reply, 3000);
			unit_wait(pair[0], POLLIN);
		}
		stream_refuse(pair[0], (const uint8_t *)"too many", 8);
		close(pair[0]);
		ck_assert_uint_eq(unit_receive(pair[1], got, 32, &code), 8);
		ck_assert_mem_eq(got, "too many", 8);
		ck_assert_int_eq(code, 0);
		/* No reset followed, which on a longer way could overtake the
		 * refusal. */
		ck_assert_int_eq(getsockopt(pair[1], SOL_SOCKET, SO_ERROR,
				     &after, &len),
		    0);
		ck_assert_int_eq(after, 0);
	}
}
END_TEST

/* A peer that reads nothing does not block the listener. */
START_TEST(test_refuse_does_not_block)
{
	while (send(pair[0], reply, sizeof(reply), MSG_DONTWAIT) > 0)
		continue;
	ck_assert_int_eq(errno, EAGAIN);
	stream_refuse(pair[0], (const uint8_t *)"too many", 8);
	close(pair[0]);
}
END_TEST

/* Regression: a peer that sent as fast as it was read held the listener. */
START_TEST(test_refuse_reads_no_more_than)
{
	socklen_t len = sizeof(int);
	int after;

	while (send(pair[1], reply, sizeof(reply), MSG_DONTWAIT) > 0)
		continue;
	unit_wait(pair[0], POLLIN);
	stream_refuse(pair[0], (const uint8_t *)"too many", 8);
	close(pair[0]);
	/* Bytes were left unread, and the peer got a reset. */
	unit_wait(pair[1], 0);
	ck_assert_int_eq(getsockopt(pair[1], SOL_SOCKET, SO_ERROR, &after,
			     &len),
	    0);
	ck_assert_int_ne(after, 0);
}
END_TEST

START_TEST(test_broken)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};

	ck_assert(!stream_broken(&stream));
	/* A peer that has shut down sending still waits for its replies. */
	shutdown(pair[1], SHUT_WR);
	unit_wait(pair[0], POLLIN);
	ck_assert(!stream_broken(&stream));
	/* Now both directions are shut down. */
	shutdown(pair[0], SHUT_WR);
	unit_wait(pair[0], POLLHUP);
	ck_assert(stream_broken(&stream));

	close(pair[0]);
	teardown();
	setup();
	setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(pair[1]);
	pair[1] = -1;
	unit_wait(pair[0], POLLHUP);
	ck_assert(stream_broken(&stream));
	close(pair[0]);
}
END_TEST

/* A peer ends its side and then resets the connection while replies are in
 * transit. The kernel reports the end but not the reset, and the dropped bytes
 * count as unacknowledged forever. Regression: a stopped server then waited for
 * 5 s. */
START_TEST(test_end_after_reset)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	int64_t begun;

	while (send(pair[0], reply, sizeof(reply), MSG_DONTWAIT) > 0)
		continue;
	shutdown(pair[1], SHUT_WR);
	unit_wait(pair[0], POLLIN);
	setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(pair[1]);
	pair[1] = -1;
	unit_wait(pair[0], POLLHUP);
	shutdown(pair[0], SHUT_RD);
	begun = clock_now();
	stream_end(&stream, true);
	ck_assert_int_lt(clock_now() - begun, 3 * CLOCK_SEC);
	close(pair[0]);
}
END_TEST

Suite *
stream_end_suite(void)
{
	Suite *suite = suite_create("stream_end");
	TCase *tcase = unit_case(suite, "ending");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_end_keeps_reply);
	tcase_add_test(tcase, test_close_cuts_reply);
	tcase_add_test(tcase, test_end_is_orderly);
	if (unit_is_native("stream_end: little is read"))
		tcase_add_test(tcase, test_end_reads_little);
	tcase_add_test(tcase, test_end_after_reset);
	tcase_add_test(tcase, test_abort_is_seen);
	tcase_add_test(tcase, test_buffers_are_returned);
	tcase_add_test(tcase, test_refuse);
	tcase_add_test(tcase, test_refuse_does_not_block);
	tcase_add_test(tcase, test_refuse_reads_no_more_than);
	tcase_add_test(tcase, test_broken);
	return suite;
}
