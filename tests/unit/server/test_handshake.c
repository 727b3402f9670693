/*
 * handshake, with workers and real sessions: who is let in, inside TLS or
 * without, and how everybody else ends.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/server/shaking.h"

static const enum encryption_mode modes[] = {ENCRYPTION_REQUIRED,
    ENCRYPTION_ALLOWED};

START_TEST(test_encrypted)
{
	struct tls *tls;
	uint8_t byte;
	int fd;

	shaking_shared.encryption.mode = modes[_i];
	fd = shaking_join();
	tls = shaking_encrypt(fd);
	shaking_expect_answer(tls);
	shaking_expect_answer(tls);
	shutdown(fd, SHUT_WR);
	ck_assert_msg(tls_receive(tls, &byte, 1, 0) == 0, "%d %s", errno,
	    tls_problem(tls));
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
	} rows[] = {{SHAKING_BYTES(SHAKING_REQUEST)}, {SHAKING_BYTES("\0")},
	    {SHAKING_BYTES("\2\0\0\1.")},
	    {SHAKING_BYTES(
		"GET / HTTP/1.1\r\n\r\n" SHAKING_REQUEST SHAKING_REQUEST)},
	    {SHAKING_BYTES("\xff")}};
	uint8_t got[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_MESSAGE_MAX + 1];
	size_t len;
	int fd = shaking_join(), code;

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
	uint8_t got[SHAKING_REPLY];
	int fd, code;

	shaking_shared.encryption.mode = ENCRYPTION_ALLOWED;
	fd = shaking_join();
	unit_send(fd, SHAKING_BYTES(SHAKING_REQUEST));
	ck_assert_uint_eq(unit_receive(fd, got, SHAKING_REPLY, &code),
	    SHAKING_REPLY);
	ck_assert_mem_eq(got, shaking_reply, SHAKING_REPLY);
	shutdown(fd, SHUT_WR);
	shaking_expect_end(fd);
}
END_TEST

/* A client that sends nothing, or leaves, is told nothing. */
START_TEST(test_silent)
{
	int fd;

	shaking_shared.encryption.timeout = SHAKING_SHORT;
	shaking_expect_end(shaking_join());
	fd = shaking_join();
	shutdown(fd, SHUT_WR);
	shaking_expect_end(fd);
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

	shaking_shared.encryption.request_timeout = SHAKING_SHORT;
	fd = shaking_join();
	for (i = 0; i < sizeof(hello); i++) {
		if (send(fd, hello + i, 1, MSG_NOSIGNAL) != 1)
			break;
		clock_sleep(SHAKING_SHORT / 4);
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
	} rows[] = {{SHAKING_BYTES(
			"\x16\3\1\xff\xff a record that is too long")},
	    {SHAKING_BYTES("\x16\3\1\0\5\2\0\0\1\0 a message of a server")}};
	uint8_t got[16];
	int fd = shaking_join(), code;

	unit_send(fd, rows[_i].bytes, rows[_i].len);
	ck_assert_uint_eq(unit_receive(fd, got, 7, &code), 7);
	ck_assert_uint_eq(got[0], 0x15);
	ck_assert_uint_eq(got[5], 2); /* fatal */
	shutdown(fd, SHUT_WR);
	shaking_expect_end(fd);
}
END_TEST

/* Unfinished handshakes, and silence, make room and are told nothing. */
START_TEST(test_evicted)
{
	struct pollfd waiting[SHAKING_PLACES];
	struct tls *tls;
	int fd, i;

	for (i = 0; i < SHAKING_PLACES; i++) {
		waiting[i] =
		    (struct pollfd){.fd = shaking_join(), .events = POLLIN};
		if (_i == 1)
			unit_send(waiting[i].fd, "\x16\3\1", 3);
	}
	clock_sleep(CONNECTION_GRACE + SHAKING_SHORT);
	fd = shaking_join();
	tls = shaking_encrypt(fd);
	shaking_expect_answer(tls);
	/* Either may have begun to wait first. */
	ck_assert_int_eq(poll(waiting, SHAKING_PLACES, -1), 1);
	i = waiting[0].revents == 0;
	shaking_expect_end(waiting[i].fd);
	close(waiting[1 - i].fd);
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
		shaking_shared.encryption.mode = rows[i].mode;
		unit_tcp_pair(pair);
		unit_send(pair[0], "\x16\3\1", 3);
		workers_turn_away(shaking_workers, pair[1], "too many");
		ck_assert_uint_eq(unit_receive(pair[0], &byte, 1, &code),
		    rows[i].silent ? 0 : 1);
		ck_assert_int_eq(code, 0);
		close(pair[0]);
	}
	shaking_shared.encryption.mode = ENCRYPTION_REQUIRED;
	ck_assert_uint_eq(byte, PROTOCOL_BUSY);
}
END_TEST

Suite *
handshake_suite(void)
{
	Suite *suite = suite_create("handshake");
	TCase *tcase = unit_case(suite, "handshake");

	tcase_add_checked_fixture(tcase, shaking_setup, shaking_teardown);
	tcase_add_loop_test(tcase, test_encrypted, 0, 2);
	tcase_add_loop_test(tcase, test_plain_refused, 0, 5);
	tcase_add_test(tcase, test_plain_allowed);
	tcase_add_test(tcase, test_silent);
	tcase_add_test(tcase, test_slow_hello);
	tcase_add_loop_test(tcase, test_alert, 0, 2);
	tcase_add_loop_test(tcase, test_evicted, 0, 2);
	tcase_add_test(tcase, test_turned_away);
	return suite;
}
