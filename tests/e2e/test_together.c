/*
 * Requests for one file that arrive together share one open descriptor. Only
 * the speed may differ: each reply is the one that a single request gets (for
 * GET its contents are compared, else the status), the next request sees a
 * replaced file, and no file stays open for a waiting client.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wire.h"

static const struct {
	enum protocol_op op;
	const char *name;
	enum protocol_status status;
} batch[] = {
    {PROTOCOL_OP_GET, "file", PROTOCOL_OK},
    {PROTOCOL_OP_GET, "file", PROTOCOL_OK},
    {PROTOCOL_OP_FETCH, "file", PROTOCOL_OK},
    {PROTOCOL_OP_DIGEST, "file", PROTOCOL_OK},
    {PROTOCOL_OP_STAT, "file", PROTOCOL_OK},
    {PROTOCOL_OP_GET, "file", PROTOCOL_OK},
    {PROTOCOL_OP_GET, "fil", PROTOCOL_NOT_FOUND},
    {PROTOCOL_OP_GET, "files", PROTOCOL_OK},
    {PROTOCOL_OP_GET, "file", PROTOCOL_OK},
    {PROTOCOL_OP_GET, "folder", PROTOCOL_NOT_A_FILE},
    {PROTOCOL_OP_GET, "../file", PROTOCOL_BAD_NAME},
    {PROTOCOL_OP_GET, "file", PROTOCOL_OK},
    {PROTOCOL_OP_LIST, ".", PROTOCOL_OK},
    {PROTOCOL_OP_GET, "file", PROTOCOL_OK},
    {PROTOCOL_OP_GET, "large", PROTOCOL_OK},
    {PROTOCOL_OP_GET, "large", PROTOCOL_OK},
    {PROTOCOL_OP_FETCH, "large", PROTOCOL_OK},
    {PROTOCOL_OP_GET, "file", PROTOCOL_OK},
};

enum {
	BATCH = sizeof(batch) / sizeof(batch[0]),
	REPLACED = 200, /* number of replacements */
	COPIES = 3,	/* requests for each version */
	LONG = 500,	/* requests with more bytes than all buffers hold */
	SIZE = 60000,
};

static void
expect_reply(int fd, int i)
{
	struct sum got, wanted;
	enum protocol_status status;
	char row[64], path[64];
	uint64_t length;

	snprintf(row, sizeof(row), "request %d: %s", i, batch[i].name);
	if (batch[i].op != PROTOCOL_OP_GET || batch[i].status != PROTOCOL_OK) {
		status = talk_read_status(fd);
		ck_assert_msg(status == batch[i].status, "%s: %d", row,
		    (int)status);
		return;
	}
	ck_assert_msg(talk_read_reply(fd, &length) == PROTOCOL_OK, "%s", row);
	wire_read_sum(fd, length, &got, NULL);
	snprintf(path, sizeof(path), "served/%s", batch[i].name);
	sum_file(&wanted, path, 0, UINT64_MAX);
	sum_expect(&got, &wanted, row);
}

START_TEST(each_reply_is_its_own)
{
	struct server server;
	uint8_t bytes[BATCH * 64];
	size_t len = 0;
	int fd, i;

	scratch_fill("served/file", 4096, 1);
	scratch_fill("served/files", 512, 2);
	scratch_fill("served/large", 300000, 3);
	scratch_mkdir("served/folder");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < BATCH; i++)
		len += talk_encode(bytes + len, batch[i].op, batch[i].name);
	wire_send(fd, bytes, len);
	for (i = 0; i < BATCH; i++)
		expect_reply(fd, i);
	close(fd);
	server_stop(&server);
}
END_TEST

