/*
 * Streams inside TLS: handshakes that succeed and fail, both directions at
 * once, ends, time limits, and peers that misuse TLS. The other end is a stream
 * too, or the library without our rules.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "common/clock.h"
#include "common/stream.h"
#include "common/tls.h"
#include "common/tls_context.h"
#include "tests/unit/ends.h"

static char error[IDENTITY_ERROR];

static bool
admit_none(void *arg, const struct key_name *key)
{
	(void)arg;
	(void)key;
	return false;
}

/* ---- handshakes --------------------------------------------------------- */

START_TEST(test_handshake)
{
	ends_prepare(true, true);
	ends_encrypt();
	ck_assert_msg(ends_client.result == 0, "%s",
	    tls_problem(ends_client.tls));
	ck_assert_msg(ends_server.result == 0, "%s",
	    tls_problem(ends_server.tls));
	ck_assert(stream_is_encrypted(&ends_client.stream));
	ck_assert(key_name_equal(tls_peer_key(ends_client.tls),
	    identity_name(ends_server.identity)));
	ck_assert(key_name_equal(tls_peer_key(ends_server.tls),
	    identity_name(ends_client.identity)));
	ck_assert_str_eq(tls_protocol(ends_client.tls), "TLSv1.3");
	ck_assert_str_eq(tls_cipher(ends_client.tls), "TLS_AES_128_GCM_SHA256");
}
END_TEST

START_TEST(test_no_key_is_asked_for)
{
	ends_prepare(false, true);
	ends_encrypt();
	ck_assert_int_eq(ends_server.result, 0);
	ck_assert_ptr_null(tls_peer_key(ends_server.tls));
}
END_TEST

START_TEST(test_client_refuses)
{
	ends_prepare(false, false);
	ends_client.peer.admits = admit_none;
	ends_encrypt();
	ck_assert_int_eq(ends_client.result, -1);
	ck_assert_int_eq(ends_client.error, EPROTO);
	ck_assert_int_eq(tls_failure(ends_client.tls), TLS_FAILS_PEER);
	/* The key is known all the same, to be shown. */
	ck_assert(key_name_equal(tls_peer_key(ends_client.tls),
	    identity_name(ends_server.identity)));
	ck_assert_int_eq(ends_server.result, -1);
}
END_TEST

/* In TLS 1.3 a client's handshake is complete before the server has seen its
 * key: the refusal comes with the first read. */
static void
expect_refused(void)
{
	uint8_t byte;

	ends_encrypt();
	ck_assert_int_eq(ends_server.result, -1);
	ck_assert_int_eq(tls_failure(ends_server.tls), TLS_FAILS_PEER);
	ck_assert_int_eq(ends_client.result, 0);
	ck_assert_int_eq((int)stream_receive(&ends_client.stream, &byte, 1,
			     ENDS_LONG),
	    -1);
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_int_eq(tls_failure(ends_client.tls), TLS_FAILS_OURS);
}

START_TEST(test_server_refuses)
{
	ends_prepare(true, true);
	ends_server.peer.admits = admit_none;
	expect_refused();
}
END_TEST

START_TEST(test_server_gets_no_key)
{
	ends_prepare(true, false);
	expect_refused();
}
END_TEST

