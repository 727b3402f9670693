/*
 * fileserv --clients: each client reads its own folders; anything else is
 * answered as what does not exist, to the byte, by every verb, through links
 * and whatever its name looks like.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/visitor.h"

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

enum {
	ALERT_BAD_CERTIFICATE = 42, /* RFC 8446, 6.2 */
	ALERT_CERTIFICATE_REQUIRED = 116,
};

static struct server server;
static struct visitor ann, bob, cat;
static char key_path[SCRATCH_PATH], list_path[SCRATCH_PATH];

/* Folders of ann, of bob and of nobody, each with files; and links from what
 * ann may read to what she may not. */
static void
make_files(void)
{
	scratch_mkdir("served/a");
	scratch_mkdir("served/a/deep");
	scratch_mkdir("served/ab");
	scratch_mkdir("served/b");
	scratch_mkdir("served/p");
	scratch_mkdir("served/p/q");
	scratch_mkdir("served/p/q/mine");
	scratch_mkdir("served/p/q/other");
	scratch_text("served/a/file", "of ann");
	scratch_text("served/a/deep/file", "of ann, deep");
	scratch_text("served/ab/file", "of nobody");
	scratch_text("served/b/file", "of bob");
	scratch_text("served/p/q/mine/file", "of ann, too");
	scratch_text("served/p/q/other/file", "of bob, too");
	scratch_text("served/top", "of cat alone");
	scratch_symlink("../b", "served/a/folder_link");
	scratch_symlink("../b/file", "served/a/file_link");
	scratch_symlink("file", "served/a/own_link");
	scratch_symlink("a", "served/link");
}

static void
start(const char *option, const char *value)
{
	char text[512];

	key_pair_make(&ann.key);
	key_pair_make(&bob.key);
	key_pair_make(&cat.key);
	snprintf(text, sizeof(text),
	    "ann %s a p/q/mine\nbob %s b p/q/other\ncat %s .\n", ann.key.name,
	    bob.key.name, cat.key.name);
	scratch_text("outside/clients", text);
	make_files();
	server_start(&server,
	    OPTIONS("--key-file", scratch_path(key_path, "outside/key.pem"),
		"--clients", scratch_path(list_path, "outside/clients"), option,
		value));
}

static void
stop(void)
{
	server_stop(&server);
	key_pair_free(&ann.key);
	key_pair_free(&bob.key);
	key_pair_free(&cat.key);
}

START_TEST(each_client_reads_its_folders)
{
	start(NULL, NULL);
	visitor_connect(&ann, server.port);
	visitor_connect(&bob, server.port);
	visitor_connect(&cat, server.port);
	visitor_expect_text(&ann, "a/file", "of ann");
	visitor_expect_text(&ann, "a/deep/file", "of ann, deep");
	visitor_expect_text(&ann, "p/q/mine/file", "of ann, too");
	visitor_expect_text(&bob, "b/file", "of bob");
	visitor_expect_text(&cat, "top", "of cat alone");
	/* Only a client that may read everything follows links. */
	visitor_expect_text(&cat, "a/file_link", "of bob");
	visitor_expect_text(&cat, "link/file", "of ann");
	visitor_close(&ann);
	visitor_close(&bob);
	visitor_close(&cat);
	stop();
}
END_TEST

/* Names that ann may not read; some exist, and some like them do not. */
static const char *const outside[] = {
    "b",
    "b/file",
    "b/no",
    "c",
    "c/file",
    "ab",
    "ab/file",
    "aa/file",
    "A/file",
    "top",
    "tip",
    "p/file",
    "p/q/other",
    "p/q/other/file",
    "p/q/ather/file",
    "p/q/min",
    "p/q/mine2/file",
    "link",
    "link/file",
    "lunk/file",
    ".hidden",
    "*",
    "b*",
    "~",
    "a\\file",
    "\xff",
};

START_TEST(outside_nothing_exists)
{
	static const enum protocol_op ops[] = {PROTOCOL_OP_GET,
	    PROTOCOL_OP_FETCH, PROTOCOL_OP_STAT, PROTOCOL_OP_LIST,
	    PROTOCOL_OP_DIGEST};
	uint8_t missing[VISITOR_REPLY];
	size_t i, k, len;

	start("--hidden", NULL);
	scratch_text("served/.hidden", "x");
	visitor_connect(&ann, server.port);
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		ck_assert_int_eq(visitor_ask(&ann, ops[i], "a/no"),
		    PROTOCOL_NOT_FOUND);
		len = ann.len;
		memcpy(missing, ann.reply, len);
		for (k = 0; k < sizeof(outside) / sizeof(outside[0]); k++) {
			visitor_ask(&ann, ops[i], outside[k]);
			ck_assert_msg(ann.len == len &&
				memcmp(ann.reply, missing, len) == 0,
			    "op %d of '%s'", ops[i], outside[k]);
		}
	}
	visitor_close(&ann);
	stop();
}
END_TEST

