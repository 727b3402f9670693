/*
 * verbs: each request gets exactly one reply, with the status that its file and
 * its range deserve; a refusal leaves no file open.
 */

#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "server/file_digest.h"
#include "tests/unit/server/serving.h"

static struct serving serving;
static struct stream stream;
static struct access reader;
static struct handle handle;
static struct reply_writer reply;
static struct hangs_call call;
static uint8_t body[STREAM_OUT];
static size_t body_len;

static void
setup(void)
{
	char path[UNIT_PATH];

	serving_open(&serving);
	unit_path(path, serving.folder, "folder");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_write(serving.folder, ".hidden", "", 0);
	stream_open(&stream, serving.connection.fd, -1);
	handle_init(&handle, &serving.shared.verbs.kept);
	ck_assert_int_eq(access_open(&reader, &serving.shared.verbs.rules,
			     NULL),
	    0);
}

static void
teardown(void)
{
	handle_close(&handle);
	kept_release(&handle.kept);
	stream_rest(&stream);
	serving_close(&serving);
}

/* Answers a request and receives the reply into body. */
static enum protocol_status
act(struct protocol_request *request, const char *name)
{
	enum protocol_status status;

	request->name = (const uint8_t *)name;
	request->name_len = strlen(name);
	reply = (struct reply_writer){.stream = &stream,
	    .call = &call,
	    .slot = &serving.connection.slot};
	ck_assert_int_eq(verbs_act(&serving.shared.verbs, &reader, &handle,
			     request, &reply),
	    0);
	work_slot_give(&serving.connection.slot);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	status = serving_receive(serving.client, body, sizeof(body), &body_len);
	ck_assert_int_eq(status, reply.status);
	ck_assert_uint_eq(reply.announced, body_len);
	ck_assert_uint_eq(reply.sent, body_len);
	return status;
}

static const struct row {
	const char *title, *name;
	struct protocol_request request;
	enum protocol_status status;
	size_t len; /* bytes of an OK body; 0: any */
} rows[] = {
    {"GET", "file", {.op = PROTOCOL_OP_GET}, PROTOCOL_OK, 7},
    {"GET nothing", "no", {.op = PROTOCOL_OP_GET}, PROTOCOL_NOT_FOUND, 0},
    {"GET a folder", "folder", {.op = PROTOCOL_OP_GET}, PROTOCOL_NOT_A_FILE, 0},
    {"GET hidden", ".hidden", {.op = PROTOCOL_OP_GET}, PROTOCOL_DENIED, 0},
    {"FETCH", "file", {.op = PROTOCOL_OP_FETCH, .count = 7}, PROTOCOL_OK,
	PROTOCOL_ATTRIBUTES_SIZE + 7 + PROTOCOL_TRAILER_SIZE},
    {"FETCH beyond the end", "file",
	{.op = PROTOCOL_OP_FETCH, .offset = 5, .count = 100}, PROTOCOL_OK,
	PROTOCOL_ATTRIBUTES_SIZE + 2 + PROTOCOL_TRAILER_SIZE},
    {"FETCH from the end", "file",
	{.op = PROTOCOL_OP_FETCH, .offset = 7, .count = 1}, PROTOCOL_OK,
	PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_TRAILER_SIZE},
    {"FETCH from behind the end", "file",
	{.op = PROTOCOL_OP_FETCH, .offset = 8, .count = 1}, PROTOCOL_BAD_RANGE,
	0},
    {"FETCH another file's token", "file",
	{.op = PROTOCOL_OP_FETCH, .token = {.id = 1}, .count = 1},
	PROTOCOL_CHANGED, 0},
    {"STAT", "file", {.op = PROTOCOL_OP_STAT}, PROTOCOL_OK,
	PROTOCOL_ATTRIBUTES_SIZE},
    {"STAT a folder", "folder", {.op = PROTOCOL_OP_STAT}, PROTOCOL_OK,
	PROTOCOL_ATTRIBUTES_SIZE},
    {"DIGEST", "file", {.op = PROTOCOL_OP_DIGEST, .count = 7}, PROTOCOL_OK,
	PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_DIGEST_SIZE},
    {"DIGEST from behind the end", "file",
	{.op = PROTOCOL_OP_DIGEST, .offset = 8}, PROTOCOL_BAD_RANGE, 0},
    {"LIST", ".", {.op = PROTOCOL_OP_LIST}, PROTOCOL_OK, 0},
    {"LIST a file", "file", {.op = PROTOCOL_OP_LIST}, PROTOCOL_NOT_A_FILE, 0},
    {"LIST nothing", "no", {.op = PROTOCOL_OP_LIST}, PROTOCOL_NOT_FOUND, 0},
};

