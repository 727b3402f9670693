/* Patterns in names, expanded by the client from the server's lists. */

#include <stdio.h>
#include <string.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

static struct server server;
static struct program client;

static void
start(const char *const *options)
{
	scratch_mkdir("served/logs");
	scratch_fill("served/logs/a.gz", 1000, 1);
	scratch_fill("served/logs/b.gz", 100000, 2);
	scratch_fill("served/logs/c.txt", 10, 3);
	scratch_fill("served/logs/.d.gz", 10, 4);
	scratch_mkdir("served/logs/old.gz");
	scratch_fill("served/logs/old.gz/e.gz", 20, 5);
	scratch_mkdir("served/logs/older");
	scratch_fill("served/logs/older/f.gz", 20, 6);
	scratch_mkdir("served/more");
	scratch_fill("served/more/g.gz", 20, 7);
	scratch_fill("served/a*b", 30, 8);
	scratch_fill("served/axb", 30, 9);
	scratch_fill("served/[q]", 30, 10);
	server_start(&server, options);
}

static const struct {
	const char *row;
	const char *const args[6];
	int code;
	const char *const got[5];
	const char *said;
} globs[] = {
    {"a folder's", {"logs/*.gz"}, 0, {"newa.gz", "newb.gz"}, NULL},
    {"one character", {"logs/?.gz"}, 0, {"newa.gz", "newb.gz"}, NULL},
    {"a class", {"logs/[b-c]*"}, 0, {"newb.gz", "newc.txt"}, NULL},
    {"not of a class", {"logs/[!ab]*t"}, 0, {"newc.txt"}, NULL},
    {"a folder by a pattern", {"l*/a.gz"}, 0, {"newa.gz"}, NULL},
    {"both", {"*/?.gz"}, 0, {"newa.gz", "newb.gz", "newg.gz"}, NULL},
    {"three", {"*/*/*"}, 0, {"newe.gz", "newf.gz"}, NULL},
    {"a plain one between", {"*/older/?.gz"}, 0, {"newf.gz"}, NULL},
    {"a file of that very name", {"a*b"}, 0, {"newa*b"}, NULL},
    {"the same, in brackets", {"[q]"}, 0, {"new[q]"}, NULL},
    {"escaped", {"a\\*?"}, 0, {"newa*b"}, NULL},
    {"with -k and others", {"-k", "axb", "logs/a*"}, 0, {"axb", "a.gz"}, NULL},
    {"nothing", {"logs/*.zip"}, 4, {NULL},
	"logs/*.zip: nothing on the server matches"},
    {"no folder", {"none/*"}, 4, {NULL},
	"none/*: nothing on the server matches"},
    {"a file as folder", {"axb/*"}, 4, {NULL},
	"axb/*: nothing on the server matches"},
    {"files as folders", {"*/a.gz/*"}, 4, {NULL},
	"nothing on the server matches"},
    {"only folders", {"m*"}, 4, {NULL}, "only folders match; -r"},
    {"hidden wants its dot", {"logs/?d*"}, 4, {NULL},
	"nothing on the server matches"},
    {"one of several", {"x*", "logs/a*", "y*"}, 4, {"newa.gz"},
	"y*: nothing on the server matches"},
    {"no name", {"../*"}, 2, {NULL}, "../*: not a name"},
    {"-o and one", {"-o", "x", "logs/a*"}, 0, {"x"}, NULL},
    {"-o and two", {"-o", "x", "logs/*.gz"}, 2, {NULL}, "-o"},
    {"-f and two", {"-f", "logs/*.gz"}, 2, {NULL}, "-f"},
};

START_TEST(matching_names)
{
	char here[64], wanted[64];
	const char *const *got;

	start(NULL);
	here_get(&client, server.port, globs[_i].code, globs[_i].row,
	    globs[_i].args);
	here_expect_names("here", globs[_i].row, globs[_i].got);
	if (globs[_i].said != NULL)
		ck_assert_msg(strstr(program_err(&client), globs[_i].said) !=
			NULL,
		    "%s: %s", globs[_i].row, program_err(&client));
	for (got = globs[_i].got; *got != NULL; got++) {
		if (strncmp(*got, "new", 3) != 0)
			continue;
		snprintf(wanted, sizeof(wanted), "served/logs/%s", *got + 3);
		if (!scratch_exists(wanted))
			continue;
		snprintf(here, sizeof(here), "here/%s", *got);
		sum_expect_files(here, wanted);
	}
	server_stop(&server);
}
END_TEST

/* Matches are fetched in the order of their names, not in that of the list. */
START_TEST(sorted)
{
	const char *said, *a, *b;

	start(NULL);
	here_get(&client, server.port, 0, "sorted",
	    HERE_LIST("-v", "--progress=none", "logs/*.gz"));
	said = program_err(&client);
	a = strstr(said, "logs/a.gz -> ");
	b = strstr(said, "logs/b.gz -> ");
	ck_assert(a != NULL && b != NULL && a < b);
	server_stop(&server);
}
END_TEST

/* With its folder's name a match is too long for a request. Regression: this
 * leaked memory, which a sanitizer reports. */
START_TEST(too_long_with_its_folder)
{
	char name[4096];

	start(NULL);
	memset(name, 'x', sizeof(name) - 1);
	memcpy(name, "*/", 2);
	name[sizeof(name) - 1] = '\0';
	here_get(&client, server.port, 4, "too long", HERE_LIST(name));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "nothing on the server matches"));
	server_stop(&server);
}
END_TEST

/* Names from a file are not patterns. */
START_TEST(names_from_a_file_are_not_expanded)
{
	start(NULL);
	scratch_text("here/names", "logs/*.gz\n");
	here_get(&client, server.port, 4, "-i", HERE_LIST("-i", "names"));
	here_expect_names("here", "-i", HERE_LIST("names"));
	server_stop(&server);
}
END_TEST

/* A pattern that begins with a dot matches hidden names if the server lists
 * them. */
START_TEST(hidden_names)
{
	start(HERE_LIST("--hidden"));
	here_get(&client, server.port, 0, "hidden", HERE_LIST("logs/.*"));
	here_expect_names("here", "hidden", HERE_LIST("new.d.gz"));
	sum_expect_files("here/new.d.gz", "served/logs/.d.gz");
	server_stop(&server);
}
END_TEST

START_TEST(a_server_that_does_not_list)
{
	start(HERE_LIST("--no-list"));
	here_get(&client, server.port, 5, "--no-list",
	    HERE_LIST("logs/*", "axb", "a*b"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "this server does not list"));
	here_expect_names("here", "--no-list", HERE_LIST("newaxb", "newa*b"));
	/* Regression: the message had an empty name. */
	here_get(&client, server.port, 5, "at the top", HERE_LIST("*x"));
	ck_assert_msg(strstr(program_err(&client),
			  "fileget: *x: the server says: ") != NULL,
	    "%s", program_err(&client));
	server_stop(&server);
}
END_TEST

Suite *
globs_suite(void)
{
	Suite *suite = suite_create("globs");
	TCase *tcase = harness_case(suite, "globs", 60);

	tcase_add_loop_test(tcase, matching_names, 0, (int)HARNESS_ROWS(globs));
	tcase_add_test(tcase, sorted);
	tcase_add_test(tcase, too_long_with_its_folder);
	tcase_add_test(tcase, names_from_a_file_are_not_expanded);
	tcase_add_test(tcase, hidden_names);
	tcase_add_test(tcase, a_server_that_does_not_list);
	return suite;
}
