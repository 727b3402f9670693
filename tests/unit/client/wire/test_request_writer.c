/* request_writer: the name on the wire, without a ticket and with one. */

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/wire/request_writer.h"
#include "tests/unit/unit.h"

#define TICKET "T4ZMABCDEFGHIJKLMNOPQRSTUV"

static const struct key_name ticket = {.letters = TICKET};

/* Puts a STAT for a name, and checks the name that is on the wire. */
static void
expect_name(const struct connection_settings *settings, const char *name,
    size_t len, const char *wire)
{
	const struct protocol_request request = {.op = PROTOCOL_OP_STAT,
	    .name = (const uint8_t *)name,
	    .name_len = len};
	static uint8_t bytes[REQUEST_WRITER_MAX];
	size_t wire_len = strlen(wire);
	struct stream stream;
	int fds[2], code;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	stream_open(&stream, fds[0], -1);
	ck_assert_int_eq(request_writer_put(&stream, settings, &request), 0);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	stream_rest(&stream);
	close(fds[0]);
	ck_assert_uint_eq(unit_receive(fds[1], bytes, sizeof(bytes), &code),
	    PROTOCOL_PREFIX_SIZE + wire_len);
	ck_assert_mem_eq(bytes + PROTOCOL_PREFIX_SIZE, wire, wire_len);
	close(fds[1]);
}

START_TEST(test_names)
{
	const struct connection_settings plain = {.ticket = NULL},
					 shared = {.ticket = &ticket};

	expect_name(&plain, "a/b", 3, "a/b");
	expect_name(&plain, ".", 1, ".");
	expect_name(&shared, "a/b", 3, "~" TICKET "/a/b");
	expect_name(&shared, "..a", 3, "~" TICKET "/..a");
	/* Nothing is shared at the top. */
	expect_name(&shared, ".", 1, "~" TICKET);
}
END_TEST

/* The longest name still fits the buffer; its server refuses it. */
START_TEST(test_longest)
{
	static char name[NAMES_MAX + 1], wire[NAMES_MAX + 64];
	const struct connection_settings shared = {.ticket = &ticket};

	memset(name, 'a', NAMES_MAX);
	strlcpy(wire, "~" TICKET "/", sizeof(wire));
	strlcat(wire, name, sizeof(wire));
	expect_name(&shared, name, NAMES_MAX, wire);
}
END_TEST

Suite *
request_writer_suite(void)
{
	Suite *suite = suite_create("request_writer");
	TCase *tcase = tcase_create("names");

	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_longest);
	suite_add_tcase(suite, tcase);
	return suite;
}