/* A token of another client's file, or of a file before, opens nothing. */
START_TEST(a_token_gives_no_access)
{
	struct protocol_request request = {.op = PROTOCOL_OP_FETCH,
	    .count = PROTOCOL_TO_END};

	start(NULL, NULL);
	visitor_connect(&ann, server.port);
	visitor_connect(&bob, server.port);
	ck_assert_int_eq(visitor_ask(&bob, PROTOCOL_OP_STAT, "b/file"),
	    PROTOCOL_OK);
	request.token =
	    protocol_decode_token(bob.reply + PROTOCOL_REPLY_HEADER_SIZE);
	request.token.version = 0;
	/* The server keeps a file that is followed like this. */
	ck_assert_int_eq(visitor_ask_with(&bob, &request, "b/file"),
	    PROTOCOL_OK);
	ck_assert_int_eq(visitor_ask_with(&ann, &request, "b/file"),
	    PROTOCOL_NOT_FOUND);
	ck_assert_int_eq(visitor_ask_with(&ann, &request, "a/file"),
	    PROTOCOL_CHANGED);
	ck_assert_int_eq(visitor_ask_with(&ann, &request, "a/no"),
	    PROTOCOL_NOT_FOUND);
	visitor_close(&ann);
	visitor_close(&bob);
	stop();
}
END_TEST

START_TEST(links_lead_nowhere)
{
	start(NULL, NULL);
	visitor_connect(&ann, server.port);
	ck_assert_int_eq(visitor_ask(&ann, PROTOCOL_OP_GET, "a/file_link"),
	    PROTOCOL_DENIED);
	ck_assert_int_eq(visitor_ask(&ann, PROTOCOL_OP_GET, "a/own_link"),
	    PROTOCOL_DENIED);
	ck_assert_int_eq(visitor_ask(&ann, PROTOCOL_OP_STAT, "a/file_link"),
	    PROTOCOL_DENIED);
	ck_assert_int_eq(visitor_ask(&ann, PROTOCOL_OP_LIST, "a/folder_link"),
	    PROTOCOL_DENIED);
	ck_assert_int_eq(visitor_ask(&ann, PROTOCOL_OP_GET,
			     "a/folder_link/file"),
	    PROTOCOL_DENIED);
	visitor_expect_list(&ann, "a", "file deep ");
	visitor_close(&ann);
	stop();
}
END_TEST

/* The folders above show what leads to her own, and tell nothing of their own
 * state. */
START_TEST(folders_above_have_own_entries_alone)
{
	struct protocol_attributes shown;
	uint8_t before[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE];

	start(NULL, NULL);
	visitor_connect(&ann, server.port);
	visitor_expect_list(&ann, ".", "a p ");
	visitor_expect_list(&ann, "p", "q ");
	visitor_expect_list(&ann, "p/q", "mine ");
	visitor_expect_list(&ann, "p/q/mine", "file ");
	ck_assert_int_eq(visitor_ask(&ann, PROTOCOL_OP_GET, "p/q"),
	    PROTOCOL_NOT_A_FILE);
	ck_assert_int_eq(visitor_ask(&ann, PROTOCOL_OP_STAT, "p/q"),
	    PROTOCOL_OK);
	protocol_decode_attributes(ann.reply + PROTOCOL_REPLY_HEADER_SIZE,
	    &shown);
	ck_assert(S_ISDIR(shown.mode));
	ck_assert_uint_eq(ann.len, sizeof(before));
	memcpy(before, ann.reply, sizeof(before));
	scratch_mkdir("served/p/q/new");
	ck_assert_int_eq(visitor_ask(&ann, PROTOCOL_OP_STAT, "p/q"),
	    PROTOCOL_OK);
	ck_assert_uint_eq(ann.len, sizeof(before));
	ck_assert_mem_eq(ann.reply, before, sizeof(before));
	visitor_expect_list(&ann, "p/q", "mine ");
	visitor_close(&ann);
	stop();
}
END_TEST

START_TEST(strangers_are_not_admitted)
{
	struct key_pair stranger;

	start(NULL, NULL);
	key_pair_make(&stranger);
	ck_assert_int_eq(visitor_refused(&stranger, server.port),
	    ALERT_BAD_CERTIFICATE);
	ck_assert_int_eq(visitor_refused(NULL, server.port),
	    ALERT_CERTIFICATE_REQUIRED);
	key_pair_free(&stranger);
	stop();
}
END_TEST

static void
expect_log(const char *before, const char *after)
{
	char text[256];

	visitor_connect(&ann, server.port);
	visitor_expect_text(&ann, "a/file", "of ann");
	visitor_close(&ann);
	snprintf(text, sizeof(text), "%s%s%s", before, ann.key.name, after);
	program_await_err(&server.program, text);
	stop();
}

START_TEST(the_log_names_clients)
{
	start(NULL, NULL);
	expect_log(" tls client ann key ", " #1.1 GET a/file OK 6/6 ");
}
END_TEST

START_TEST(the_json_log_names_clients)
{
	start("--log-format", "json");
	expect_log("\"tls\":true,\"client\":\"ann\",\"key\":\"", "\",");
}
END_TEST

Suite *
clients_suite(void)
{
	Suite *suite = suite_create("clients");
	TCase *tcase = harness_case(suite, "clients", 60);

	tcase_add_test(tcase, each_client_reads_its_folders);
	tcase_add_test(tcase, outside_nothing_exists);
	tcase_add_test(tcase, a_token_gives_no_access);
	tcase_add_test(tcase, links_lead_nowhere);
	tcase_add_test(tcase, folders_above_have_own_entries_alone);
	tcase_add_test(tcase, strangers_are_not_admitted);
	tcase_add_test(tcase, the_log_names_clients);
	tcase_add_test(tcase, the_json_log_names_clients);
	return suite;
}
