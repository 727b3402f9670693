/* Records of TLS: several at once, altered ones, and an end without a message.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/ends.h"

/* Waits until n bytes can be received from the client's socket. */
static void
await_arrival(int n)
{
	int arrived = 0;

	while (ioctl(ends_sockets[1], FIONREAD, &arrived) == 0 && arrived < n)
		(void)poll(NULL, 0, 1);
}

START_TEST(test_records_that_came_together)
{
	uint8_t bytes[3];
	unsigned i;

	ends_prepare(false, false);
	ends_encrypt();
	for (i = 0; i < sizeof(bytes); i++)
		ck_assert_int_eq(tls_send(ends_server.tls, &"abc"[i], 1, 0), 1);
	await_arrival(3 * (1 + 22));
	/* The first call takes all three off the socket. */
	for (i = 0; i < sizeof(bytes); i++) {
		ck_assert_int_eq(tls_receive(ends_client.tls, bytes + i, 1, 0),
		    1);
		ck_assert_int_eq(tls_pending(ends_client.tls), i < 2);
		ck_assert_int_eq(stream_await_readable(&ends_client.stream, 0),
		    i < 2);
	}
	ck_assert_mem_eq(bytes, "abc", 3);
	ck_assert_int_eq(tls_receive(ends_client.tls, bytes, 1, MSG_DONTWAIT),
	    -1);
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(test_many_records_at_once)
{
	uint8_t *got = malloc(ENDS_LARGE);
	ssize_t n;

	ck_assert_ptr_nonnull(got);
	ends_prepare(false, false);
	ends_encrypt();
	ck_assert_int_eq(tls_send(ends_server.tls, ends_large, 50000, 0),
	    50000);
	tls_end(ends_server.tls);
	await_arrival(50000 + 4 * 22 + 2 + 22);
	n = tls_receive(ends_client.tls, got, ENDS_LARGE, 0);
	ck_assert_int_eq(n, 50000);
	ck_assert_mem_eq(got, ends_large, 50000);
	ck_assert_int_eq(tls_receive(ends_client.tls, got, ENDS_LARGE, 0), 0);
	ck_assert_int_eq(tls_receive(ends_client.tls, got, ENDS_LARGE, 0), 0);
	free(got);
}
END_TEST

START_TEST(test_altered_record)
{
	uint8_t byte;

	ends_connect();
	unit_send(ends_sockets[0],
	    "\x17\x03\x03\0\x14"
	    "abcdefghijklmnopqrst",
	    25);
	ck_assert_int_eq((int)stream_receive(&ends_client.stream, &byte, 1,
			     ENDS_LONG),
	    -1);
	ck_assert_int_eq(errno, EPROTO);
	/* It stays so. */
	ck_assert_int_eq((int)stream_receive(&ends_client.stream, &byte, 1,
			     ENDS_LONG),
	    -1);
	ck_assert_int_eq(errno, EPROTO);
}
END_TEST

START_TEST(test_cut_without_end)
{
	uint8_t byte;

	ends_connect();
	shutdown(ends_sockets[0], SHUT_WR);
	ck_assert_int_eq((int)stream_receive(&ends_client.stream, &byte, 1,
			     ENDS_LONG),
	    0);
}
END_TEST

/* The error of a peer that leaves stays that of the network, though an earlier
 * call has noted it and returned what it had sent. */
START_TEST(test_peer_leaves_while_bytes_are_sent)
{
	int tries = 0, error;

	ends_connect();
	close(ends_sockets[1]);
	ends_sockets[1] = -1;
	while (tls_send(ends_server.tls, ends_large, 50000, 0) >= 0)
		ck_assert_int_lt(tries++, 100);
	error = errno;
	ck_assert_msg(error == EPIPE || error == ECONNRESET, "%d", error);
	ck_assert_int_eq((int)tls_send(ends_server.tls, ends_large, 50000, 0),
	    -1);
	ck_assert_int_eq(errno, error);
}
END_TEST

Suite *
tls_suite(void)
{
	Suite *suite = suite_create("tls");
	TCase *tcase = unit_case(suite, "records");

	tcase_add_checked_fixture(tcase, NULL, ends_teardown);
	tcase_add_test(tcase, test_records_that_came_together);
	tcase_add_test(tcase, test_many_records_at_once);
	tcase_add_test(tcase, test_altered_record);
	tcase_add_test(tcase, test_cut_without_end);
	tcase_add_test(tcase, test_peer_leaves_while_bytes_are_sent);
	return suite;
}