static const struct {
	const char *row;
	const char *bytes;
	enum tls_failure failure;
} hostile_servers[] = {
    {"a plain reply", "\x05\0\0\0\0\0\0\0\x05hello", TLS_FAILS_PLAIN},
    {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", TLS_FAILS_PLAIN},
    {"an alert: TLS 1.2", "\x15\x03\x03\0\x02\x02\x46", TLS_FAILS_VERSION},
    {"an alert: ALPN", "\x15\x03\x03\0\x02\x02\x78", TLS_FAILS_ALPN},
    {"nothing", "", TLS_FAILS_LOST},
};

START_TEST(test_hostile_server)
{
	size_t n = hostile_servers[_i].bytes[0] == '\x15' ?
	    7 :
	    hostile_servers[_i].bytes[0] == '\x05' ?
	    14 :
	    strlen(hostile_servers[_i].bytes);

	ends_prepare(false, false);
	ck_assert_int_eq(send(ends_sockets[0], hostile_servers[_i].bytes, n, 0),
	    n);
	shutdown(ends_sockets[0], SHUT_WR);
	ends_encrypt_one(&ends_client);
	ck_assert_int_eq(ends_client.result, -1);
	ck_assert_msg(tls_failure(ends_client.tls) ==
		hostile_servers[_i].failure,
	    "%s: %d, %s", hostile_servers[_i].row, tls_failure(ends_client.tls),
	    tls_problem(ends_client.tls));
	ck_assert(!stream_is_encrypted(&ends_client.stream));
}
END_TEST

START_TEST(test_look)
{
	uint8_t first = 0;

	ends_prepare(false, false);
	ck_assert_int_eq(stream_look(&ends_server.stream, &first,
			     clock_now() + ENDS_SHORT),
	    -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	unit_send(ends_sockets[1], "xy", 2);
	ck_assert_int_eq(stream_look(&ends_server.stream, &first,
			     clock_now() + ENDS_LONG),
	    1);
	ck_assert_int_eq(first, 'x');
	ck_assert_int_eq(stream_look(&ends_server.stream, &first,
			     clock_now() + ENDS_LONG),
	    1);
	ck_assert_int_eq(first, 'x');
}
END_TEST

START_TEST(test_handshake_ends_in_time)
{
	ends_prepare(false, false);
	/* A record that is not complete. */
	unit_send(ends_sockets[1], "\x16\x03\x01\x02", 4);
	ends_server.tls =
	    tls_new(ends_server.context, ends_sockets[0], &ends_server.peer);
	ck_assert_int_eq(stream_encrypt(&ends_server.stream, ends_server.tls,
			     clock_now() + ENDS_SHORT),
	    -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
}
END_TEST

START_TEST(test_warm_up)
{
	ck_assert_msg(tls_context_warm_up(error) == 0, "%s", error);
}
END_TEST

/* ---- bytes -------------------------------------------------------------- */

/* Sends all of ends_large from the ends_server, and ends. */
static void *
send_large(void *arg)
{
	uint64_t sent = 0;

	(void)arg;
	ck_assert_int_eq(stream_send_bytes(&ends_server.stream, ends_large,
			     ENDS_LARGE, &sent),
	    0);
	ck_assert_uint_eq(sent, ENDS_LARGE);
	stream_end(&ends_server.stream, false);
	return NULL;
}

START_TEST(test_large_body)
{
	uint8_t *here = malloc(ENDS_LARGE);
	pthread_t thread;

	ends_connect();
	ck_assert_int_eq(pthread_create(&thread, NULL, send_large, NULL), 0);
	ck_assert_int_eq(stream_read(&ends_client.stream, here, ENDS_LARGE,
			     ENDS_LONG),
	    1);
	ck_assert_mem_eq(here, ends_large, ENDS_LARGE);
	/* The end of the server is an orderly one. */
	ck_assert_int_eq(stream_read(&ends_client.stream, here, 1, ENDS_LONG),
	    0);
	stream_end(&ends_client.stream, false);
	close(ends_sockets[1]);
	ends_sockets[1] = -1;
	pthread_join(thread, NULL);
	free(here);
}
END_TEST

/* A client may send requests without end while replies come: what it has
 * committed goes out while it waits to receive. */
START_TEST(test_both_ways)
{
	uint8_t byte, *room;
	pthread_t thread;
	size_t i, got = 0;
	ssize_t some;

	ends_connect();
	ck_assert_int_eq(pthread_create(&thread, NULL, send_large, NULL), 0);
	while (got < ENDS_LARGE) {
		if (stream_room(&ends_client.stream) >= 10000) {
			room = stream_reserve(&ends_client.stream, 10000);
			ck_assert_ptr_nonnull(room);
			for (i = 0; i < 10000; i++)
				room[i] = ends_large[i];
			stream_commit(&ends_client.stream, 10000);
		}
		ck_assert_int_eq(stream_push(&ends_client.stream), 0);
		some = stream_receive(&ends_client.stream, &byte, 1, ENDS_LONG);
		ck_assert_int_eq((int)some, 1);
		ck_assert_uint_eq(byte, ends_large[got]);
		got++;
		while (got < ENDS_LARGE && got % 50000 != 0) {
			some = stream_receive(&ends_client.stream, &byte, 1,
			    ENDS_LONG);
			ck_assert_int_eq((int)some, 1);
			got++;
		}
	}
	shutdown(ends_sockets[1], SHUT_RDWR);
	pthread_join(thread, NULL);
}
END_TEST

/* A record that the socket did not take is sent again as it was, however much
 * the next call brings. */
START_TEST(test_push_then_flush)
{
	size_t i, sent = 0, got = 0;
	uint8_t *room, here[4096];

	ends_connect();
	while (stream_unsent(&ends_client.stream) == 0) {
		room = stream_reserve(&ends_client.stream, STREAM_OUT);
		for (i = 0; i < STREAM_OUT; i++)
			room[i] = ends_large[(sent + i) % ENDS_LARGE];
		stream_commit(&ends_client.stream, STREAM_OUT);
		sent += STREAM_OUT;
		ck_assert_int_eq(stream_push(&ends_client.stream), 0);
	}
	while (got < sent) {
		ssize_t some = stream_receive(&ends_server.stream, here,
		    sizeof(here), ENDS_LONG);

		ck_assert_int_gt((int)some, 0);
		for (i = 0; i < (size_t)some; i++)
			ck_assert_uint_eq(here[i],
			    ends_large[(got + i) % ENDS_LARGE]);
		got += (size_t)some;
		ck_assert_int_eq(stream_push(&ends_client.stream), 0);
	}
}
END_TEST

START_TEST(test_await)
{
	size_t len;

	ends_connect();
	ck_assert_int_eq(stream_await(&ends_server.stream, false), -1);
	ck_assert_int_eq(errno, EAGAIN);
	memcpy(stream_reserve(&ends_client.stream, 1000), ends_large, 1000);
	stream_commit(&ends_client.stream, 1000);
	ck_assert_int_eq(stream_flush(&ends_client.stream, false), 0);
	ck_assert_int_eq(stream_await(&ends_server.stream, true), 1);
	ck_assert_mem_eq(stream_peek(&ends_server.stream, &len), ends_large,
	    len);
	ck_assert_uint_eq(len, 1000);
}
END_TEST

/* The header of a record alone: something has begun, and no byte is here. */
START_TEST(test_await_part_of_record)
{
	size_t len = 1;

	ends_connect();
	unit_send(ends_sockets[1], "\x17\x03\x03\x01", 4);
	ck_assert_int_eq(stream_await(&ends_server.stream, true), 1);
	stream_peek(&ends_server.stream, &len);
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(stream_fill(&ends_server.stream,
			     clock_now() + ENDS_SHORT),
	    -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
}
END_TEST

/* ---- misuse ------------------------------------------------------------- */

START_TEST(test_splice_is_refused)
{
	ends_connect();
	ck_assert_int_eq((int)stream_splice(&ends_client.stream,
			     ends_sockets[0], 1, ENDS_SHORT),
	    -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

Suite *
stream_encrypt_suite(void)
{
	Suite *suite = suite_create("stream_encrypt");
	TCase *tcase = unit_case(suite, "TLS");

	tcase_add_checked_fixture(tcase, NULL, ends_teardown);
	tcase_add_test(tcase, test_handshake);
	tcase_add_test(tcase, test_no_key_is_asked_for);
	tcase_add_test(tcase, test_client_refuses);
	tcase_add_test(tcase, test_server_refuses);
	tcase_add_test(tcase, test_server_gets_no_key);
	tcase_add_loop_test(tcase, test_hostile_server, 0,
	    UNIT_ROWS(hostile_servers));
	tcase_add_test(tcase, test_look);
	tcase_add_test(tcase, test_handshake_ends_in_time);
	tcase_add_test(tcase, test_large_body);
	tcase_add_test(tcase, test_both_ways);
	tcase_add_test(tcase, test_push_then_flush);
	tcase_add_test(tcase, test_await);
	tcase_add_test(tcase, test_await_part_of_record);
	tcase_add_test(tcase, test_splice_is_refused);
	tcase = unit_case(suite, "warm up");
	tcase_add_test(tcase, test_warm_up);
	return suite;
}
