/*
 * Other programs and an encrypted server: openssl(1) and a few lines of Python
 * fetch a file and know the server by its key. What is not TLS 1.3 with our
 * protocol inside is refused with the alert that says so, and the server goes
 * on.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/program.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

enum {
	NO_PROGRAM = 127, /* exit code of a shell and of env(1) */
	SIZE = 300000,	  /* bytes of the served file, several records */
};

static struct server server;
static struct program tool;

static void
start_encrypted(const char *options[3])
{
	char path[SCRATCH_PATH];

	scratch_fill("served/data", SIZE, 1);
	server_start(&server,
	    (const char *const[]){options[0], "-v", "--key-file",
		scratch_path(path, "key.pem"), options[1], options[2], NULL});
}

/* Runs a shell script in the folder "here" to its end; $1 is the port, $2 the
 * server's key. Returns the exit code. */
static int
run_script(const char *script, const char *key)
{
	char port[8];

	snprintf(port, sizeof(port), "%u", server.port);
	program_start(&tool,
	    &(struct program_options){.path = "/bin/sh",
		.args =
		    (const char *const[]){"-c", script, "sh", port, key, NULL},
		.cwd = "here"});
	return program_wait(&tool, WAIT_LIMIT);
}

/* Returns whether a program is here; if not, says that the test is skipped. */
static bool
have(const char *program, const char *test)
{
	char script[64], why[64];

	snprintf(script, sizeof(script), "command -v %s", program);
	if (run_script(script, "") == 0)
		return true;
	snprintf(why, sizeof(why), "no %s here", program);
	harness_skip(test, why);
	return false;
}

/* Copies the key that the start lines carry. */
static void
announced_key(char key[64])
{
	const char *at = strstr(program_out(&server.program), "--key ");

	ck_assert_msg(at != NULL, "%s", program_out(&server.program));
	ck_assert_int_eq(sscanf(at, "--key %63[A-Z2-7-]", key), 1);
	ck_assert_uint_eq(strlen(key), 32);
}

/* Its input stays open until all bytes of the reply are there: openssl ends
 * with its input, the server only with the connection. */
#define FETCH_BY_OPENSSL                                                       \
	": >reply; n=0\n"                                                      \
	"{ printf '\\000\\000\\000\\004data'\n"                                \
	"  until [ $(wc -c <reply) -ge 300008 ] || [ $n -ge 300 ]; do\n"       \
	"    sleep 0.1; n=$((n + 1)); done; } |\n"                             \
	"openssl s_client -connect 127.0.0.1:$1 -alpn fileserv/1 -tls1_3 \\\n" \
	"  -quiet -no_ign_eof >reply 2>openssl.err\n"                          \
	"head -c 8 reply | od -An -tx1 >size; tail -c +9 reply >data\n"        \
	"grep -q ' 00 00 00 00 00 04 93 e0' size || cat openssl.err >&2"

static void
fetch_by_openssl(void)
{
	ck_assert_int_eq(run_script(FETCH_BY_OPENSSL, ""), 0);
	ck_assert_str_eq(program_err(&tool), "");
	sum_expect_files("here/data", "served/data");
}

START_TEST(openssl_fetches)
{
	start_encrypted((const char *[3]){"--tls", NULL, NULL});
	if (!have("openssl", "openssl_fetches"))
		return;
	fetch_by_openssl();
	server_stop(&server);
}
END_TEST

/* The key that the server announces is that of openssl's own reckoning. */
START_TEST(openssl_knows_the_key)
{
	char key[64];

	start_encrypted((const char *[3]){"--tls", NULL, NULL});
	if (!have("openssl", "openssl_knows_the_key"))
		return;
	announced_key(key);
	ck_assert_msg(run_script("[ \"$(openssl pkey -in ../key.pem -pubout "
				 "-outform DER | openssl dgst -sha256 -binary |"
				 " base32 | cut -c 1-26)\" = "
				 "\"$(echo $2 | tr -d -)\" ]",
			  key) == 0,
	    "%s", program_err(&tool));
	ck_assert_msg(
	    run_script("[ \"$(openssl s_client -connect 127.0.0.1:$1 -alpn "
		       "fileserv/1 </dev/null 2>/dev/null | openssl x509 "
		       "-noout -pubkey | openssl pkey -pubin -outform DER | "
		       "openssl dgst -sha256 -binary | base32 | cut -c 1-26)\" "
		       "= \"$(echo $2 | tr -d -)\" ]",
		key) == 0,
	    "%s", program_err(&tool));
	server_stop(&server);
}
END_TEST

/* Writes the program that PROTOCOL.md shows to the file "fetch.py". */
static void
extract_python(void)
{
	static char text[128 * 1024];
	FILE *file = fopen("common/PROTOCOL.md", "re");
	char *from, *to;
	size_t len;

	ck_assert_msg(file != NULL, "run this in the sources' folder");
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	from = strstr(text, "```python\n");
	ck_assert_ptr_nonnull(from);
	from += strlen("```python\n");
	to = strstr(from, "```\n");
	ck_assert_ptr_nonnull(to);
	*to = '\0';
	scratch_text("fetch.py", from);
}

