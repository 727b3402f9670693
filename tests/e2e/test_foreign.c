/*
 * Peers that are no fileserv: fileget says at once what they speak, with exit
 * code 7 and without trying again, whatever it was asked to do.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/fake.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/program.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

static struct program client, peer;

/* Ways to ask, besides the prompt. */
static const char *const ways[][6] = {
    {"f"},
    {"-l"},
    {"-r", "f"},
    {"-f", "f"},
    {"-q", "-j", "4", "f", "g"},
    {"a*"},
};

static void
expect_told(const char *what)
{
	const char *err;

	here_expect_exit(&client, 7, what);
	err = program_err(&client);
	ck_assert_msg(strstr(err, what) != NULL, "%s", err);
	ck_assert_msg(strstr(err, "trying again") == NULL, "%s", err);
	here_expect_harmless(err, what);
	here_expect_names("here", what, HERE_LIST(NULL));
}

static void
ask_in_all_ways(uint16_t port, const char *what)
{
	size_t i;

	for (i = 0; i < HARNESS_ROWS(ways); i++) {
		client_start(&client, port, ways[i], NULL);
		expect_told(what);
	}
	client_start_with_input(&client, port, NULL, NULL);
	program_say(&client, "f\n");
	program_hang_up(&client);
	expect_told(what);
}

/* ---- peers that greet -----------------------------------------------------
 */

static const struct {
	const char *greeting;
	const char *what;
} greetings[] = {
    {"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "it speaks SSH"},
    {"220 mail.example ESMTP Postfix\r\n", "it is a mail server (SMTP)"},
    {"220 (vsFTPd 3.0.3)\r\n", "it is an FTP server"},
    /* Regression: a short answer vanished. */
    {"moom\n", "an unknown reply, \"moom\""},
    {"\033[2J\033[31mred\n", "an unknown reply"},
};

static void
play_greeting(struct fake *fake)
{
	const char *greeting = fake->argument;

	fake_send(fake, greeting, strlen(greeting));
	fake_stall(fake);
}

START_TEST(one_that_greets)
{
	struct fake fake;

	fake_start(&fake, 100, play_greeting, greetings[_i].greeting);
	ask_in_all_ways(fake.port, greetings[_i].what);
	fake_stop(&fake);
}
END_TEST

/* ---- real ones that say nothing by themselves ------------------------------
 */

static bool
has_ended_or_said(void *text)
{
	const char *at = strstr(program_out(&peer), text);

	return program_ended(&peer) || (at != NULL && strchr(at, '\n') != NULL);
}

/* Starts a shell command and returns the number behind this text in its output,
 * a port; 0 if the command does not run here. */
static uint16_t
start_peer(const char *command, const char *text)
{
	const char *const args[] = {"-c", command, NULL};
	char wanted[32];

	program_start(&peer,
	    &(struct program_options){.path = "/bin/sh",
		.args = args,
		.cwd = "served",
		.with_input = true});
	strlcpy(wanted, text, sizeof(wanted));
	ck_assert(wait_until(has_ended_or_said, wanted, WAIT_LIMIT));
	return program_ended(&peer) ?
	    0 :
	    (uint16_t)strtoul(strstr(program_out(&peer), text) + strlen(text),
		NULL, 10);
}

/* It waits for the end of a line. */
START_TEST(a_web_server)
{
	uint16_t port =
	    start_peer("exec python3 -u -m http.server 0 --bind 127.0.0.1",
		" port ");

	if (port == 0) {
		harness_skip("a_web_server", "no python3 here");
		return;
	}
	ask_in_all_ways(port, "it speaks HTTP, as web servers do");
	program_kill(&peer);
}
END_TEST

/* It closes the connection without a word. */
START_TEST(a_server_of_tls)
{
	uint16_t port =
	    start_peer("exec openssl s_server -nocert -accept 127.0.0.1:0",
		"ACCEPT 127.0.0.1:");

	if (port == 0) {
		harness_skip("a_server_of_tls", "no openssl here");
		return;
	}
	ask_in_all_ways(port, "it speaks TLS, as https servers do");
	program_kill(&peer);
}
END_TEST

/* ---- a fileserv that takes its time ---------------------------------------
 */

static void
play_late(struct fake *fake)
{
	struct fake_asked asked;

	if (fake_ask(fake, &asked) && fake_pause(fake, 2500 * CLOCK_MS))
		fake_refuse(fake, PROTOCOL_NOT_FOUND, "none");
}

/* It is asked after two seconds, and waited for. */
START_TEST(a_slow_fileserv)
{
	struct fake fake;

	fake_start(&fake, 10, play_late, NULL);
	here_get(&client, fake.port, 4, "late", HERE_LIST("f"));
	ck_assert_uint_eq(atomic_load(&fake.taken), 1);
	fake_stop(&fake);
}
END_TEST

Suite *
foreign_suite(void)
{
	Suite *suite = suite_create("foreign");
	TCase *tcase = harness_case(suite, "foreign", 60);

	tcase_add_loop_test(tcase, one_that_greets, 0, HARNESS_ROWS(greetings));
	tcase_add_test(tcase, a_web_server);
	tcase_add_test(tcase, a_server_of_tls);
	tcase_add_test(tcase, a_slow_fileserv);
	return suite;
}
