/*
 * The file that the server keeps open for a client that follows it, or to which
 * it sent CHANGED: the replies once its name leads elsewhere, the time limits,
 * and that other clients lose nothing.
 */

#include <sys/resource.h>
#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	LARGE = 64 * 1024 * 1024, /* bytes, more than buffers hold */
};

static const struct protocol_token any;

static void
ask(int fd, enum protocol_op op, struct protocol_token token, uint64_t offset,
    uint64_t count)
{
	const struct protocol_request request = {
	    .op = (uint8_t)op,
	    .token = token,
	    .offset = offset,
	    .count = count,
	    .name = (const uint8_t *)"f",
	    .name_len = 1,
	};

	talk_send_request(fd, &request);
}

/* Fetches from an offset, expects exactly this text, and returns the token for
 * this file in any state. */
static struct protocol_token
expect_text(int fd, struct protocol_token token, uint64_t offset,
    const char *text)
{
	uint8_t head[PROTOCOL_ATTRIBUTES_SIZE], tail[PROTOCOL_TRAILER_SIZE];
	struct protocol_attributes attributes;
	char got[256];
	uint64_t length;
	size_t len = strlen(text);

	ask(fd, PROTOCOL_OP_FETCH, token, offset, PROTOCOL_TO_END);
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length, sizeof(head) + len + sizeof(tail));
	wire_read(fd, head, sizeof(head));
	wire_read(fd, got, len);
	wire_read(fd, tail, sizeof(tail));
	ck_assert_mem_eq(got, text, len);
	ck_assert_int_eq(protocol_decode_attributes(head, &attributes), 0);
	ck_assert_uint_eq(attributes.size, offset + len);
	attributes.token.version = 0;
	return attributes.token;
}

static void
expect_status(int fd, enum protocol_op op, struct protocol_token token,
    uint64_t offset, enum protocol_status status)
{
	ask(fd, op, token, offset, PROTOCOL_TO_END);
	ck_assert_int_eq(talk_read_status(fd), status);
}

/* Fetches "one\n" as a follower. */
static struct protocol_token
follow(int fd)
{
	struct protocol_token token = expect_text(fd, any, 0, "one\n");

	return expect_text(fd, token, 4, "");
}

static void
replace(void)
{
	scratch_append("served/f", "two\n");
	scratch_rename("served/f", "served/f.1");
	scratch_text("served/f", "new\n");
}

static void
move_away(void)
{
	scratch_append("served/f", "two\n");
	scratch_rename("served/f", "outside/f");
}

static void
remove_it(void)
{
	scratch_append("served/f", "two\n");
	scratch_remove("served/f");
}

static void
make_folder(void)
{
	remove_it();
	scratch_mkdir("served/f");
}

static void
lead_outside(void)
{
	remove_it();
	scratch_text("outside/secret", "secret\n");
	scratch_symlink("../outside/secret", "served/f");
}

static const struct {
	const char *row;
	void (*happens)(void);
	enum protocol_status then; /* status after the old file has been read */
} rows[] = {
    {"replaced", replace, PROTOCOL_CHANGED},
    {"moved out of the folder", move_away, PROTOCOL_NOT_FOUND},
    {"removed", remove_it, PROTOCOL_NOT_FOUND},
    {"now a folder", make_folder, PROTOCOL_NOT_A_FILE},
    {"now a link that leads outside", lead_outside, PROTOCOL_DENIED},
};

