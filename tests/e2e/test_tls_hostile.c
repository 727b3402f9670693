/*
 * Clients that misuse TLS itself: records and messages that no library sends,
 * handshakes that never end, and floods. Each is ended, in time, and a client
 * beside it notices nothing.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/protocol.h"
#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/hostile_tls.h"
#include "tests/harness/scratch.h"
#include "tests/harness/encrypted.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	UPDATES = HARNESS_SLOW ? 3000 : 30000, /* a flood of KeyUpdates */
	UPDATE = 5 + 5 + 1 + 16,	       /* bytes of such a record */
	FLOOD_MS = 2000, /* CPU that a flood may cost, in ms */
	HALF = 200,	 /* unfinished handshakes at one time */
};

static struct encrypted encrypted;
static struct hostile_tls hostile;

/* GET of "f", and its reply. */
static const char request[] = "\0\0\0\1f";
static const char reply[] = "\0\0\0\0\0\0\0\4fine";

static void
ask(void)
{
	hostile_tls_send(&hostile, HOSTILE_DATA, request, sizeof(request) - 1);
}

static void
expect_reply(const char *row)
{
	char got[sizeof(reply) - 1];

	ck_assert_msg(hostile_tls_read(&hostile, got, sizeof(got)),
	    "%s: no reply", row);
	ck_assert_mem_eq(got, reply, sizeof(got));
}

static void
expect_end(const char *row)
{
	char byte;

	ck_assert_msg(!hostile_tls_read(&hostile, &byte, 1), "%s: a byte", row);
	hostile_tls_close(&hostile);
}

static void
start_server(void)
{
	scratch_text("served/f", "fine");
	encrypted_start(&encrypted, HERE_LIST("-v", "--request-timeout", "2"));
}

/* Checks that another client is served. */
static void
expect_service(const char *row)
{
	hostile_tls_open(&hostile, encrypted.server.port);
	ask();
	expect_reply(row);
	hostile_tls_close(&hostile);
}

static void
stop_server(void)
{
	expect_service("afterwards");
	/* The log tells what of TLS was wrong. */
	ck_assert_uint_eq(server_count_in_log(&encrypted.server,
			      "Protocol error"),
	    0);
	server_stop(&encrypted.server);
}

/* ---- what is allowed ---------------------------------------------------- */

START_TEST(odd_but_allowed)
{
	static const char update[] = "\30\0\0\1\1";
	size_t i;

	start_server();
	hostile_tls_open(&hostile, encrypted.server.port);
	ask();
	expect_reply("a request");
	for (i = 0; i < sizeof(request) - 1; i++)
		hostile_tls_send(&hostile, HOSTILE_DATA, request + i, 1);
	expect_reply("a byte a record");
	for (i = 0; i < 3; i++) {
		hostile_tls_send(&hostile, HOSTILE_HANDSHAKE, update, 5);
		hostile_tls_next_key(&hostile);
		ask();
		expect_reply("after a new key");
	}
	hostile_tls_send(&hostile, HOSTILE_DATA, "", 0);
	ask();
	expect_reply("after a record without data");
	hostile_tls_close(&hostile);
	stop_server();
}
END_TEST

/* ---- what is not -------------------------------------------------------- */