START_TEST(a_replaced_file_is_seen_by_the_next)
{
	struct server server;
	uint8_t bytes[COPIES * 64];
	char text[32], got[32];
	uint64_t length;
	size_t len = 0;
	int fd, i, copy;

	scratch_text("served/file", "");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (copy = 0; copy < COPIES; copy++)
		len += talk_encode(bytes + len, PROTOCOL_OP_GET, "file");
	for (i = 0; i < REPLACED; i++) {
		snprintf(text, sizeof(text), "version %d", i);
		scratch_text("fresh", text);
		scratch_rename("fresh", "served/file");
		wire_send(fd, bytes, len);
		for (copy = 0; copy < COPIES; copy++) {
			ck_assert_int_eq(talk_read_reply(fd, &length),
			    PROTOCOL_OK);
			ck_assert_uint_eq(length, strlen(text));
			wire_read(fd, got, strlen(text));
			ck_assert_mem_eq(got, text, strlen(text));
		}
	}
	close(fd);
	server_stop(&server);
}
END_TEST

/* A file that has left the folder while replies wait is no longer served, and
 * later writes to it are not seen. */
START_TEST(a_removed_file_is_seen_by_the_rest)
{
	static char content[SIZE], got[SIZE];
	static uint8_t bytes[LONG * 16];
	enum protocol_status status;
	struct server server;
	uint64_t length;
	size_t len = 0;
	int fd, i, missing = 0;

	memset(content, 'a', sizeof(content));
	scratch_write("served/file", content, sizeof(content));
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < LONG; i++)
		len += talk_encode(bytes + len, PROTOCOL_OP_GET, "file");
	wire_send(fd, bytes, len);
	for (i = 0; i < LONG; i++) {
		status = talk_read_reply(fd, &length);
		missing += status == PROTOCOL_NOT_FOUND;
		ck_assert(status == PROTOCOL_NOT_FOUND || missing == 0);
		ck_assert(status != PROTOCOL_OK || length == SIZE);
		wire_read(fd, got, (size_t)length);
		ck_assert(
		    status != PROTOCOL_OK || memcmp(got, content, SIZE) == 0);
		if (i > 0)
			continue;
		scratch_rename("served/file", "file");
		scratch_append("file", "SECRET");
	}
	ck_assert_int_gt(missing, 0);
	close(fd);
	server_stop(&server);
}
END_TEST

/* No file is open between two requests or inside one. */
START_TEST(nothing_is_open_for_a_waiting_client)
{
	static const uint8_t unsupported[] = {6, 0, 0, 2, 'x', 'y'};
	struct server server;
	uint8_t bytes[COPIES * 64];
	unsigned before;
	size_t len = 0;
	int fd, i;

	scratch_text("served/file", "content");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	/* STAT leaves nothing open, whatever follows it. */
	talk_ask(fd, PROTOCOL_OP_STAT, "file");
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	before = server_descriptors(&server);
	for (i = 0; i < COPIES; i++)
		len += talk_encode(bytes + len, PROTOCOL_OP_GET, "file");
	wire_send(fd, bytes, len);
	for (i = 0; i < COPIES; i++)
		ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	ck_assert(server_await_descriptors(&server, before));
	wire_send(fd, bytes, len - 1);
	for (i = 0; i < COPIES - 1; i++)
		ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	ck_assert(server_await_descriptors(&server, before));
	wire_send(fd, bytes + len - 1, 1);
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	/* A request that is answered before its payload is complete is waited
	 * for too. */
	len = talk_encode(bytes, PROTOCOL_OP_GET, "file");
	memcpy(bytes + len, unsupported, sizeof(unsupported));
	wire_send(fd, bytes, len + sizeof(unsupported) - 1);
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_UNSUPPORTED);
	ck_assert(server_await_descriptors(&server, before));
	wire_send(fd, "y", 1);
	talk_expect_file(fd, "file");
	close(fd);
	server_stop(&server);
}
END_TEST

Suite *
together_suite(void)
{
	Suite *suite = suite_create("together");
	TCase *tcase = harness_case(suite, "together", 60);

	tcase_add_test(tcase, each_reply_is_its_own);
	tcase_add_test(tcase, a_replaced_file_is_seen_by_the_next);
	tcase_add_test(tcase, a_removed_file_is_seen_by_the_rest);
	tcase_add_test(tcase, nothing_is_open_for_a_waiting_client);
	return suite;
}
