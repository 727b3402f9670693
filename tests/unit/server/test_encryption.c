/*
 * encryption, with workers and real sessions: the key that a server shows, the
 * clients that it admits, and connections that come through a proxy.
 */

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/server/shaking.h"

/* In TLS 1.3 the client's side of the handshake is complete before the server
 * has seen the client's key. */
START_TEST(test_client_refused)
{
	char error[IDENTITY_ERROR];
	struct identity *identity = identity_make(error);
	struct tls *tls;
	uint8_t byte;
	int fd;

	shaking_shared.encryption.asks = true;
	shaking_shared.encryption.clients.admits = shaking_admit_none;
	ck_assert_int_eq(encryption_replace(&shaking_shared.encryption,
			     identity, error),
	    0);
	identity_free(identity);
	fd = shaking_join();
	tls = shaking_encrypt(fd);
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
	int old = shaking_join(), new;

	before = shaking_encrypt(old);
	ck_assert_int_eq(encryption_replace(&shaking_shared.encryption,
			     identity, error),
	    0);
	new = shaking_join();
	after = shaking_encrypt(new);
	shaking_expect_answer(before);
	shaking_expect_answer(after);
	ck_assert(key_name_equal(tls_peer_key(before),
	    &shaking_shared.encryption.name));
	ck_assert(key_name_equal(tls_peer_key(after), identity_name(identity)));
	identity_free(identity);
	tls_free(before);
	tls_free(after);
	close(old);
	close(new);
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

	ck_assert_int_eq(proxies_add(&shaking_shared.proxies, "127.0.0.0/8",
			     error),
	    0);
	fd = shaking_join();
	ck_assert_int_eq(send(fd, header, sizeof(header) - 1, MSG_MORE),
	    (ssize_t)sizeof(header) - 1);
	return fd;
}

/* The client's hello may arrive together with the header of its proxy. */
START_TEST(test_proxied)
{
	int fd = join_proxied();
	struct tls *tls = shaking_encrypt(fd);

	shaking_expect_answer(tls);
	tls_free(tls);
	close(fd);
}
END_TEST

START_TEST(test_proxied_plain)
{
	uint8_t got[SHAKING_REPLY];
	int fd, code;

	shaking_shared.encryption.mode = ENCRYPTION_ALLOWED;
	fd = join_proxied();
	unit_send(fd, SHAKING_BYTES(SHAKING_REQUEST));
	ck_assert_uint_eq(unit_receive(fd, got, SHAKING_REPLY, &code),
	    SHAKING_REPLY);
	ck_assert_mem_eq(got, shaking_reply, SHAKING_REPLY);
	close(fd);
}
END_TEST

/* Bytes that a client sends without waiting for the server's hello are no part
 * of a handshake. */
START_TEST(test_hasty)
{
	const struct tls_peer server = {.admits = shaking_admit_all};
	int fd = join_proxied();
	struct tls *tls = tls_new(shaking_context, fd, &server);
	uint8_t byte;
	bool sends;

	ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &(int){1},
			     sizeof(int)),
	    0);
	ck_assert_int_eq(tls_handshake(tls, &sends), 0);
	unit_send(fd, SHAKING_BYTES("\x17\3\3\0\1x"));
	ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &(int){0},
			     sizeof(int)),
	    0);
	if (shaking_finish(tls, fd) == 1)
		ck_assert_int_le(tls_receive(tls, &byte, 1, 0), 0);
	tls_free(tls);
	close(fd);
}
END_TEST

Suite *
encryption_suite(void)
{
	Suite *suite = suite_create("encryption");
	TCase *tcase = unit_case(suite, "encryption");

	tcase_add_checked_fixture(tcase, shaking_setup, shaking_teardown);
	tcase_add_test(tcase, test_client_refused);
	tcase_add_test(tcase, test_replaced);
	tcase_add_test(tcase, test_proxied);
	tcase_add_test(tcase, test_proxied_plain);
	tcase_add_test(tcase, test_hasty);
	return suite;
}