static const struct {
	const char *row;
	const char *bytes;
	size_t len;
	unsigned repeat;
	uint8_t type;
	bool plain; /* bytes are sent as they are, not as a record */
} rows[] = {
    {"a second hello (renegotiation)", "\1\0\0\4\3\3\0\0", 8, 1,
	HOSTILE_HANDSHAKE, false},
    {"a request to renegotiate", "\0\0\0\0", 4, 1, HOSTILE_HANDSHAKE, false},
    {"a ticket", "\4\0\0\4\0\0\0\0", 8, 1, HOSTILE_HANDSHAKE, false},
    {"a certificate", "\13\0\0\4\0\0\0\0", 8, 1, HOSTILE_HANDSHAKE, false},
    {"a second end of the handshake", "\24\0\0\4\0\0\0\0", 8, 1,
	HOSTILE_HANDSHAKE, false},
    {"a message of 16 MiB", "\13\377\377\377\0\0\0\0", 8, 1, HOSTILE_HANDSHAKE,
	false},
    {"a message of no type", "\377\0\0\4\0\0\0\0", 8, 1, HOSTILE_HANDSHAKE,
	false},
    {"a new key of no kind", "\30\0\0\1\2", 5, 1, HOSTILE_HANDSHAKE, false},
    {"a new key, too long", "\30\0\0\2\0\0", 6, 1, HOSTILE_HANDSHAKE, false},
    {"a handshake record without data", "", 0, 1, HOSTILE_HANDSHAKE, false},
    {"1,000 records without data", "", 0, 1000, HOSTILE_DATA, false},
    {"1,000 warnings", "\1\132", 2, 1000, HOSTILE_ALERT, false},
    {"a change of cipher", "\1", 1, 1, HOSTILE_CHANGE_CIPHER, false},
    {"a heartbeat", "\1\377\377", 3, 1, HOSTILE_HEARTBEAT, false},
    {"a record without type", "\0\0\0\0", 4, 1, 0, false},
    {"a record with a wrong key", "\27\3\3\0\24aaaaaaaaaaaaaaaaaaaa", 25, 1, 0,
	true},
    {"a request without TLS", "\0\0\0\1f", 5, 1, 0, true},
    {"an alert without TLS", "\25\3\3\0\2\1\0", 7, 1, 0, true},
    {"a record that is too long", "\27\3\3\377\377", 5, 1, 0, true},
};

START_TEST(misuse_ends_the_connection)
{
	unsigned i;

	start_server();
	hostile_tls_open(&hostile, encrypted.server.port);
	ask();
	expect_reply(rows[_i].row);
	for (i = 0; i < rows[_i].repeat; i++) {
		uint8_t record[HOSTILE_RECORD];
		size_t len = rows[_i].len;

		if (rows[_i].plain)
			memcpy(record, rows[_i].bytes, len);
		else
			len = hostile_tls_build(&hostile, rows[_i].type,
			    rows[_i].bytes, len, record);
		/* The server may have ended the connection by now. */
		if (send(hostile.fd, record, len, MSG_NOSIGNAL) < 0)
			break;
	}
	expect_end(rows[_i].row);
	stop_server();
}
END_TEST

START_TEST(the_longest_record_is_the_limit)
{
	static uint8_t zeros[16384 + 256];

	/* A request that is unknown, with its payload in one record. */
	memset(zeros, 0, sizeof(zeros));
	zeros[0] = 0x7f;
	zeros[2] = 0x3f;
	zeros[3] = 0xfc;
	start_server();
	hostile_tls_open(&hostile, encrypted.server.port);
	hostile_tls_send(&hostile, HOSTILE_DATA, zeros, 16384);
	ck_assert(hostile_tls_read(&hostile, zeros, 1));
	ck_assert_uint_eq(zeros[0], 5);
	hostile_tls_close(&hostile);

	hostile_tls_open(&hostile, encrypted.server.port);
	hostile_tls_send(&hostile, HOSTILE_DATA, zeros, 16384 + 1);
	expect_end("a record that is longer by one");
	stop_server();
}
END_TEST

START_TEST(tls_inside_tls_is_refused)
{
	char got[8];

	start_server();
	hostile_tls_open(&hostile, encrypted.server.port);
	hostile_tls_send(&hostile, HOSTILE_DATA, "\26\3\1\0\4\1\0\0\0", 9);
	ck_assert(hostile_tls_read(&hostile, got, sizeof(got)));
	ck_assert_uint_eq(got[0], PROTOCOL_UNSUPPORTED);
	hostile_tls_close(&hostile);
	stop_server();
}
END_TEST

/* ---- floods ------------------------------------------------------------- */

static const struct {
	const char *row;
	char asks; /* for a new key of the server too */
	bool reads;
} floods[] = {
    {"new keys of the client", 0, false},
    {"new keys of both, not read", 1, false},
    {"new keys of both", 1, true},
};

