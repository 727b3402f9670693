/*
 * The content version, by the wire: a server takes part with any file of the
 * same size and mtime, whatever its inode, ctime, links and mode are.
 */

#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/replica.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wire.h"

static struct server server;

static struct protocol_attributes
attributes_of(const char *name)
{
	struct protocol_attributes attributes;
	int fd = wire_connect(server.port);

	talk_ask(fd, PROTOCOL_OP_STAT, name);
	talk_read_attributes(fd, &attributes);
	close(fd);
	return attributes;
}

/* Returns the status of FETCH and DIGEST with a token, which must agree. */
static enum protocol_status
ask(int fd, const char *name, struct protocol_token token)
{
	struct protocol_request request = {.op = PROTOCOL_OP_FETCH,
	    .token = token,
	    .count = PROTOCOL_TO_END,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name)};
	enum protocol_status status;

	talk_send_request(fd, &request);
	status = talk_read_status(fd);
	request.op = PROTOCOL_OP_DIGEST;
	talk_send_request(fd, &request);
	ck_assert_int_eq(talk_read_status(fd), status);
	return status;
}

/* Asks with a token on a connection of its own, which has kept no file. */
static enum protocol_status
ask_anew(const char *name, struct protocol_token token)
{
	int fd = wire_connect(server.port);
	enum protocol_status status = ask(fd, name, token);

	close(fd);
	return status;
}

static void
change_mode(void)
{
	char path[SCRATCH_PATH];

	ck_assert_int_eq(chmod(scratch_path(path, "served/f"), 0640), 0);
}

static void
add_link(void)
{
	char old[SCRATCH_PATH], new[SCRATCH_PATH];

	ck_assert_int_eq(link(scratch_path(old, "served/f"),
			     scratch_path(new, "served/link")),
	    0);
}

static void
replace_by_copy(void)
{
	replica_copy("served/f", "served/f");
}

/* Other bytes of the same size, with the old mtime: nothing but a digest can
 * tell. */
static void
write_again(void)
{
	scratch_fill("served/g", 50000, 4);
	replica_set_time("served/g", "served/f");
	scratch_rename("served/g", "served/f");
}

static void
grow(void)
{
	scratch_append("served/f", "more");
	replica_set_time("served/f", "served/other");
}

static void
touch(void)
{
	scratch_overwrite("served/f", 0, 1, 9);
}

static const struct {
	const char *title;
	void (*happens)(void);
	enum protocol_status strict, content;
} changes[] = {
    {"chmod", change_mode, PROTOCOL_CHANGED, PROTOCOL_OK},
    {"another link", add_link, PROTOCOL_CHANGED, PROTOCOL_OK},
    {"replaced by a copy", replace_by_copy, PROTOCOL_CHANGED, PROTOCOL_OK},
    {"written again", write_again, PROTOCOL_CHANGED, PROTOCOL_OK},
    {"another size", grow, PROTOCOL_CHANGED, PROTOCOL_CHANGED},
    {"another mtime", touch, PROTOCOL_CHANGED, PROTOCOL_CHANGED},
};

START_TEST(survives)
{
	struct protocol_attributes attributes;
	struct protocol_token content;

	scratch_fill("served/f", 50000, 3);
	scratch_age("served/f");
	replica_copy("served/f", "served/other");
	server_start(&server, NULL);
	attributes = attributes_of("f");
	content = protocol_content_token(&attributes);
	ck_assert_int_eq(ask_anew("f", attributes.token), PROTOCOL_OK);
	ck_assert_int_eq(ask_anew("f", content), PROTOCOL_OK);
	changes[_i].happens();
	ck_assert_int_eq(ask_anew("f", attributes.token), changes[_i].strict);
	ck_assert_int_eq(ask_anew("f", content), changes[_i].content);
	server_stop(&server);
}
END_TEST

/* Two servers with copies of a file agree on its content version and on nothing
 * else. */
START_TEST(replicas_agree)
{
	struct protocol_attributes one, two;

	scratch_fill("served/f", 50000, 3);
	scratch_age("served/f");
	scratch_mkdir("served/replica");
	replica_copy("served/f", "served/replica/f");
	server_start(&server, NULL);
	one = attributes_of("f");
	two = attributes_of("replica/f");
	ck_assert_uint_ne(one.token.id, two.token.id);
	ck_assert_uint_eq(protocol_content_token(&one).version,
	    protocol_content_token(&two).version);
	ck_assert_int_eq(ask_anew("replica/f", one.token), PROTOCOL_CHANGED);
	ck_assert_int_eq(ask_anew("replica/f", protocol_content_token(&one)),
	    PROTOCOL_OK);
	server_stop(&server);
}
END_TEST

/* A file that is kept for a follower is not what its old name and the content
 * version ask for. */
START_TEST(kept_file_is_not_asked_for)
{
	struct protocol_attributes attributes;
	struct protocol_token content, id;
	int fd;

	scratch_fill("served/f", 50000, 3);
	scratch_age("served/f");
	server_start(&server, NULL);
	attributes = attributes_of("f");
	content = protocol_content_token(&attributes);
	id = (struct protocol_token){.id = attributes.token.id};
	fd = wire_connect(server.port);
	ck_assert_int_eq(ask(fd, "f", id), PROTOCOL_OK);
	scratch_rename("served/f", "served/f.1");
	scratch_text("served/f", "new\n");
	ck_assert_int_eq(ask(fd, "f", id), PROTOCOL_OK);
	ck_assert_int_eq(ask(fd, "f", content), PROTOCOL_CHANGED);
	ck_assert_int_eq(ask(fd, "f.1", content), PROTOCOL_OK);
	/* The kept file is still there after these. */
	ck_assert_int_eq(ask(fd, "f", id), PROTOCOL_OK);
	close(fd);
	server_stop(&server);
}
END_TEST

Suite *
content_version_suite(void)
{
	Suite *suite = suite_create("content_version");
	TCase *tcase = harness_case(suite, "versions", 60);

	tcase_add_loop_test(tcase, survives, 0,
	    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(tcase, replicas_agree);
	tcase_add_test(tcase, kept_file_is_not_asked_for);
	return suite;
}
