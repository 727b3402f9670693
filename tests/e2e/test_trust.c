/*
 * Which servers fileget trusts: by a key that is given, by a key that it knows,
 * by an authority. In every other case nothing is written, and a server that
 * does not prove its key sees nothing but the beginning of TLS.
 */

#include <stdio.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/meeting.h"
#include "tests/harness/middle.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

#define NAME "a-secret-name"

enum {
	UNTRUSTED = 13, /* exit code */
};

static struct meeting meeting, other;
static struct server plain;
static struct program client;
static struct middle middle;
static char text[1024];

static void
setup(void)
{
	scratch_fill("served/" NAME, 70000, 1);
}

static void
expect_file(void)
{
	sum_expect_files("here/new" NAME, "served/" NAME);
	here_expect_names("here", NAME, HERE_LIST("new" NAME));
	scratch_clear("here");
}

static void
expect_nothing(void)
{
	here_expect_names("here", "nothing", HERE_LIST(NULL));
	ck_assert_uint_eq(program_lines(program_err(&client)), 1);
	here_expect_harmless(program_err(&client), "message");
}

/* ---- keys -----------------------------------------------------------------
 */

START_TEST(a_given_key_is_remembered)
{
	meeting_start(&meeting, "a.pem", NULL);
	meeting_get(&client, meeting.server.port, 0,
	    HERE_LIST("--key", meeting.key, NAME));
	expect_file();
	meeting_expect_said(&client, "is remembered in ");
	meeting_expect_known(meeting.line);
	/* Twice does not add it twice. */
	meeting_get(&client, meeting.server.port, 0,
	    HERE_LIST("--key", meeting.key, "-q", NAME));
	expect_file();
	meeting_expect_known(meeting.line);
	meeting_get(&client, meeting.server.port, 0, HERE_LIST("-v", NAME));
	expect_file();
	snprintf(text, sizeof(text),
	    "127.0.0.1:%u is encrypted: TLSv1.3, TLS_AES_",
	    meeting.server.port);
	meeting_expect_said(&client, text);
	snprintf(text, sizeof(text), ", key %s\n", meeting.key);
	meeting_expect_said(&client, text);
	server_stop(&meeting.server);
}
END_TEST

START_TEST(json_tells_how_a_server_was_known)
{
	meeting_start(&meeting, "a.pem", NULL);
	meeting_get(&client, meeting.server.port, 0,
	    HERE_LIST("-q", "--json", "--key", meeting.key, NAME));
	expect_file();
	snprintf(text, sizeof(text), "\"key\":\"%s\"}}\n", meeting.key);
	ck_assert_ptr_nonnull(strstr(program_out(&client), text));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    ",\"tls\":{\"protocol\":\"TLSv1.3\",\"cipher\":\"TLS_AES_"));
	server_stop(&meeting.server);
}
END_TEST

START_TEST(another_key_is_refused)
{
	char list[64];

	meeting_start(&meeting, "a.pem", NULL);
	meeting_start(&other, "b.pem", NULL);
	meeting_get(&client, meeting.server.port, UNTRUSTED,
	    HERE_LIST("--key", other.key, NAME));
	expect_nothing();
	meeting_expect_said(&client, "which is not the one that was given");
	meeting_expect_known("");
	/* Any of several keys will do. */
	meeting_get(&client, meeting.server.port, 0,
	    HERE_LIST("--key", other.key, "--key", meeting.key, NAME));
	expect_file();
	meeting_expect_known(meeting.line);
	/* Of several servers, one line has the whole reason. */
	snprintf(list, sizeof(list), "127.0.0.1:%u,127.0.0.1:%u",
	    other.server.port, meeting.server.port);
	meeting_begin_plain(&client,
	    HERE_LIST(list, "--key", meeting.key, NAME));
	here_expect_exit(&client, 0, "a list");
	meeting_expect_said(&client, "fileserv prints there; going on with ");
	server_stop(&meeting.server);
	server_stop(&other.server);
}
END_TEST

/* The server comes back on the same port with another key. */
START_TEST(a_changed_key_is_refused)
{
	char port[16];

	meeting_start(&meeting, "a.pem", NULL);
	snprintf(port, sizeof(port), "%u", meeting.server.port);
	meeting_write_known(meeting.line);
	server_stop(&meeting.server);
	meeting_start(&other, "b.pem", HERE_LIST("-p", port));
	meeting_get(&client, other.server.port, UNTRUSTED, HERE_LIST(NAME));
	expect_nothing();
	meeting_expect_said(&client, "THE KEY HAS CHANGED: 127.0.0.1:");
	meeting_expect_said(&client, meeting.key);
	meeting_expect_said(&client, other.key);
	meeting_expect_said(&client, "known_hosts, line 1");
	meeting_expect_known(meeting.line);
	/* A new key on the command line counts for this run alone. */
	meeting_get(&client, other.server.port, 0,
	    HERE_LIST("--key", other.key, NAME));
	expect_file();
	meeting_expect_known(meeting.line);
	/* Two keys on a line let a server change. */
	snprintf(text, sizeof(text), "# lab\n127.0.0.1:%s %s %s\n", port,
	    meeting.key, other.key);
	meeting_write_known(text);
	meeting_get(&client, other.server.port, 0, HERE_LIST(NAME));
	expect_file();
	server_stop(&other.server);
}
END_TEST