START_TEST(test_replies)
{
	struct protocol_request request = rows[_i].request;
	const char *title = rows[_i].title;
	enum protocol_status status = act(&request, rows[_i].name);

	ck_assert_msg(status == rows[_i].status, "%s: %s", title,
	    protocol_status_name(status));
	if (status != PROTOCOL_OK)
		ck_assert_msg(handle.file.fd == -1 && body_len > 0, "%s",
		    title);
	else if (rows[_i].len != 0)
		ck_assert_msg(body_len == rows[_i].len, "%s: %zu", title,
		    body_len);
}
END_TEST

/* The bytes of a range, their attributes, trailer and digest. */
START_TEST(test_fetch)
{
	struct protocol_request request = {.op = PROTOCOL_OP_FETCH,
	    .flags = PROTOCOL_FETCH_DIGEST,
	    .offset = 3,
	    .count = 3};
	struct protocol_attributes attributes;
	struct protocol_trailer trailer;
	uint8_t wanted[DIGEST_LENGTH];

	ck_assert_int_eq(act(&request, "file"), PROTOCOL_OK);
	ck_assert_int_eq(protocol_decode_attributes(body, &attributes), 0);
	ck_assert_uint_eq(attributes.size, 7);
	ck_assert_mem_eq(body + PROTOCOL_ATTRIBUTES_SIZE, "ten", 3);
	ck_assert_int_eq(protocol_decode_trailer(body +
				 PROTOCOL_ATTRIBUTES_SIZE + 3,
			     &trailer),
	    0);
	ck_assert_int_eq(trailer.status, PROTOCOL_OK);
	digest_of("ten", 3, wanted);
	ck_assert_mem_eq(trailer.digest, wanted, DIGEST_LENGTH);
	request.op = PROTOCOL_OP_DIGEST;
	request.flags = 0;
	ck_assert_int_eq(act(&request, "file"), PROTOCOL_OK);
	ck_assert_mem_eq(body + PROTOCOL_ATTRIBUTES_SIZE, wanted,
	    DIGEST_LENGTH);
}
END_TEST

/* A client that follows a file (a token without version) can read it to its end
 * after the name was removed; then NOT_FOUND. */
START_TEST(test_followed)
{
	struct protocol_request request = {.op = PROTOCOL_OP_FETCH, .count = 3};
	struct protocol_attributes attributes;
	char path[UNIT_PATH];

	ck_assert_int_eq(act(&request, "file"), PROTOCOL_OK);
	ck_assert_int_eq(protocol_decode_attributes(body, &attributes), 0);
	request.token.id = attributes.token.id;
	ck_assert_int_eq(act(&request, "file"), PROTOCOL_OK);
	handle_close(&handle);
	unit_path(path, serving.folder, "file");
	ck_assert_int_eq(unlink(path), 0);
	request.offset = 3;
	request.count = PROTOCOL_TO_END;
	ck_assert_int_eq(act(&request, "file"), PROTOCOL_OK);
	ck_assert_mem_eq(body + PROTOCOL_ATTRIBUTES_SIZE, "tent", 4);
	request.offset = 7;
	ck_assert_int_eq(act(&request, "file"), PROTOCOL_NOT_FOUND);
}
END_TEST

START_TEST(test_no_lists)
{
	struct protocol_request request = {.op = PROTOCOL_OP_LIST};

	serving.shared.verbs.lists = false;
	ck_assert_int_eq(act(&request, "."), PROTOCOL_DENIED);
	ck_assert_uint_eq(body_len, strlen("this server does not list"));
	ck_assert_mem_eq(body, "this server does not list", body_len);
}
END_TEST

Suite *
verbs_suite(void)
{
	Suite *suite = suite_create("verbs");
	TCase *tcase = unit_case(suite, "verbs");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_replies, 0, (int)UNIT_ROWS(rows));
	tcase_add_test(tcase, test_fetch);
	tcase_add_test(tcase, test_followed);
	tcase_add_test(tcase, test_no_lists);
	return suite;
}
