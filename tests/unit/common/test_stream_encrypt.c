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
#include "tests/unit/unit.h"

#define SHORT (50 * CLOCK_MS)			  /* passes during a test */
#define LONG  ((int64_t)UNIT_TIMEOUT * CLOCK_SEC) /* does not */
#define LARGE ((size_t)3 * 1024 * 1024)		  /* exceeds all buffers */

struct end {
	struct stream stream;
	struct tls_context *context;
	struct tls *tls;
	struct identity *identity;
	struct tls_peer peer;
	int result; /* of stream_encrypt */
	int error;
};

static struct end server, client;
static int pair[2]; /* the server's socket and the client's */
static char error[IDENTITY_ERROR];
static uint8_t *large;

static bool
admit_all(void *arg, const struct key_name *key)
{
	(void)arg;
	(void)key;
	return true;
}

static bool
admit_none(void *arg, const struct key_name *key)
{
	(void)arg;
	(void)key;
	return false;
}

/* Makes contexts. The server asks for a key if asks; the client has one if
 * has_key. */
static void
prepare(bool asks, bool has_key)
{
	size_t i;

	unit_tcp_pair(pair);
	server.peer.admits = client.peer.admits = admit_all;
	server.identity = identity_make(error);
	client.identity = identity_make(error);
	ck_assert_ptr_nonnull(server.identity);
	ck_assert_ptr_nonnull(client.identity);
	server.context = tls_context_server(server.identity, asks, error);
	client.context =
	    tls_context_client(has_key ? client.identity : NULL, NULL, error);
	ck_assert_ptr_nonnull(server.context);
	ck_assert_ptr_nonnull(client.context);
	stream_open(&server.stream, pair[0], -1);
	stream_open(&client.stream, pair[1], -1);
	large = malloc(LARGE);
	ck_assert_ptr_nonnull(large);
	for (i = 0; i < LARGE; i++)
		large[i] = (uint8_t)(i * 7 + i / 251);
}

static void
finish(struct end *end, int fd)
{
	stream_rest(&end->stream);
	tls_free(end->tls);
	tls_context_release(end->context);
	identity_free(end->identity);
	if (fd >= 0)
		close(fd);
}

static void
teardown(void)
{
	finish(&server, pair[0]);
	finish(&client, pair[1]);
	free(large);
}

static void *
encrypt(void *arg)
{
	struct end *end = arg;
	int fd = end->stream.transport.fd;

	end->tls = tls_new(end->context, fd, &end->peer);
	end->result = end->tls == NULL ?
	    -2 :
	    stream_encrypt(&end->stream, end->tls, clock_now() + LONG);
	end->error = errno;
	return NULL;
}

static void
encrypt_both(void)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, encrypt, &server), 0);
	encrypt(&client);
	if (client.result != 0)
		shutdown(pair[1], SHUT_RDWR);
	pthread_join(thread, NULL);
}

static void
connect_both(void)
{
	prepare(false, false);
	encrypt_both();
	ck_assert_int_eq(client.result, 0);
	ck_assert_int_eq(server.result, 0);
}

/* ---- handshakes --------------------------------------------------------- */

START_TEST(test_handshake)
{
	prepare(true, true);
	encrypt_both();
	ck_assert_msg(client.result == 0, "%s", tls_problem(client.tls));
	ck_assert_msg(server.result == 0, "%s", tls_problem(server.tls));
	ck_assert(stream_is_encrypted(&client.stream));
	ck_assert(key_name_equal(tls_peer_key(client.tls),
	    identity_name(server.identity)));
	ck_assert(key_name_equal(tls_peer_key(server.tls),
	    identity_name(client.identity)));
	ck_assert_str_eq(tls_protocol(client.tls), "TLSv1.3");
	ck_assert_str_eq(tls_cipher(client.tls), "TLS_AES_128_GCM_SHA256");
}
END_TEST

START_TEST(test_no_key_is_asked_for)
{
	prepare(false, true);
	encrypt_both();
	ck_assert_int_eq(server.result, 0);
	ck_assert_ptr_null(tls_peer_key(server.tls));
}
END_TEST

