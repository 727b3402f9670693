/*
 * handshake and encryption, with workers and real sessions: who is let in,
 * inside TLS or without, and how everybody else ends.
 */

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/protocol.h"
#include "server/workers.h"
#include "tests/unit/unit.h"

enum {
	PLACES = 2,
};

#define REQUEST	    "\0\0\0\4file"
#define BYTES(text) text, sizeof(text) - 1
#define SHORT	    (100 * CLOCK_MS) /* a limit that passes */

static const uint8_t reply[] = "\0\0\0\0\0\0\0\7content";

#define REPLY (sizeof(reply) - 1)

static struct session_shared shared;
static struct workers *workers;
static struct tls_context *context; /* of the clients */

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

static void
setup(void)
{
	struct workers_plan plan = {.max = PLACES,
	    .leaving = 2,
	    .per_address = 2 * PLACES,
	    .prefix = 64};
	const struct encryption_settings settings = {
	    .mode = ENCRYPTION_REQUIRED};
	struct encryption *encryption = &shared.encryption;
	char folder[UNIT_PATH], state[UNIT_PATH], key[UNIT_PATH];
	char error[IDENTITY_ERROR];
	struct identity *identity = identity_make(error);
	bool made;

	unit_folder(folder);
	unit_write(folder, "file", "content", 7);
	unit_folder(state);
	unit_path(key, state, "key.pem");
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(root_open(&shared.verbs.root, folder, false, true), 0);
	access_rules_init(&shared.verbs.rules, &shared.verbs.root);
	shared.request_timeout = shared.timeout = UNIT_TIMEOUT * CLOCK_SEC;
	encryption->timeout = encryption->request_timeout = shared.timeout;
	encryption->clients.admits = admit_all;
	shared.verbs.presence.wake_fd = -1;
	work_slots_init(&shared.verbs.slots, 1);
	ck_assert_msg(encryption_open(encryption, &settings, key, &made,
			  error) == 0,
	    "%s", error);
	ck_assert(made);
	context = tls_context_client(identity, NULL, error);
	ck_assert_msg(context != NULL, "%s", error);
	identity_free(identity);
	workers = workers_new(&shared, &plan);
	ck_assert_ptr_nonnull(workers);
}

static void
teardown(void)
{
	unit_wait(workers_drain(workers), POLLIN);
	ck_assert_int_eq(workers_free(workers), 0);
	encryption_close(&shared.encryption);
	tls_context_release(context);
	root_close(&shared.verbs.root);
}

/* Returns the client's end of a connection that a worker has. */
static int
join(void)
{
	struct net_address address;
	socklen_t len = sizeof(address);
	int pair[2];

	unit_tcp_pair(pair);
	memset(&address, 0, sizeof(address));
	ck_assert_int_eq(getpeername(pair[1], &address.any, &len), 0);
	ck_assert_msg(workers_hand_over(workers, pair[1], &address) == 0, "%s",
	    strerror(errno));
	return pair[0];
}

/* Makes the client's side of a handshake. Returns its last result. */
static int
shake_hands(struct tls *tls, int fd)
{
	bool sends;
	int done;

	while ((done = tls_handshake(tls, &sends)) == 0)
		unit_wait(fd, sends ? POLLOUT : POLLIN);
	return done;
}

static struct tls *
encrypt(int fd)
{
	const struct tls_peer server = {.admits = admit_all};
	struct tls *tls = tls_new(context, fd, &server);

	ck_assert_ptr_nonnull(tls);
	ck_assert_msg(shake_hands(tls, fd) == 1, "%s", tls_problem(tls));
	return tls;
}

static void
expect_answer(struct tls *tls)
{
	uint8_t got[REPLY];
	size_t len = 0;
	ssize_t some;

	ck_assert_int_eq(tls_send(tls, REQUEST, 8, 0), 8);
	while (len < REPLY) {
		some = tls_receive(tls, got + len, REPLY - len, 0);
		ck_assert_int_gt(some, 0);
		len += (size_t)some;
	}
	ck_assert_mem_eq(got, reply, REPLY);
}

/* Expects the end, in order and without a byte before it. */
static void
expect_end(int fd)
{
	uint8_t byte;
	int code;

	ck_assert_uint_eq(unit_receive(fd, &byte, 1, &code), 0);
	ck_assert_int_eq(code, 0);
	close(fd);
}

static const enum encryption_mode modes[] = {ENCRYPTION_REQUIRED,
    ENCRYPTION_ALLOWED};

START_TEST(test_encrypted)
{
	struct tls *tls;
	uint8_t byte;
	int fd;

	shared.encryption.mode = modes[_i];
	fd = join();
	tls = encrypt(fd);
	expect_answer(tls);
	expect_answer(tls);
	shutdown(fd, SHUT_WR);
	ck_assert_msg(tls_receive(tls, &byte, 1, 0) == 0, "%d %s", errno,
	    tls_problem(tls));
	tls_free(tls);
	close(fd);
}
END_TEST

