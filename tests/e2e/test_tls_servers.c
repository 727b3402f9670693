/*
 * Servers of TLS that are no fileserv, played by openssl(1): fileget says with
 * one line what they lack, whatever key was given; it remembers and writes
 * nothing.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/program.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

#define WRONG_KEY "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GG"

static struct program client, peer;

/* Makes a key and a certificate, prints the key's name, and serves with the
 * options in $1. */
static const char script[] =
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    " -keyout key.pem -out cert.pem -subj /CN=other -days 1 2>/dev/null &&"
    " echo \"key $(openssl pkey -in key.pem -pubout -outform DER |"
    " openssl dgst -sha256 -binary | base32 | cut -c 1-26)\" &&"
    " exec openssl s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem $1";

static const struct {
	const char *title;
	const char *options; /* of openssl s_server */
	bool is_wrong;	     /* another key is given */
	int code;
	const char *said;
} rows[] = {
    {"TLS 1.2", "-tls1_2 -alpn fileserv/1", false, 7, "speaks no TLS 1.3"},
    {"TLS 1.2, another key", "-tls1_2 -alpn fileserv/1", true, 7,
	"speaks no TLS 1.3"},
    {"HTTP/2", "-alpn h2", false, 7, "another protocol inside TLS"},
    {"no protocol", "", false, 7, "another protocol inside TLS"},
    {"no protocol, another key", "", true, 13,
	"which is not the one that was given"},
    {"another key", "-alpn fileserv/1", true, 13,
	"which is not the one that was given"},
};

static bool
has_ended_or_accepts(void *unused)
{
	const char *at = strstr(program_out(&peer), "ACCEPT 127.0.0.1:");

	(void)unused;
	return program_ended(&peer) || (at != NULL && strchr(at, '\n') != NULL);
}

/* Starts the peer. Returns its port, or 0 if it does not run here. */
static uint16_t
start_peer(const char *options, char key[32])
{
	program_start(&peer,
	    &(struct program_options){.path = "/bin/sh",
		.args =
		    (const char *const[]){"-c", script, "sh", options, NULL},
		.cwd = "served",
		.with_input = true});
	ck_assert(wait_until(has_ended_or_accepts, NULL, WAIT_LIMIT));
	if (program_ended(&peer))
		return 0;
	ck_assert_int_eq(sscanf(strstr(program_out(&peer), "key "),
			     "key %31[A-Z2-7]", key),
	    1);
	return (
	    uint16_t)strtoul(strstr(program_out(&peer), "ACCEPT 127.0.0.1:") +
		strlen("ACCEPT 127.0.0.1:"),
	    NULL, 10);
}

START_TEST(is_told)
{
	char key[32];
	uint16_t port = start_peer(rows[_i].options, key);
	const char *err;

	if (port == 0) {
		harness_skip(rows[_i].title, "no openssl here");
		return;
	}
	here_get(&client, port, rows[_i].code, rows[_i].title,
	    HERE_LIST("--key", rows[_i].is_wrong ? WRONG_KEY : key, "data"));
	err = program_err(&client);
	ck_assert_msg(strstr(err, rows[_i].said) != NULL, "%s: %s",
	    rows[_i].title, err);
	ck_assert_msg(program_lines(err) == 1, "%s: %s", rows[_i].title, err);
	here_expect_harmless(err, rows[_i].title);
	here_expect_names("here", rows[_i].title, HERE_LIST(NULL));
	program_kill(&peer);
}
END_TEST

Suite *
tls_servers_suite(void)
{
	Suite *suite = suite_create("tls_servers");

	tcase_add_loop_test(harness_case(suite, "is told", 60), is_told, 0,
	    (int)HARNESS_ROWS(rows));
	return suite;
}