/* Runs that program against the server, which it expects to have this key. */
static int
fetch_by_python(const char *key)
{
	char port[8];

	extract_python();
	snprintf(port, sizeof(port), "%u", server.port);
	program_start(&tool,
	    &(struct program_options){.path = "/usr/bin/env",
		.args = (const char *const[]){"python3", "../fetch.py", port,
		    key, "data", NULL},
		.cwd = "here"});
	return program_wait(&tool, WAIT_LIMIT);
}

START_TEST(python_fetches)
{
	char key[64];
	int code;

	start_encrypted((const char *[3]){"--tls", NULL, NULL});
	announced_key(key);
	code = fetch_by_python(key);
	if (code == NO_PROGRAM) {
		harness_skip("python_fetches", "no python3 here");
		return;
	}
	ck_assert_msg(code == 0, "%s", program_err(&tool));
	sum_expect_files("here/data", "served/data");
	/* Control: it compares the key. */
	scratch_remove("here/data");
	key[31] = key[31] == 'A' ? 'B' : 'A';
	ck_assert_int_ne(fetch_by_python(key), 0);
	here_expect_names("here", "another key", HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

/* ---- what is refused ------------------------------------------------------
 */

static const struct {
	const char *title;
	const char *options; /* of openssl s_client */
	const char *alert;   /* in its output */
	const char *log;     /* in that of the server */
} refused[] = {
    {"TLS 1.2", "-tls1_2 -alpn fileserv/1", "alert protocol version",
	"speaks no TLS 1.3"},
    {"no protocol", "-tls1_3", "no application protocol",
	"another protocol inside TLS"},
    {"HTTP/2", "-tls1_3 -alpn h2", "no application protocol",
	"another protocol inside TLS"},
    {"HTTP/1.1", "-tls1_3 -alpn http/1.1", "no application protocol",
	"another protocol inside TLS"},
    {"a longer name", "-tls1_3 -alpn fileserv/11", "no application protocol",
	"another protocol inside TLS"},
};

START_TEST(others_are_refused)
{
	static const char *const modes[] = {"--tls", "--tls=on"};
	char script[512];

	start_encrypted((const char *[3]){modes[_i % 2], NULL, NULL});
	if (!have("openssl", "others_are_refused"))
		return;
	snprintf(script, sizeof(script),
	    "printf '\\000\\000\\000\\004data' | openssl s_client -connect "
	    "127.0.0.1:$1 %s -ign_eof",
	    refused[_i / 2].options);
	ck_assert_msg(run_script(script, "") != 0, "%s", refused[_i / 2].title);
	ck_assert_msg(strstr(program_err(&tool), refused[_i / 2].alert) != NULL,
	    "%s: %s", refused[_i / 2].title, program_err(&tool));
	program_await_err(&server.program, refused[_i / 2].log);
	fetch_by_openssl();
	server_stop(&server);
}
END_TEST

/* A browser or curl is refused too, and its request is never read. */
START_TEST(https_is_refused)
{
	start_encrypted((const char *[3]){"--tls", NULL, NULL});
	if (!have("curl", "https_is_refused"))
		return;
	ck_assert_int_ne(
	    run_script("curl -skS --max-time 20 https://127.0.0.1:$1/data", ""),
	    0);
	ck_assert_str_eq(program_out(&tool), "");
	program_await_err(&server.program, "another protocol inside TLS");
	ck_assert_ptr_null(strstr(program_err(&server.program), "GET"));
	server_stop(&server);
}
END_TEST

/* Without --tls the hello of a client is refused, not taken for requests. */
START_TEST(a_plain_server)
{
	scratch_fill("served/data", SIZE, 1);
	server_start(&server, (const char *const[]){"-v", NULL});
	if (!have("openssl", "a_plain_server"))
		return;
	ck_assert_int_ne(run_script("openssl s_client -connect 127.0.0.1:$1 "
				    "-tls1_3 "
				    "-alpn fileserv/1 </dev/null",
			     ""),
	    0);
	server_stop(&server);
}
END_TEST

Suite *
tls_tools_suite(void)
{
	Suite *suite = suite_create("tls_tools");
	TCase *fetches = harness_case(suite, "fetches", 60);
	TCase *refuses = harness_case(suite, "refuses", 60);

	tcase_add_test(fetches, openssl_fetches);
	tcase_add_test(fetches, openssl_knows_the_key);
	tcase_add_test(fetches, python_fetches);
	tcase_add_loop_test(refuses, others_are_refused, 0,
	    2 * (int)HARNESS_ROWS(refused));
	tcase_add_test(refuses, https_is_refused);
	tcase_add_test(refuses, a_plain_server);
	return suite;
}