/* Returns a connection whose proxy has announced its client; what the client
 * sends first goes into the same segment. */
static int
join_proxied(void)
{
	static const char header[] = "PROXY TCP4 192.0.2.1 192.0.2.9 1 2\r\n";
	char error[PROXIES_ERROR];
	int fd;

	ck_assert_int_eq(proxies_add(&shared.proxies, "127.0.0.0/8", error), 0);
	fd = join();
	ck_assert_int_eq(send(fd, header, sizeof(header) - 1, MSG_MORE),
	    (ssize_t)sizeof(header) - 1);
	return fd;
}

/* The client's hello may arrive together with the header of its proxy. */
START_TEST(test_proxied)
{
	int fd = join_proxied();
	struct tls *tls = encrypt(fd);

	expect_answer(tls);
	tls_free(tls);
	close(fd);
}
END_TEST

START_TEST(test_proxied_plain)
{
	uint8_t got[REPLY];
	int fd, code;

	shared.encryption.mode = ENCRYPTION_ALLOWED;
	fd = join_proxied();
	unit_send(fd, BYTES(REQUEST));
	ck_assert_uint_eq(unit_receive(fd, got, REPLY, &code), REPLY);
	ck_assert_mem_eq(got, reply, REPLY);
	close(fd);
}
END_TEST

/* Bytes that a client sends without waiting for the server's hello are no part
 * of a handshake. */
START_TEST(test_hasty)
{
	const struct tls_peer server = {.admits = admit_all};
	int fd = join_proxied();
	struct tls *tls = tls_new(context, fd, &server);
	uint8_t byte;
	bool sends;

	ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &(int){1},
			     sizeof(int)),
	    0);
	ck_assert_int_eq(tls_handshake(tls, &sends), 0);
	unit_send(fd, BYTES("\x17\3\3\0\1x"));
	ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &(int){0},
			     sizeof(int)),
	    0);
	if (shake_hands(tls, fd) == 1)
		ck_assert_int_le(tls_receive(tls, &byte, 1, 0), 0);
	tls_free(tls);
	close(fd);
}
END_TEST

/* Nothing behind the first byte is read, whatever it is. */
START_TEST(test_plain_refused)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {{BYTES(REQUEST)}, {BYTES("\0")}, {BYTES("\2\0\0\1.")},
	    {BYTES("GET / HTTP/1.1\r\n\r\n" REQUEST REQUEST)}, {BYTES("\xff")}};
	uint8_t got[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_MESSAGE_MAX + 1];
	size_t len;
	int fd = join(), code;

	unit_send(fd, rows[_i].bytes, rows[_i].len);
	shutdown(fd, SHUT_WR);
	len = unit_receive(fd, got, sizeof(got) - 1, &code);
	ck_assert_int_eq(code, 0);
	ck_assert_uint_gt(len, PROTOCOL_REPLY_HEADER_SIZE);
	got[len] = '\0';
	ck_assert_uint_eq(got[0], PROTOCOL_UNSUPPORTED);
	ck_assert_str_eq((char *)got + PROTOCOL_REPLY_HEADER_SIZE,
	    "this server wants encryption: fileget --tls HOST PORT NAME");
	close(fd);
}
END_TEST

START_TEST(test_plain_allowed)
{
	uint8_t got[REPLY];
	int fd, code;

	shared.encryption.mode = ENCRYPTION_ALLOWED;
	fd = join();
	unit_send(fd, BYTES(REQUEST));
	ck_assert_uint_eq(unit_receive(fd, got, REPLY, &code), REPLY);
	ck_assert_mem_eq(got, reply, REPLY);
	shutdown(fd, SHUT_WR);
	expect_end(fd);
}
END_TEST

/* A client that sends nothing, or leaves, is told nothing. */
START_TEST(test_silent)
{
	int fd;

	shared.encryption.timeout = SHORT;
	expect_end(join());
	fd = join();
	shutdown(fd, SHUT_WR);
	expect_end(fd);
}
END_TEST

/* A handshake has a deadline as a whole, even if each byte comes in time. */
START_TEST(test_slow_hello)
{
	/* The rest of these bytes, all zero, leaves a slow machine time. */
	static const uint8_t hello[256] = "\x16\3\1\1\0\1\0\0\xfc\3\3";
	uint8_t byte;
	int fd, code;
	size_t i;

	shared.encryption.request_timeout = SHORT;
	fd = join();
	for (i = 0; i < sizeof(hello); i++) {
		if (send(fd, hello + i, 1, MSG_NOSIGNAL) != 1)
			break;
		clock_sleep(SHORT / 4);
	}
	ck_assert_uint_lt(i, sizeof(hello));
	ck_assert_uint_eq(unit_receive(fd, &byte, 1, &code), 0);
	close(fd);
}
END_TEST

