/* Servers that are known by a certificate of an authority (--ca): its name,
 * dates and signature count then, and for a key they do not. */

#include <stdio.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/authority.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/meeting.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

#define HOUR 3600L

enum {
	UNTRUSTED = 13, /* exit code */
};

static struct authority authority, other;
static struct meeting meeting;
static struct program client;
static char ca[SCRATCH_PATH], other_ca[SCRATCH_PATH];

static void
setup(void)
{
	scratch_fill("served/data", 70000, 1);
	authority_make(&authority, "ca");
	authority_make(&other, "other-ca");
	scratch_path(ca, "outside/ca.pem");
	scratch_path(other_ca, "outside/other-ca.pem");
}

static void
teardown(void)
{
	authority_free(&authority);
	authority_free(&other);
}

/* Starts a server that has a certificate. */
static void
start(const struct authority_wish *wish)
{
	char certificate[SCRATCH_PATH], key[SCRATCH_PATH];

	authority_sign(&authority, "server", wish);
	server_start(&meeting.server,
	    HERE_LIST("--tls", "--tls-cert",
		scratch_path(certificate, "outside/server.crt"), "--tls-key",
		scratch_path(key, "outside/server.key")));
	meeting_learn(&meeting);
}

static const struct {
	const char *what;
	struct authority_wish wish;
	bool other_ca;
	const char *said; /* NULL: the file arrives */
} rows[] = {
    {"good", {"IP:127.0.0.1", -60, HOUR}, false, NULL},
    {"another address", {"IP:127.0.0.2", -60, HOUR}, false, "IP address"},
    {"a name", {"DNS:localhost", -60, HOUR}, false, "IP address"},
    {"an address as a name", {"DNS:127.0.0.1", -60, HOUR}, false, "IP address"},
    {"expired", {"IP:127.0.0.1", -2 * HOUR, -HOUR}, false, "expired"},
    {"too early", {"IP:127.0.0.1", HOUR, 2 * HOUR}, false, "not yet valid"},
    {"another authority", {"IP:127.0.0.1", -60, HOUR}, true, "certificate"},
};

START_TEST(a_certificate_is_checked)
{
	start(&rows[_i].wish);
	meeting_get(&client, meeting.server.port,
	    rows[_i].said == NULL ? 0 : UNTRUSTED,
	    HERE_LIST("--ca", rows[_i].other_ca ? other_ca : ca, "data"));
	if (rows[_i].said == NULL) {
		sum_expect_files("here/newdata", "served/data");
	} else {
		here_expect_names("here", rows[_i].what, HERE_LIST(NULL));
		meeting_expect_said(&client, "is not confirmed by --ca: ");
		meeting_expect_said(&client, rows[_i].said);
		ck_assert_uint_eq(program_lines(program_err(&client)), 1);
	}
	meeting_expect_known("");
	/* By its key it is known in any case. */
	scratch_clear("here");
	meeting_get(&client, meeting.server.port, 0,
	    HERE_LIST("--ca", other_ca, "--key", meeting.key, "data"));
	sum_expect_files("here/newdata", "served/data");
	meeting_expect_known("");
	server_stop(&meeting.server);
}
END_TEST

/* The name is that of the command line, not of the address. */
START_TEST(the_name_is_the_given_one)
{
	const struct authority_wish wish = {"DNS:localhost", -60, HOUR};
	char server[64];

	start(&wish);
	snprintf(server, sizeof(server), "localhost:%u", meeting.server.port);
	meeting_begin_plain(&client,
	    HERE_LIST(server, "--all-addresses", "--ca", ca, "data"));
	here_expect_exit(&client, 0, "localhost");
	sum_expect_files("here/newdata", "served/data");
	server_stop(&meeting.server);
}
END_TEST

/* A key that made itself a certificate. */
START_TEST(a_key_alone_is_no_certificate)
{
	meeting_start(&meeting, "a.pem", NULL);
	/* Known by its key: --ca asks for more. */
	meeting_write_known(meeting.line);
	meeting_get(&client, meeting.server.port, UNTRUSTED,
	    HERE_LIST("--ca", ca, "data"));
	meeting_expect_said(&client, "is not confirmed by --ca: ");
	meeting_get(&client, meeting.server.port, UNTRUSTED,
	    HERE_LIST("--ca", "system", "data"));
	here_expect_names("here", "nothing", HERE_LIST(NULL));
	server_stop(&meeting.server);
}
END_TEST

START_TEST(a_bad_file_of_authorities_is_refused)
{
	static const char *const files[] = {"outside/none", "outside/empty",
	    "outside/garbage", "outside"};
	static const char *const said[] = {"No such file", "it is empty",
	    "no certificate", "Is a directory"};
	char path[SCRATCH_PATH];

	scratch_text("outside/empty", "");
	scratch_text("outside/garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n");
	meeting_get(&client, 1, UNTRUSTED,
	    HERE_LIST("--ca", scratch_path(path, files[_i]), "data"));
	meeting_expect_said(&client, "fileget: --ca: ");
	meeting_expect_said(&client, files[_i]);
	meeting_expect_said(&client, said[_i]);
	ck_assert_uint_eq(program_lines(program_err(&client)), 1);
	here_expect_names("here", "nothing", HERE_LIST(NULL));
}
END_TEST

Suite *
authority_suite(void)
{
	Suite *suite = suite_create("authority");
	TCase *tcase = harness_case(suite, "ca", 60);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, a_certificate_is_checked, 0,
	    HARNESS_ROWS(rows));
	tcase_add_test(tcase, the_name_is_the_given_one);
	tcase_add_test(tcase, a_key_alone_is_no_certificate);
	tcase_add_loop_test(tcase, a_bad_file_of_authorities_is_refused, 0, 4);
	return suite;
}
