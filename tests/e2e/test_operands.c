/*
 * The server and the names on the command line: links, and names as people
 * write them.
 */

#include <stdio.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

static struct program client;
static struct server server;
static char link_text[256];

/* Writes a link to this name on the server. */
static const char *
make_link(const char *name)
{
	snprintf(link_text, sizeof(link_text), "files://127.0.0.1:%u/%s",
	    server.port, name);
	return link_text;
}

START_TEST(a_link)
{
	scratch_mkdir("served/a b");
	scratch_fill("served/a b/50%*.txt", 1000, 1);
	scratch_fill("served/a b/50%x.txt", 1000, 2);
	server_start(&server, NULL);
	client_start_plain(&client,
	    HERE_LIST("-k", make_link("a%20b/50%25%2a.txt")));
	here_expect_exit(&client, 0, "a link");
	sum_expect_files("here/50%*.txt", "served/a b/50%*.txt");
	here_expect_names("here", "a link", HERE_LIST("50%*.txt"));
	/* It names one file, whatever characters are in it. */
	client_start_plain(&client, HERE_LIST(make_link("a%20b/%2a.txt")));
	here_expect_exit(&client, 4, "no pattern");
	client_start_plain(&client, HERE_LIST("-l", make_link("a%20b/")));
	here_expect_exit(&client, 0, "a folder");
	ck_assert_ptr_nonnull(strstr(program_out(&client), "50%*.txt\n"));
	client_start_plain(&client, HERE_LIST("-q", "-r", make_link("")));
	here_expect_exit(&client, 0, "the top");
	sum_expect_files("here/new127.0.0.1/a b/50%x.txt",
	    "served/a b/50%x.txt");
	server_stop(&server);
}
END_TEST

START_TEST(a_link_on_standard_input)
{
	scratch_fill("served/f", 1000, 1);
	server_start(&server, NULL);
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = HERE_LIST("-"),
		.cwd = "here",
		.with_input = true});
	/* Copied from a mail, it has blanks in front. */
	program_say(&client, " \t");
	program_say(&client, make_link("f\r\n"));
	here_expect_exit(&client, 0, "-");
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

/* A line that is no link is not repeated: it may be somebody's text. */
START_TEST(no_link_on_standard_input)
{
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = HERE_LIST("-"),
		.cwd = "here",
		.with_input = true});
	program_say(&client, "\033[31mhello\n");
	here_expect_exit(&client, 2, "-");
	here_expect_harmless(program_err(&client), "-");
	ck_assert_ptr_null(strstr(program_err(&client), "hello"));
}
END_TEST

static const struct {
	const char *args[4];
	int code;
	const char *said; /* on standard output, or in the message */
} names[] = {
    {{"./f"}, 0, ""},
    {{".//./f"}, 0, ""},
    {{"-l", "./d/"}, 0, "g\n"},
    {{"-l", "/"}, 0, "d\n"},
    {{"-q", "-r", "d/"}, 0, ""},
    {{"-q", "-r", "./"}, 0, ""},
    {{"d/"}, 2, "it ends with a /"},
    {{"/f"}, 2, "relative to the served folder"},
    {{"./"}, 2, "the served folder itself, which -r fetches"},
    {{"-l", "/d"}, 2, "relative to the served folder"},
    {{"../f"}, 2, "without '..'"},
};

START_TEST(names_as_people_write_them)
{
	size_t i;

	scratch_mkdir("served/d");
	scratch_fill("served/d/g", 10, 1);
	scratch_fill("served/f", 10, 1);
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(names); i++) {
		here_get(&client, server.port, names[i].code, names[i].args[0],
		    names[i].args);
		ck_assert_msg(strstr(names[i].code == 0 ? program_out(&client) :
							  program_err(&client),
				  names[i].said) != NULL,
		    "%s", program_err(&client));
	}
	sum_expect_files("here/newf", "served/f");
	sum_expect_files("here/newd/g", "served/d/g");
	server_stop(&server);
}
END_TEST

/* A port behind a host with a port is a name, and the message says so. */
START_TEST(a_port_too_many)
{
	char host[32], port[8];

	scratch_fill("served/f", 10, 1);
	server_start(&server, NULL);
	snprintf(host, sizeof(host), "127.0.0.1:%u", server.port);
	snprintf(port, sizeof(port), "%u", server.port);
	client_start_plain(&client, HERE_LIST(host, port, "f"));
	here_expect_exit(&client, 4, "two ports");
	ck_assert_msg(strstr(program_err(&client),
			  "the port is in HOST:PORT already, so this is a "
			  "NAME\n") != NULL,
	    "%s", program_err(&client));
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

Suite *
operands_suite(void)
{
	Suite *suite = suite_create("operands");
	TCase *tcase = harness_case(suite, "operands", 60);

	tcase_add_test(tcase, a_link);
	tcase_add_test(tcase, a_link_on_standard_input);
	tcase_add_test(tcase, no_link_on_standard_input);
	tcase_add_test(tcase, names_as_people_write_them);
	tcase_add_test(tcase, a_port_too_many);
	return suite;
}