/* The old file is sent first, then the replies depend on the name. */
START_TEST(read_to_its_end)
{
	struct protocol_token token;
	struct server server;
	int fd;

	scratch_text("served/f", "one\n");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	token = follow(fd);
	rows[_i].happens();
	(void)expect_text(fd, token, 4, "two\n");
	expect_status(fd, PROTOCOL_OP_FETCH, token, 8, rows[_i].then);
	expect_status(fd, PROTOCOL_OP_FETCH, token, 9, rows[_i].then);
	/* DIGEST of the whole file is answered, but no longer range. */
	expect_status(fd, PROTOCOL_OP_DIGEST, token, 0, PROTOCOL_OK);
	expect_status(fd, PROTOCOL_OP_DIGEST, token, 8, PROTOCOL_OK);
	expect_status(fd, PROTOCOL_OP_DIGEST, token, 9, PROTOCOL_BAD_RANGE);
	/* Another version or another file is not answered from the kept file.
	 */
	token.version = 1;
	expect_status(fd, PROTOCOL_OP_FETCH, token, 0, rows[_i].then);
	token = (struct protocol_token){token.id + 1, 0};
	expect_status(fd, PROTOCOL_OP_FETCH, token, 0, rows[_i].then);
	close(fd);
	server_stop(&server);
}
END_TEST

/* The kept file grows after its name has gone, like a log with a slow writer.
 */
START_TEST(still_written_to)
{
	struct protocol_token token, new;
	struct server server;
	int fd;

	scratch_text("served/f", "one\n");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	token = follow(fd);
	scratch_rename("served/f", "served/f.1");
	expect_status(fd, PROTOCOL_OP_FETCH, token, 4, PROTOCOL_NOT_FOUND);
	scratch_append("served/f.1", "two\n");
	(void)expect_text(fd, token, 4, "two\n");
	scratch_text("served/f", "new\n");
	expect_status(fd, PROTOCOL_OP_FETCH, token, 8, PROTOCOL_CHANGED);
	/* A request for the new file in any version keeps the old one. */
	new = expect_text(fd, any, 0, "new\n");
	scratch_append("served/f.1", "three\n");
	(void)expect_text(fd, token, 8, "three\n");
	/* Following the new file does not. */
	(void)expect_text(fd, new, 4, "");
	expect_status(fd, PROTOCOL_OP_FETCH, token, 0, PROTOCOL_CHANGED);
	close(fd);
	server_stop(&server);
}
END_TEST

/* No file is kept for a client that has only fetched it. */
START_TEST(kept_for_followers_only)
{
	struct protocol_token token;
	struct server server;
	int fd, other;

	scratch_text("served/f", "one\n");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	token = expect_text(fd, any, 0, "one\n");
	replace();
	expect_status(fd, PROTOCOL_OP_FETCH, token, 4, PROTOCOL_CHANGED);
	expect_status(fd, PROTOCOL_OP_DIGEST, token, 0, PROTOCOL_CHANGED);
	/* A file that one connection follows is not kept for another. */
	token = expect_text(fd, any, 0, "new\n");
	(void)expect_text(fd, token, 4, "");
	scratch_remove("served/f");
	other = wire_connect(server.port);
	expect_status(other, PROTOCOL_OP_FETCH, token, 0, PROTOCOL_NOT_FOUND);
	(void)expect_text(fd, token, 0, "new\n");
	close(other);
	close(fd);
	server_stop(&server);
}
END_TEST

/* A file is modified while it is sent, and is gone when the client asks about
 * it. */
START_TEST(after_changed)
{
	const struct wire_options few = {.receive_buffer = 16 * 1024};
	uint8_t head[PROTOCOL_ATTRIBUTES_SIZE], tail[PROTOCOL_TRAILER_SIZE];
	struct protocol_attributes attributes;
	struct server server;
	struct sum sum;
	uint64_t length;
	int fd;

	scratch_sparse("served/f", LARGE);
	server_start(&server, NULL);
	fd = wire_connect_with(server.port, &few);
	ask(fd, PROTOCOL_OP_FETCH, any, 0, PROTOCOL_TO_END);
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	wire_read(fd, head, sizeof(head));
	scratch_append("served/f", "more\n");
	scratch_remove("served/f");
	wire_read_sum(fd, LARGE, &sum, NULL);
	wire_read(fd, tail, sizeof(tail));
	ck_assert_uint_eq(tail[0], PROTOCOL_CHANGED);
	ck_assert_int_eq(protocol_decode_attributes(head, &attributes), 0);
	expect_status(fd, PROTOCOL_OP_DIGEST, attributes.token, 0,
	    PROTOCOL_NOT_FOUND);
	attributes.token.version = 0;
	expect_status(fd, PROTOCOL_OP_DIGEST, attributes.token, 0, PROTOCOL_OK);
	close(fd);
	server_stop(&server);
}
END_TEST

