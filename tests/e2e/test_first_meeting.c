/* A person at a terminal meets a server that encrypts: the question, the
 * answers, and the one question for many connections. */

#include <stdio.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/meeting.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/several.h"
#include "tests/harness/sum.h"
#include "tests/harness/terminal.h"

#define QUESTION "Is it the right key (yes, no, or the key)? "
#define SIZE	 (64 * 1024 * 1024 + 1) /* in several pieces */

enum {
	UNTRUSTED = 13, /* exit code */
};

static struct meeting meeting;
static struct server copy;
static struct terminal terminal;
static char text[1024];

static void
setup(void)
{
	scratch_fill("served/data", 70000, 1);
	meeting_start(&meeting, "a.pem", NULL);
	memset(&terminal, 0, sizeof(terminal));
}

/* Starts fileget --tls with these arguments, and waits for the question. */
static void
meet(const char *const *args)
{
	terminal_start(&terminal, meeting.server.port, args, meeting_config());
	terminal_await(&terminal, "127.0.0.1:");
	terminal_await(&terminal, "is new to this fileget");
	terminal_await(&terminal, meeting.key);
	terminal_await(&terminal, QUESTION);
}

static const struct {
	const char *keys;
	int code;
} answers[] = {
    {"yes\n", 0}, {"  YES \n", 0}, {"KEY\n", 0}, /* the key itself */
    {"no\n", UNTRUSTED}, {"n\n", UNTRUSTED},
    {"K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EE\n", UNTRUSTED},
    {"\004", UNTRUSTED}, /* end of input */
    {"\003", 130},	 /* Ctrl-C */
};

START_TEST(a_person_is_asked)
{
	const char *keys = answers[_i].keys;

	meet(HERE_LIST("--tls", "data"));
	ck_assert(!scratch_exists("here/newdata"));
	if (strcmp(keys, "KEY\n") == 0) {
		snprintf(text, sizeof(text), "%s\n", meeting.key);
		keys = text;
	}
	terminal_type(&terminal, keys);
	ck_assert_int_eq(terminal_wait(&terminal), answers[_i].code);
	if (answers[_i].code == 0) {
		sum_expect_files("here/newdata", "served/data");
		meeting_expect_known(meeting.line);
	} else {
		here_expect_names("here", "nothing", HERE_LIST(NULL));
		meeting_expect_known("");
	}
	server_stop(&meeting.server);
}
END_TEST

START_TEST(an_unclear_answer_is_no_answer)
{
	meet(HERE_LIST("--tls", "data"));
	terminal_type(&terminal, "what?\n");
	terminal_await(&terminal, "Please type yes or no.");
	terminal_await(&terminal, QUESTION);
	terminal_type(&terminal, "\n");
	terminal_await(&terminal, QUESTION);
	terminal_type(&terminal, "y\n");
	ck_assert_int_eq(terminal_wait(&terminal), UNTRUSTED);
	ck_assert(terminal_shows(&terminal, "was not confirmed"));
	here_expect_names("here", "nothing", HERE_LIST(NULL));
	server_stop(&meeting.server);
}
END_TEST

START_TEST(nobody_is_asked_twice)
{
	meet(HERE_LIST("--tls", "data"));
	terminal_type(&terminal, "yes\n");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	scratch_clear("here");
	memset(&terminal, 0, sizeof(terminal));
	terminal_start(&terminal, meeting.server.port, HERE_LIST("data"),
	    meeting_config());
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	ck_assert(!terminal_shows(&terminal, QUESTION));
	sum_expect_files("here/newdata", "served/data");
	server_stop(&meeting.server);
}
END_TEST

/* No connection waits for the answer: the server has ended the first one, as
 * with a limit on the beginning of TLS it would. */
START_TEST(a_person_may_think_for_long)
{
	meet(HERE_LIST("--tls", "data"));
	program_await_err(&meeting.server.program,
	    "the client does not accept this server's key");
	terminal_type(&terminal, "yes\n");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	sum_expect_files("here/newdata", "served/data");
	server_stop(&meeting.server);
}
END_TEST

/* Returns how often the terminal has shown a text. */
static unsigned
count_shown(const char *shown)
{
	const char *at = terminal.text;
	unsigned n = 0;

	for (; (at = strstr(at, shown)) != NULL; at++)
		n++;
	return n;
}

/* The connections of -j to two servers with one key: a question for each. */
START_TEST(each_server_is_asked_about_once)
{
	char list[64], key_path[SCRATCH_PATH];

	server_stop(&meeting.server);
	several_make_copies(SIZE);
	/* Slow enough for the second to be of use. */
	meeting_start(&meeting, "a.pem", HERE_LIST("--limit-rate", "8M"));
	several_start_copy(&copy,
	    HERE_LIST("--limit-rate", "8M", "--tls", "--key-file",
		scratch_path(key_path, "outside/a.pem")));
	snprintf(list, sizeof(list), "127.0.0.1:%u,127.0.0.1:%u",
	    meeting.server.port, copy.port);
	terminal_start_list(&terminal, list,
	    HERE_LIST("--tls", "-j", "6", "data"), meeting_config());
	terminal_await(&terminal, QUESTION);
	terminal_type(&terminal, "yes\n");
	terminal_await(&terminal, QUESTION);
	terminal_type(&terminal, "yes\n");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	ck_assert_uint_eq(count_shown(QUESTION), 2);
	sum_expect_files("here/newdata", "served/data");
	server_stop(&meeting.server);
	server_stop(&copy);
}
END_TEST

START_TEST(the_prompt_begins_with_the_question)
{
	meet(HERE_LIST("--tls"));
	terminal_type(&terminal, "yes\n");
	terminal_await_prompt(&terminal, "file to fetch");
	terminal_type(&terminal, "data\n");
	terminal_await(&terminal, "verified");
	terminal_await_prompt(&terminal, "file to fetch");
	terminal_type(&terminal, "\n");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	sum_expect_files("here/newdata", "served/data");
	server_stop(&meeting.server);
}
END_TEST

Suite *
first_meeting_suite(void)
{
	Suite *suite = suite_create("first_meeting");
	TCase *tcase = harness_case(suite, "question", 90);

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, a_person_is_asked, 0, HARNESS_ROWS(answers));
	tcase_add_test(tcase, an_unclear_answer_is_no_answer);
	tcase_add_test(tcase, nobody_is_asked_twice);
	tcase_add_test(tcase, a_person_may_think_for_long);
	tcase_add_test(tcase, each_server_is_asked_about_once);
	tcase_add_test(tcase, the_prompt_begins_with_the_question);
	return suite;
}