START_TEST(test_client_refuses)
{
	prepare(false, false);
	client.peer.admits = admit_none;
	encrypt_both();
	ck_assert_int_eq(client.result, -1);
	ck_assert_int_eq(client.error, EPROTO);
	ck_assert_int_eq(tls_failure(client.tls), TLS_FAILS_PEER);
	/* The key is known all the same, to be shown. */
	ck_assert(key_name_equal(tls_peer_key(client.tls),
	    identity_name(server.identity)));
	ck_assert_int_eq(server.result, -1);
}
END_TEST

/* In TLS 1.3 a client's handshake is complete before the server has seen its
 * key: the refusal comes with the first read. */
static void
expect_refused(void)
{
	uint8_t byte;

	encrypt_both();
	ck_assert_int_eq(server.result, -1);
	ck_assert_int_eq(tls_failure(server.tls), TLS_FAILS_PEER);
	ck_assert_int_eq(client.result, 0);
	ck_assert_int_eq((int)stream_receive(&client.stream, &byte, 1, LONG),
	    -1);
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_int_eq(tls_failure(client.tls), TLS_FAILS_OURS);
}

START_TEST(test_server_refuses)
{
	prepare(true, true);
	server.peer.admits = admit_none;
	expect_refused();
}
END_TEST

START_TEST(test_server_gets_no_key)
{
	prepare(true, false);
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

	prepare(false, false);
	ck_assert_int_eq(send(pair[0], hostile_servers[_i].bytes, n, 0), n);
	shutdown(pair[0], SHUT_WR);
	encrypt(&client);
	ck_assert_int_eq(client.result, -1);
	ck_assert_msg(tls_failure(client.tls) == hostile_servers[_i].failure,
	    "%s: %d, %s", hostile_servers[_i].row, tls_failure(client.tls),
	    tls_problem(client.tls));
	ck_assert(!stream_is_encrypted(&client.stream));
}
END_TEST