/* A kept file is closed once its owner forbids reading it. */
START_TEST(forbidden)
{
	struct protocol_token token;
	struct server server;
	char path[SCRATCH_PATH];
	int fd;

	scratch_text("served/f", "one\n");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	token = follow(fd);
	scratch_rename("served/f", "served/f.1");
	ck_assert_int_eq(chmod(scratch_path(path, "served/f.1"), 0), 0);
	expect_status(fd, PROTOCOL_OP_FETCH, token, 0, PROTOCOL_NOT_FOUND);
	close(fd);
	server_stop(&server);
}
END_TEST

/* It is closed with its connection, and after some time without requests. */
START_TEST(closed_in_time)
{
	struct protocol_token token;
	struct server server;
	unsigned before;
	int fd;

	scratch_text("served/f", "one\n");
	server_start(&server, NULL);
	before = server_descriptors(&server);
	fd = wire_connect(server.port);
	token = follow(fd);
	ck_assert(server_await_descriptors(&server, before + 2));
	close(fd);
	ck_assert(server_await_descriptors(&server, before));
	fd = wire_connect(server.port);
	(void)follow(fd);
	scratch_remove("served/f");
	ck_assert_uint_eq(server_descriptors(&server), before + 2);
	ck_assert(server_await_descriptors(&server, before + 1));
	/* The connection is still usable. */
	expect_status(fd, PROTOCOL_OP_FETCH, token, 0, PROTOCOL_NOT_FOUND);
	close(fd);
	server_stop(&server);
}
END_TEST

/* A waiting follower is evicted and times out as other clients do. */
START_TEST(makes_room)
{
	struct server server;
	int fd, newcomer;

	scratch_text("served/f", "one\n");
	scratch_text("served/ok", "fine");
	server_start(&server,
	    HERE_LIST("--max-connections", "1", "--max-per-address", "2",
		"--timeout", "1"));
	fd = wire_connect(server.port);
	(void)follow(fd);
	ck_assert(server_await_sleep(&server));
	newcomer = wire_connect(server.port);
	talk_expect_file(newcomer, "ok");
	wire_expect_end(fd, WIRE_ORDERLY);
	close(fd);
	(void)follow(newcomer);
	wire_expect_end(newcomer, WIRE_ORDERLY);
	close(newcomer);
	server_stop(&server);
}
END_TEST

static void
allow_ten_descriptors(void)
{
	const struct rlimit ten = {10, 10};

	if (setrlimit(RLIMIT_NOFILE, &ten) != 0)
		_exit(126);
}

/* With very few descriptors no file is kept; all else works. */
START_TEST(few_descriptors)
{
	struct protocol_token token;
	struct server server;
	int fd;

	scratch_text("served/f", "one\n");
	server_start_after(&server, NULL, allow_ten_descriptors);
	fd = wire_connect(server.port);
	token = follow(fd);
	replace();
	expect_status(fd, PROTOCOL_OP_FETCH, token, 4, PROTOCOL_CHANGED);
	(void)expect_text(fd, any, 0, "new\n");
	close(fd);
	server_stop(&server);
}
END_TEST

Suite *
kept_suite(void)
{
	Suite *suite = suite_create("kept");
	TCase *tcase;

	tcase = harness_case(suite, "kept", 60);
	tcase_add_loop_test(tcase, read_to_its_end, 0, HARNESS_ROWS(rows));
	tcase_add_test(tcase, still_written_to);
	tcase_add_test(tcase, kept_for_followers_only);
	tcase_add_test(tcase, after_changed);
	tcase_add_test(tcase, forbidden);
	tcase_add_test(tcase, closed_in_time);
	tcase_add_test(tcase, makes_room);
	tcase_add_test(tcase, few_descriptors);
	return suite;
}