/* The alert arrives although bytes of the client were not read. */
START_TEST(test_alert)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {{BYTES("\x16\3\1\xff\xff a record that is too long")},
	    {BYTES("\x16\3\1\0\5\2\0\0\1\0 a message of a server")}};
	uint8_t got[16];
	int fd = join(), code;

	unit_send(fd, rows[_i].bytes, rows[_i].len);
	ck_assert_uint_eq(unit_receive(fd, got, 7, &code), 7);
	ck_assert_uint_eq(got[0], 0x15);
	ck_assert_uint_eq(got[5], 2); /* fatal */
	shutdown(fd, SHUT_WR);
	expect_end(fd);
}
END_TEST

/* In TLS 1.3 the client's side of the handshake is complete before the server
 * has seen the client's key. */
START_TEST(test_client_refused)
{
	char error[IDENTITY_ERROR];
	struct identity *identity = identity_make(error);
	struct tls *tls;
	uint8_t byte;
	int fd;

	shared.encryption.asks = true;
	shared.encryption.clients.admits = admit_none;
	ck_assert_int_eq(encryption_replace(&shared.encryption, identity,
			     error),
	    0);
	identity_free(identity);
	fd = join();
	tls = encrypt(fd);
	ck_assert_int_eq(tls_receive(tls, &byte, 1, 0), -1);
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_int_eq(tls_failure(tls), TLS_FAILS_OURS);
	tls_free(tls);
	close(fd);
}
END_TEST

/* A connection keeps the key that it has begun with. */
START_TEST(test_replaced)
{
	char error[IDENTITY_ERROR];
	struct identity *identity = identity_make(error);
	struct tls *before, *after;
	int old = join(), new;

	before = encrypt(old);
	ck_assert_int_eq(encryption_replace(&shared.encryption, identity,
			     error),
	    0);
	new = join();
	after = encrypt(new);
	expect_answer(before);
	expect_answer(after);
	ck_assert(
	    key_name_equal(tls_peer_key(before), &shared.encryption.name));
	ck_assert(key_name_equal(tls_peer_key(after), identity_name(identity)));
	identity_free(identity);
	tls_free(before);
	tls_free(after);
	close(old);
	close(new);
}
END_TEST

/* Unfinished handshakes, and silence, make room and are told nothing. */
START_TEST(test_evicted)
{
	int waiting[PLACES], fd, i;
	struct tls *tls;

	for (i = 0; i < PLACES; i++) {
		waiting[i] = join();
		if (_i == 1)
			unit_send(waiting[i], "\x16\3\1", 3);
	}
	clock_sleep(CONNECTION_GRACE + SHORT);
	fd = join();
	tls = encrypt(fd);
	expect_answer(tls);
	expect_end(waiting[0]);
	close(waiting[1]);
	tls_free(tls);
	close(fd);
}
END_TEST

/* A client that cannot be served is not told in the clear. */
START_TEST(test_turned_away)
{
	static const struct {
		enum encryption_mode mode;
		bool silent;
	} rows[] = {{ENCRYPTION_OFF, false}, {ENCRYPTION_REQUIRED, true},
	    {ENCRYPTION_ALLOWED, true}};
	uint8_t byte = 0;
	int pair[2], code;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		shared.encryption.mode = rows[i].mode;
		unit_tcp_pair(pair);
		unit_send(pair[0], "\x16\3\1", 3);
		workers_turn_away(workers, pair[1], "too many");
		ck_assert_uint_eq(unit_receive(pair[0], &byte, 1, &code),
		    rows[i].silent ? 0 : 1);
		ck_assert_int_eq(code, 0);
		close(pair[0]);
	}
	shared.encryption.mode = ENCRYPTION_REQUIRED;
	ck_assert_uint_eq(byte, PROTOCOL_BUSY);
}
END_TEST

Suite *
handshake_suite(void)
{
	Suite *suite = suite_create("handshake");
	TCase *tcase = unit_case(suite, "handshake");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_encrypted, 0, 2);
	tcase_add_test(tcase, test_proxied);
	tcase_add_test(tcase, test_proxied_plain);
	tcase_add_test(tcase, test_hasty);
	tcase_add_loop_test(tcase, test_plain_refused, 0, 5);
	tcase_add_test(tcase, test_plain_allowed);
	tcase_add_test(tcase, test_silent);
	tcase_add_test(tcase, test_slow_hello);
	tcase_add_loop_test(tcase, test_alert, 0, 2);
	tcase_add_test(tcase, test_client_refused);
	tcase_add_test(tcase, test_replaced);
	tcase_add_loop_test(tcase, test_evicted, 0, 2);
	tcase_add_test(tcase, test_turned_away);
	return suite;
}