START_TEST(a_flood_of_new_keys_ends)
{
	char update[] = {HOSTILE_KEY_UPDATE, 0, 0, 1, floods[_i].asks};
	uint8_t *records = malloc((size_t)UPDATES * UPDATE),
		record[HOSTILE_RECORD];
	size_t len = 0, n;
	unsigned i, before;

	ck_assert_ptr_nonnull(records);
	start_server();
	hostile_tls_open(&hostile, encrypted.server.port);
	for (i = 0; i < UPDATES; i++) {
		n = hostile_tls_build(&hostile, HOSTILE_HANDSHAKE, update,
		    sizeof(update), record);
		memcpy(records + len, record, n);
		len += n;
		hostile_tls_next_key(&hostile);
	}
	before = server_cpu_ms(&encrypted.server);
	for (n = 0; n < len;) {
		ssize_t sent =
		    send(hostile.fd, records + n, len - n, MSG_NOSIGNAL);

		if (sent <= 0)
			break;
		n += (size_t)sent;
	}
	if (floods[_i].reads)
		expect_end(floods[_i].row);
	else
		ck_assert(wait_ready(hostile.fd, POLLIN, WAIT_LIMIT));
	ck_assert(server_await_sleep(&encrypted.server));
	ck_assert_msg(HARNESS_SLOW ||
		server_cpu_ms(&encrypted.server) - before < FLOOD_MS,
	    "%s: %u ms of CPU", floods[_i].row,
	    server_cpu_ms(&encrypted.server) - before);
	if (!floods[_i].reads)
		hostile_tls_close(&hostile);
	free(records);
	stop_server();
}
END_TEST

/* ---- handshakes that never end ------------------------------------------ */

static const struct {
	const char *row;
	unsigned cut; /* bytes of the hello that are kept back */
} halves[] = {
    {"stops after the hello", 0},
    {"stops in the hello", 1},
    {"stops after a byte", 10000},
};

static bool
has_ended(void *argument)
{
	const int *fds = argument;
	char bytes[4096];
	int i;

	for (i = 0; i < HALF; i++)
		while (true) {
			ssize_t n =
			    recv(fds[i], bytes, sizeof(bytes), MSG_DONTWAIT);

			if (n < 0 && errno == EAGAIN)
				return false;
			if (n <= 0)
				break;
		}
	return true;
}

START_TEST(half_handshakes_end_in_time)
{
	uint8_t hello[HOSTILE_HELLO_MAX];
	size_t len = hostile_tls_hello(hello);
	static int fds[HALF];
	unsigned base;
	int i;

	len = halves[_i].cut < len ? len - halves[_i].cut : 1;
	start_server();
	base = server_base_threads(&encrypted.server);
	for (i = 0; i < HALF; i++) {
		fds[i] = wire_connect(encrypted.server.port);
		wire_send(fds[i], hello, len);
	}
	expect_service("beside them");
	ck_assert_msg(wait_until(has_ended, fds, WAIT_LIMIT),
	    "%s: some have not ended", halves[_i].row);
	for (i = 0; i < HALF; i++)
		close(fds[i]);
	ck_assert(server_await_threads(&encrypted.server, base));
	stop_server();
}
END_TEST

START_TEST(a_dripped_handshake_ends_in_time)
{
	uint8_t hello[HOSTILE_HELLO_MAX];
	size_t len = hostile_tls_hello(hello), i;
	int fd;

	start_server();
	fd = wire_connect(encrypted.server.port);
	/* Until the server has ended it; more than enough bytes for 2 s. */
	for (i = 0; i < len && !wait_ready(fd, POLLIN, CLOCK_SEC / 10); i++)
		if (send(fd, hello + i, 1, MSG_NOSIGNAL) != 1)
			break;
	ck_assert_uint_lt(i, len);
	close(fd);
	stop_server();
}
END_TEST

Suite *
tls_hostile_suite(void)
{
	Suite *suite = suite_create("tls_hostile");
	TCase *tcase = harness_case(suite, "records", 60);

	tcase_add_test(tcase, odd_but_allowed);
	tcase_add_loop_test(tcase, misuse_ends_the_connection, 0,
	    HARNESS_ROWS(rows));
	tcase_add_test(tcase, the_longest_record_is_the_limit);
	tcase_add_test(tcase, tls_inside_tls_is_refused);
	tcase = harness_case(suite, "floods", 120);
	tcase_add_loop_test(tcase, a_flood_of_new_keys_ends, 0,
	    HARNESS_ROWS(floods));
	tcase = harness_case(suite, "handshakes", 120);
	tcase_add_loop_test(tcase, half_handshakes_end_in_time, 0,
	    HARNESS_ROWS(halves));
	tcase_add_test(tcase, a_dripped_handshake_ends_in_time);
	return suite;
}