START_TEST(test_look)
{
	uint8_t first = 0;

	prepare(false, false);
	ck_assert_int_eq(stream_look(&server.stream, &first,
			     clock_now() + SHORT),
	    -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	unit_send(pair[1], "xy", 2);
	ck_assert_int_eq(stream_look(&server.stream, &first,
			     clock_now() + LONG),
	    1);
	ck_assert_int_eq(first, 'x');
	ck_assert_int_eq(stream_look(&server.stream, &first,
			     clock_now() + LONG),
	    1);
	ck_assert_int_eq(first, 'x');
}
END_TEST

START_TEST(test_handshake_ends_in_time)
{
	prepare(false, false);
	/* A record that is not complete. */
	unit_send(pair[1], "\x16\x03\x01\x02", 4);
	server.tls = tls_new(server.context, pair[0], &server.peer);
	ck_assert_int_eq(stream_encrypt(&server.stream, server.tls,
			     clock_now() + SHORT),
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

/* Sends all of large from the server, and ends. */
static void *
send_large(void *arg)
{
	uint64_t sent = 0;

	(void)arg;
	ck_assert_int_eq(stream_send_bytes(&server.stream, large, LARGE, &sent),
	    0);
	ck_assert_uint_eq(sent, LARGE);
	stream_end(&server.stream, false);
	return NULL;
}

START_TEST(test_large_body)
{
	uint8_t *here = malloc(LARGE);
	pthread_t thread;

	connect_both();
	ck_assert_int_eq(pthread_create(&thread, NULL, send_large, NULL), 0);
	ck_assert_int_eq(stream_read(&client.stream, here, LARGE, LONG), 1);
	ck_assert_mem_eq(here, large, LARGE);
	/* The end of the server is an orderly one. */
	ck_assert_int_eq(stream_read(&client.stream, here, 1, LONG), 0);
	stream_end(&client.stream, false);
	close(pair[1]);
	pair[1] = -1;
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

	connect_both();
	ck_assert_int_eq(pthread_create(&thread, NULL, send_large, NULL), 0);
	while (got < LARGE) {
		if (stream_room(&client.stream) >= 10000) {
			room = stream_reserve(&client.stream, 10000);
			ck_assert_ptr_nonnull(room);
			for (i = 0; i < 10000; i++)
				room[i] = large[i];
			stream_commit(&client.stream, 10000);
		}
		ck_assert_int_eq(stream_push(&client.stream), 0);
		some = stream_receive(&client.stream, &byte, 1, LONG);
		ck_assert_int_eq((int)some, 1);
		ck_assert_uint_eq(byte, large[got]);
		got++;
		while (got < LARGE && got % 50000 != 0) {
			some = stream_receive(&client.stream, &byte, 1, LONG);
			ck_assert_int_eq((int)some, 1);
			got++;
		}
	}
	shutdown(pair[1], SHUT_RDWR);
	pthread_join(thread, NULL);
}
END_TEST

/* A record that the socket did not take is sent again as it was, however much
 * the next call brings. */
START_TEST(test_push_then_flush)
{
	size_t i, sent = 0, got = 0;
	uint8_t *room, here[4096];

	connect_both();
	while (stream_unsent(&client.stream) == 0) {
		room = stream_reserve(&client.stream, STREAM_OUT);
		for (i = 0; i < STREAM_OUT; i++)
			room[i] = large[(sent + i) % LARGE];
		stream_commit(&client.stream, STREAM_OUT);
		sent += STREAM_OUT;
		ck_assert_int_eq(stream_push(&client.stream), 0);
	}
	while (got < sent) {
		ssize_t some =
		    stream_receive(&server.stream, here, sizeof(here), LONG);

		ck_assert_int_gt((int)some, 0);
		for (i = 0; i < (size_t)some; i++)
			ck_assert_uint_eq(here[i], large[(got + i) % LARGE]);
		got += (size_t)some;
		ck_assert_int_eq(stream_push(&client.stream), 0);
	}
}
END_TEST

START_TEST(test_await)
{
	size_t len;

	connect_both();
	ck_assert_int_eq(stream_await(&server.stream, false), -1);
	ck_assert_int_eq(errno, EAGAIN);
	memcpy(stream_reserve(&client.stream, 1000), large, 1000);
	stream_commit(&client.stream, 1000);
	ck_assert_int_eq(stream_flush(&client.stream, false), 0);
	ck_assert_int_eq(stream_await(&server.stream, true), 1);
	ck_assert_mem_eq(stream_peek(&server.stream, &len), large, len);
	ck_assert_uint_eq(len, 1000);
}
END_TEST

/* The header of a record alone: something has begun, and no byte is here. */
START_TEST(test_await_part_of_record)
{
	size_t len = 1;

	connect_both();
	unit_send(pair[1], "\x17\x03\x03\x01", 4);
	ck_assert_int_eq(stream_await(&server.stream, true), 1);
	stream_peek(&server.stream, &len);
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(stream_fill(&server.stream, clock_now() + SHORT), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
}
END_TEST

/* ---- misuse ------------------------------------------------------------- */

START_TEST(test_altered_record)
{
	uint8_t byte;

	connect_both();
	unit_send(pair[0],
	    "\x17\x03\x03\0\x14"
	    "abcdefghijklmnopqrst",
	    25);
	ck_assert_int_eq((int)stream_receive(&client.stream, &byte, 1, LONG),
	    -1);
	ck_assert_int_eq(errno, EPROTO);
	/* It stays so. */
	ck_assert_int_eq((int)stream_receive(&client.stream, &byte, 1, LONG),
	    -1);
	ck_assert_int_eq(errno, EPROTO);
}
END_TEST

START_TEST(test_cut_without_end)
{
	uint8_t byte;

	connect_both();
	shutdown(pair[0], SHUT_WR);
	ck_assert_int_eq((int)stream_receive(&client.stream, &byte, 1, LONG),
	    0);
}
END_TEST

START_TEST(test_splice_is_refused)
{
	connect_both();
	ck_assert_int_eq((int)stream_splice(&client.stream, pair[0], 1, SHORT),
	    -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

Suite *
stream_encrypt_suite(void)
{
	Suite *suite = suite_create("stream_encrypt");
	TCase *tcase = unit_case(suite, "TLS");

	tcase_add_checked_fixture(tcase, NULL, teardown);
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
	tcase_add_test(tcase, test_altered_record);
	tcase_add_test(tcase, test_cut_without_end);
	tcase_add_test(tcase, test_splice_is_refused);
	tcase = unit_case(suite, "warm up");
	tcase_add_test(tcase, test_warm_up);
	return suite;
}
