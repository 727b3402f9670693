/* scope_folder: the folders that lead to a client's own, page by page. */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "server/scope_folder.h"
#include "tests/unit/server/serving.h"

enum {
	ENTRIES = 600, /* of NAME bytes: more than two pages */
	NAME = 250,
};

static struct serving serving;
static struct stream stream;
static uint8_t body[STREAM_OUT];
static size_t body_len;
static char text[ENTRIES][2 + NAME + 3];
static struct scope_name names[ENTRIES];
static struct scope scope = {.names = names, .mtime_ns = 1234567890};

static void
setup(void)
{
	serving_open(&serving);
	stream_open(&stream, serving.connection.fd, -1);
}

static void
teardown(void)
{
	stream_rest(&stream);
	serving_close(&serving);
}

/* Makes a scope of names "d/000...0/x" and so on. */
static void
fill_scope(void)
{
	size_t i;

	for (i = 0; i < ENTRIES; i++) {
		snprintf(text[i], sizeof(text[i]), "d/%0*zu/x", NAME, i);
		names[i] = (struct scope_name){(const uint8_t *)text[i],
		    strlen(text[i])};
	}
	scope.n = ENTRIES;
	scope_arrange(&scope);
}

static enum protocol_status
ask(enum protocol_op op, const char *name, uint64_t cursor)
{
	const struct protocol_request request = {
	    .op = (uint8_t)op,
	    .cursor = cursor,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name),
	};
	struct reply_writer reply = {.stream = &stream};
	enum protocol_status status;

	ck_assert_int_eq(scope_folder_answer(&scope, &request, &reply), 0);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	status = serving_receive(serving.client, body, sizeof(body), &body_len);
	ck_assert_int_eq(status, reply.status);
	ck_assert_uint_eq(reply.sent, body_len);
	return status;
}

START_TEST(test_pages)
{
	struct protocol_record record;
	uint64_t cursor = 0;
	size_t at, n = 0, pages = 0;

	fill_scope();
	do {
		ck_assert_int_eq(ask(PROTOCOL_OP_LIST, "d", cursor),
		    PROTOCOL_OK);
		cursor = protocol_decode_cursor(body);
		for (at = PROTOCOL_CURSOR_SIZE; at < body_len;
		     at += PROTOCOL_RECORD_SIZE + NAME) {
			ck_assert_int_eq(protocol_decode_record(body + at,
					     &record),
			    0);
			ck_assert(record.mode == S_IFDIR && record.size == 0 &&
			    record.mtime_ns == 0 && record.name_len == NAME);
			ck_assert_mem_eq(body + at + PROTOCOL_RECORD_SIZE,
			    text[n++] + 2, NAME);
		}
		pages++;
	} while (cursor != 0);
	ck_assert_uint_eq(n, ENTRIES);
	ck_assert_uint_eq(pages, 3);
	ck_assert_int_eq(ask(PROTOCOL_OP_LIST, "d", ENTRIES), PROTOCOL_OK);
	ck_assert_uint_eq(body_len, PROTOCOL_CURSOR_SIZE);
	ck_assert_int_eq(ask(PROTOCOL_OP_LIST, "d", ENTRIES + 1),
	    PROTOCOL_BAD_RANGE);
	ck_assert_int_eq(ask(PROTOCOL_OP_LIST, "d", UINT64_MAX),
	    PROTOCOL_BAD_RANGE);
}
END_TEST

START_TEST(test_attributes)
{
	struct protocol_attributes top, below;

	fill_scope();
	ck_assert_int_eq(ask(PROTOCOL_OP_STAT, ".", 0), PROTOCOL_OK);
	ck_assert_int_eq(protocol_decode_attributes(body, &top), 0);
	ck_assert(top.token.id != 0 && top.token.version != 0);
	ck_assert(S_ISDIR(top.mode) && top.size == 0);
	ck_assert_int_eq(top.mtime_ns, 1234567890);
	ck_assert_int_eq(ask(PROTOCOL_OP_STAT, "d", 0), PROTOCOL_OK);
	ck_assert_int_eq(protocol_decode_attributes(body, &below), 0);
	/* Else a client takes it for the folder that it is in. */
	ck_assert_uint_ne(top.token.id, below.token.id);
}
END_TEST

START_TEST(test_no_file)
{
	fill_scope();
	ck_assert_int_eq(ask(PROTOCOL_OP_GET, "d", 0), PROTOCOL_NOT_A_FILE);
	ck_assert_int_eq(ask(PROTOCOL_OP_FETCH, ".", 0), PROTOCOL_NOT_A_FILE);
	ck_assert_int_eq(ask(PROTOCOL_OP_DIGEST, "d", 0), PROTOCOL_NOT_A_FILE);
}
END_TEST

Suite *
scope_folder_suite(void)
{
	Suite *suite = suite_create("scope_folder");
	TCase *tcase = unit_case(suite, "scope_folder");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_pages);
	tcase_add_test(tcase, test_attributes);
	tcase_add_test(tcase, test_no_file);
	return suite;
}
