/* All that fileget does works inside TLS as without it: trees, pieces,
 * listings, patterns, the prompt, logs that grow, waiting, several servers. */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/meeting.h"
#include "tests/harness/relay.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/several.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"

#define SIZE (24 * 1024 * 1024)

enum {
	UNTRUSTED = 13, /* exit code */
};

static struct meeting meeting, other;
static struct server copy;
static struct program client;
static char text[2048];

static void
setup(void)
{
	several_make_copies(SIZE);
	meeting_start(&meeting, "a.pem", NULL);
	meeting_write_known(meeting.line);
}

static void
teardown(void)
{
	server_stop(&meeting.server);
}

static void
get(const char *const *args)
{
	meeting_get(&client, meeting.server.port, 0, args);
}

START_TEST(a_large_file_arrives)
{
	static const char *const ways[][4] = {{"-q", "data"},
	    {"-j", "4", "data"}, {"--no-verify", "data"}, {"--fsync", "data"},
	    {"--limit-rate", "1G", "data"}};

	get(ways[_i]);
	sum_expect_files("here/newdata", "served/data");
}
END_TEST

START_TEST(standard_output_gets_the_bytes)
{
	scratch_text("served/small", "fine\n");
	get(HERE_LIST("-q", "-o", "-", "small"));
	ck_assert_str_eq(program_out(&client), "fine\n");
}
END_TEST

START_TEST(a_tree_arrives)
{
	int i;

	scratch_mkdir("served/tree");
	scratch_mkdir("served/tree/in");
	for (i = 0; i < 300; i++) {
		snprintf(text, sizeof(text), "served/tree/%s%d",
		    i % 2 == 0 ? "in/" : "", i);
		scratch_fill(text, (uint64_t)i * 997, (uint64_t)i);
	}
	get(HERE_LIST("-r", "tree"));
	tree_expect_same("here/newtree", "served/tree", "-r");
	get(HERE_LIST("-r", "-u", "-j", "3", "tree"));
	meeting_expect_said(&client, "300 unchanged");
}
END_TEST

START_TEST(listings_and_patterns_work)
{
	scratch_text("served/a.txt", "a");
	scratch_text("served/b.txt", "b");
	get(HERE_LIST("-l"));
	ck_assert_ptr_nonnull(strstr(program_out(&client), "a.txt\n"));
	get(HERE_LIST("*.txt"));
	here_expect_names("here", "*.txt", HERE_LIST("newa.txt", "newb.txt"));
}
END_TEST

START_TEST(names_come_from_standard_input)
{
	scratch_text("served/a.txt", "a");
	client_start_with_input(&client, meeting.server.port,
	    HERE_LIST("-i", "-"), HERE_LIST(meeting_config()));
	program_say(&client, "a.txt\ndata\n");
	program_hang_up(&client);
	here_expect_exit(&client, 0, "-i -");
	sum_expect_files("here/newdata", "served/data");
}
END_TEST

START_TEST(a_log_is_followed)
{
	scratch_text("served/log", "one\n");
	meeting_begin(&client, meeting.server.port, HERE_LIST("-f", "log"));
	program_await_out(&client, "one\n");
	scratch_append("served/log", "two\n");
	program_await_out(&client, "one\ntwo\n");
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "-f");
}
END_TEST

START_TEST(a_name_is_waited_for)
{
	meeting_begin(&client, meeting.server.port,
	    HERE_LIST("--wait", "60", "later"));
	program_await_err(&client, "later");
	scratch_text("served/.later", "here");
	scratch_rename("served/.later", "served/later");
	here_expect_exit(&client, 0, "--wait");
	sum_expect_files("here/newlater", "served/later");
}
END_TEST

/* The connection breaks; the next one is encrypted too, and goes on. */
START_TEST(a_broken_download_goes_on)
{
	struct relay relay;

	relay_start(&relay, meeting.server.port, 0, SIZE / 2);
	snprintf(text, sizeof(text), "127.0.0.1:%u %s\n", relay.port,
	    meeting.key);
	meeting_write_known(text);
	meeting_get(&client, relay.port, 0, HERE_LIST("data"));
	relay_stop(&relay);
	sum_expect_files("here/newdata", "served/data");
}
END_TEST

/* One of two servers has another key than the one that is given. */
START_TEST(another_server_goes_on)
{
	char list[64];

	meeting_start(&other, "b.pem", NULL);
	snprintf(list, sizeof(list), "127.0.0.1:%u,127.0.0.1:%u",
	    other.server.port, meeting.server.port);
	meeting_begin_plain(&client,
	    HERE_LIST(list, "-j", "4", "--key", meeting.key, "data"));
	here_expect_exit(&client, 0, "two servers");
	sum_expect_files("here/newdata", "served/data");
	meeting_expect_said(&client, "which is not the one that was given");
	scratch_clear("here");
	/* Both are wrong. */
	meeting_begin_plain(&client,
	    HERE_LIST(list, "--key", "K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EE",
		"data"));
	here_expect_exit(&client, UNTRUSTED, "no server");
	meeting_expect_said(&client, "no server is left: 127.0.0.1:");
	here_expect_names("here", "nothing", HERE_LIST(NULL));
	server_stop(&other.server);
}
END_TEST

/* With -j both are used, and the objects say how each was known. */
START_TEST(two_servers_share_a_file)
{
	char list[64], path[SCRATCH_PATH];

	several_start_copy(&copy,
	    HERE_LIST("--tls", "--key-file",
		scratch_path(path, "outside/a.pem")));
	snprintf(list, sizeof(list), "127.0.0.1:%u,127.0.0.1:%u",
	    meeting.server.port, copy.port);
	meeting_begin_plain(&client,
	    HERE_LIST(list, "-q", "--json", "-j", "4", "--key", meeting.key,
		"data"));
	here_expect_exit(&client, 0, "two servers");
	sum_expect_files("here/newdata", "served/data");
	ck_assert_ptr_nonnull(
	    strstr(program_out(&client), ",\"tls\":{\"protocol\":\"TLSv1.3\""));
	server_stop(&copy);
}
END_TEST

Suite *
inside_tls_suite(void)
{
	Suite *suite = suite_create("inside_tls");
	TCase *tcase = harness_case(suite, "inside", 120);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, a_large_file_arrives, 0, 5);
	tcase_add_test(tcase, standard_output_gets_the_bytes);
	tcase_add_test(tcase, a_tree_arrives);
	tcase_add_test(tcase, listings_and_patterns_work);
	tcase_add_test(tcase, names_come_from_standard_input);
	tcase_add_test(tcase, a_log_is_followed);
	tcase_add_test(tcase, a_name_is_waited_for);
	tcase_add_test(tcase, a_broken_download_goes_on);
	tcase_add_test(tcase, another_server_goes_on);
	tcase_add_test(tcase, two_servers_share_a_file);
	return suite;
}