/* ---- never in plain -------------------------------------------------------
 */

START_TEST(a_new_server_is_refused_without_a_terminal)
{
	meeting_start(&meeting, "a.pem", NULL);
	meeting_get(&client, meeting.server.port, UNTRUSTED,
	    HERE_LIST("--tls", NAME));
	expect_nothing();
	snprintf(text, sizeof(text), "run: fileget --key %s 127.0.0.1 %u NAME",
	    meeting.key, meeting.server.port);
	meeting_expect_said(&client, text);
	meeting_expect_known("");
	server_stop(&meeting.server);
}
END_TEST

START_TEST(a_plain_request_is_told_to_encrypt)
{
	meeting_start(&meeting, "a.pem", NULL);
	meeting_get(&client, meeting.server.port, UNTRUSTED,
	    HERE_LIST("-q", NAME));
	expect_nothing();
	meeting_expect_said(&client, "the server wants encryption: use --tls");
	server_stop(&meeting.server);
}
END_TEST

/* Prepares known hosts and arguments that each forbid a plain request. */
static const char *const *
forbid_plain(int way, uint16_t port)
{
	static const char *args[4];
	static const char key[] = "K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EE";

	meeting_write_known("");
	memset(args, 0, sizeof(args));
	args[0] = NAME;
	if (way == 0) {
		snprintf(text, sizeof(text), "127.0.0.1:%u %s\n", port, key);
		meeting_write_known(text);
	} else if (way == 1) {
		args[1] = "--tls";
	} else {
		args[1] = way == 2 ? "--key" : "--ca";
		args[2] = way == 2 ? key : "system";
	}
	return args;
}

START_TEST(a_plain_server_is_refused)
{
	server_start(&plain, NULL);
	meeting_get(&client, plain.port, UNTRUSTED,
	    forbid_plain(_i, plain.port));
	expect_nothing();
	meeting_expect_said(&client, "does not encrypt");
	server_stop(&plain);
	ck_assert_ptr_null(strstr(server_log(&plain), NAME));
}
END_TEST

/* Somebody in between answers as a plain server would, or with the file. He
 * sees the beginning of TLS, and no name. */
START_TEST(nothing_is_asked_in_plain)
{
	static const char *const answers[] = {"\5\0\0\0\0\0\0\0",
	    "\0\0\0\0\0\0\0\4evil", "HTTP/1.1 400 Bad Request\r\n\r\n"};
	static const size_t lens[] = {8, 12, 28};
	const struct middle_record *sent = &middle.records[MIDDLE_UP];
	int way = _i % 4, answer = _i / 4;

	middle_prepare(&middle, 1);
	middle.answer = answers[answer];
	middle.answer_len = lens[answer];
	middle_start(&middle);
	meeting_get(&client, middle.port, UNTRUSTED,
	    forbid_plain(way, middle.port));
	expect_nothing();
	middle_stop(&middle);
	ck_assert_uint_eq(atomic_load(&middle.taken), 1);
	ck_assert_uint_gt(sent->len, 5);
	ck_assert_int_eq(memcmp(sent->bytes, "\x16\3\1", 3), 0);
	ck_assert_ptr_null(memmem(sent->bytes, sent->len, NAME, strlen(NAME)));
	/* One record: its length is all that was sent. */
	ck_assert_uint_eq(sent->len,
	    5 + ((size_t)sent->bytes[3] << 8 | sent->bytes[4]));
	middle_free(&middle);
}
END_TEST

START_TEST(plain_is_for_those_who_insist)
{
	server_start(&plain, NULL);
	(void)forbid_plain(0, plain.port);
	meeting_get(&client, plain.port, 0, HERE_LIST("--plain", NAME));
	expect_file();
	server_stop(&plain);
}
END_TEST

/* ---- our own key ----------------------------------------------------------
 */

/* Sets the key of this client, which fileget makes. */
static void
learn_own_key(char own[MEETING_KEY])
{
	meeting_begin_plain(&client, HERE_LIST("--my-key"));
	here_expect_exit(&client, 0, "--my-key");
	ck_assert_int_eq(sscanf(program_out(&client), "%*s %39s", own), 1);
}

static void
start_with_list(const char *key)
{
	char path[SCRATCH_PATH];

	snprintf(text, sizeof(text), "lab %s .\n", key);
	scratch_text("outside/clients", text);
	meeting_start(&meeting, "a.pem",
	    HERE_LIST("--clients", scratch_path(path, "outside/clients")));
	meeting_write_known(meeting.line);
}

START_TEST(a_listed_client_is_served)
{
	char own[MEETING_KEY];

	learn_own_key(own);
	start_with_list(own);
	meeting_get(&client, meeting.server.port, 0, HERE_LIST(NAME));
	expect_file();
	server_stop(&meeting.server);
}
END_TEST

/* The refusal comes after the handshake. It is told once and not tried again,
 * whatever is asked. */
START_TEST(a_client_that_is_not_listed_is_told)
{
	static const char *const ways[][6] = {{"-q", NAME},
	    {"-q", "--json", NAME}, {"-q", "-l"}, {"-q", "-f", NAME},
	    {"-q", "-j", "4", NAME, "b", "c"}, {"-q", "-r", "."},
	    {"-q", "*.txt"}, {"-q", "--wait", "60", NAME}};
	char own[MEETING_KEY];

	learn_own_key(own);
	start_with_list("K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EE");
	meeting_get(&client, meeting.server.port, UNTRUSTED, ways[_i]);
	here_expect_names("here", "nothing", HERE_LIST(NULL));
	snprintf(text, sizeof(text),
	    "our key %s is not accepted: send the line of 'fileget --my-key' "
	    "to the operator of the server\n",
	    own);
	meeting_expect_said(&client, text);
	server_stop(&meeting.server);
}
END_TEST

/* ---- the files -------------------------------------------------------------
 */

START_TEST(a_damaged_file_is_refused)
{
	server_start(&plain, NULL);
	meeting_write_known("some.host:8080 K7QF\n");
	meeting_get(&client, plain.port, UNTRUSTED, HERE_LIST(NAME));
	expect_nothing();
	meeting_expect_said(&client, "known_hosts: line 1: not a key: ");
	meeting_expect_said(&client, "--plain");
	meeting_get(&client, plain.port, 0, HERE_LIST("--plain", NAME));
	expect_file();
	server_stop(&plain);
	meeting_start(&meeting, "a.pem", NULL);
	meeting_get(&client, meeting.server.port, 0,
	    HERE_LIST("--key", meeting.key, NAME));
	expect_file();
	meeting_expect_said(&client, "known_hosts is not used: line 1: ");
	server_stop(&meeting.server);
}
END_TEST

START_TEST(an_unwritable_file_is_told)
{
	meeting_start(&meeting, "a.pem", NULL);
	/* No folder can be made below it, not even by root. */
	scratch_text("outside/config", "");
	meeting_get(&client, meeting.server.port, 0,
	    HERE_LIST("--key", meeting.key, NAME));
	expect_file();
	meeting_expect_said(&client, "is not remembered: cannot write to ");
	meeting_expect_said(&client, "known_hosts: Not a directory\n");
	server_stop(&meeting.server);
}
END_TEST

START_TEST(a_user_without_a_home_needs_none)
{
	meeting_start(&meeting, "a.pem", NULL);
	client_start(&client, meeting.server.port,
	    HERE_LIST("--key", meeting.key, NAME),
	    HERE_LIST("XDG_CONFIG_HOME=", "HOME="));
	here_expect_exit(&client, 0, "no home");
	expect_file();
	meeting_expect_said(&client, "this user has no home");
	server_stop(&meeting.server);
}
END_TEST

Suite *
trust_suite(void)
{
	Suite *suite = suite_create("trust");
	TCase *keys = harness_case(suite, "keys", 60);
	TCase *never = harness_case(suite, "never", 60);
	TCase *files = harness_case(suite, "files", 60);
	TCase *own = harness_case(suite, "own", 60);

	tcase_add_checked_fixture(keys, setup, NULL);
	tcase_add_test(keys, a_given_key_is_remembered);
	tcase_add_test(keys, json_tells_how_a_server_was_known);
	tcase_add_test(keys, another_key_is_refused);
	tcase_add_test(keys, a_changed_key_is_refused);
	tcase_add_checked_fixture(never, setup, NULL);
	tcase_add_test(never, a_new_server_is_refused_without_a_terminal);
	tcase_add_test(never, a_plain_request_is_told_to_encrypt);
	tcase_add_loop_test(never, a_plain_server_is_refused, 0, 4);
	tcase_add_loop_test(never, nothing_is_asked_in_plain, 0, 12);
	tcase_add_test(never, plain_is_for_those_who_insist);
	tcase_add_checked_fixture(own, setup, NULL);
	tcase_add_test(own, a_listed_client_is_served);
	tcase_add_loop_test(own, a_client_that_is_not_listed_is_told, 0, 8);
	tcase_add_checked_fixture(files, setup, NULL);
	tcase_add_test(files, a_damaged_file_is_refused);
	tcase_add_test(files, an_unwritable_file_is_told);
	tcase_add_test(files, a_user_without_a_home_needs_none);
	return suite;
}
