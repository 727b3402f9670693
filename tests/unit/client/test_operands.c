/*
 * operands: host, port and names, links, and what is removed from names.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/operands.h"
#include "tests/unit/unit.h"

enum {
	WORDS = 4,
};

static struct operands options;
static struct server_list servers;
static char words[WORDS][256];
static char *list[WORDS + 1];
static char error[OPERANDS_ERROR];

/* Reads these operands; those that are NULL are not there. */
static int
read_words(const char *const *operands)
{
	int n;

	memset(list, 0, sizeof(list));
	for (n = 0; n < WORDS && operands[n] != NULL; n++) {
		strlcpy(words[n], operands[n], sizeof(words[n]));
		list[n] = words[n];
	}
	error[0] = '\0';
	return operands_read(&options, n, list, error);
}

static void
setup(void)
{
	memset(&options, 0, sizeof(options));
	options.servers = &servers;
	server_list_open(&servers);
}

static const struct {
	const char *operands[WORDS];
	const char *host;
	unsigned port;
	const char *names[2];
	bool exact;
} good[] = {
    {{"h", "80"}, "h", 80, {NULL}, false},
    {{"h", "80", "a", "b"}, "h", 80, {"a", "b"}, false},
    {{"h:80", "a"}, "h", 80, {"a"}, false},
    /* A host with a port has no PORT operand. */
    {{"h:80", "81", "a"}, "h", 80, {"81", "a"}, false},
    {{"[::1]:80", "a"}, "::1", 80, {"a"}, false},
    {{"::1", "80", "a"}, "::1", 80, {"a"}, false},
    /* PORT is for those of a list that have none. */
    {{"h,i:81", "80", "a"}, "h", 80, {"a"}, false},
    {{"h:81,i", "80", "a"}, "h", 81, {"a"}, false},
    {{"h:81,i:82", "80", "a"}, "h", 81, {"80", "a"}, false},
    {{"h", "80", "./a"}, "h", 80, {"a"}, false},
    {{"h", "80", ".//./a"}, "h", 80, {"a"}, false},
    {{"h", "80", "./"}, "h", 80, {"."}, false},
    {{"h", "80", ".a"}, "h", 80, {".a"}, false},
    {{"h", "80", "a/"}, "h", 80, {"a/"}, false},
    {{"files://h:80/a"}, "h", 80, {"a"}, true},
    {{"files://h/a/b"}, "h", 8080, {"a/b"}, true},
    {{"files://[::1]:80/a"}, "::1", 80, {"a"}, true},
    {{"files://h:80/%C3%A9%2fa%25%2A%3f"}, "h", 80, {"\303\251/a%*?"}, true},
    {{"files://h:80/a?b&c=d"}, "h", 80, {"a?b&c=d"}, true},
    {{"files://h:80/./a"}, "h", 80, {"a"}, true},
    {{"files://h:80/"}, "h", 80, {NULL}, true},
    {{"files://h:80"}, "h", 80, {NULL}, true},
};

START_TEST(test_good)
{
	int n = 0;

	ck_assert_msg(read_words(good[_i].operands) == 0, "%s", error);
	ck_assert_str_eq(servers.members[0].host, good[_i].host);
	ck_assert_uint_eq(servers.members[0].port, good[_i].port);
	ck_assert(options.names_are_exact == good[_i].exact);
	for (; n < 2 && good[_i].names[n] != NULL; n++)
		ck_assert_str_eq(options.names[n], good[_i].names[n]);
	ck_assert_int_eq(options.n_names, n);
	ck_assert_ptr_null(options.names[n]);
}
END_TEST

/* With -r and -l, slashes at the end say no more than the option does. */
START_TEST(test_folders)
{
	static const struct {
		const char *operands[WORDS];
		const char *name;
	} rows[] = {
	    {{"h", "80", "a/"}, "a"},
	    {{"h", "80", "./a//"}, "a"},
	    {{"h", "80", "/"}, "."},
	    {{"h", "80", "//"}, "."},
	    {{"h", "80", "./"}, "."},
	    {{"h", "80", "."}, "."},
	    {{"h", "80", "/a"}, "/a"},
	    {{"files://h/a/"}, "a"},
	};
	size_t i;

	for (i = 0; i < 2 * UNIT_ROWS(rows); i++) {
		setup();
		options.is_list = i % 2 == 0;
		options.is_tree = !options.is_list;
		ck_assert_int_eq(read_words(rows[i / 2].operands), 0);
		ck_assert_int_eq(options.n_names, 1);
		ck_assert_str_eq(options.names[0], rows[i / 2].name);
	}
	/* A link without a name is the whole folder for -r. */
	ck_assert_int_eq(read_words((const char *[WORDS]){"files://h"}), 0);
	ck_assert_int_eq(options.n_names, 1);
	ck_assert_str_eq(options.names[0], ".");
}
END_TEST

static const struct {
	const char *operands[WORDS];
	const char *said;
} wrong[] = {
    {{NULL}, "a HOST and a PORT are needed"},
    {{"h"}, "a HOST and a PORT are needed"},
    {{"h", "x"},
	"port: 'x' is neither a number (1 to 65535) nor a known service"},
    {{"h:1,i"}, "a PORT is needed, for 'i' has none"},
    {{"h,i,h", "80"}, "host: h:80 is in the list twice"},
    {{"files://h,i/a"},
	"a link names one server; a list of servers is the operand HOST"},
    {{"files://h:80/a", "b"},
	"a link has host, port and name in it: 'b' is one operand too many"},
    {{"h", "80", "files://h:80/a"},
	"a link is given instead of HOST, PORT and NAME, not with them"},
    {{"files://h:80/a#SECRET"},
	"the link is cut or mistyped: the key behind its # is wrong: it has 6 "
	"letters instead of 26; is a part of it missing? (%23 stands for a # "
	"in a name)"},
    {{"files://h:80/a%0"},
	"the link has '%0' in it, which stands for no character of a name; "
	"%25 stands for %"},
    {{"files://h:80/a%"},
	"the link has '%' in it, which stands for no character of a name; "
	"%25 stands for %"},
    {{"files://h:80/%00"},
	"the link has '%00' in it, which stands for no character of a name; "
	"%25 stands for %"},
    {{"files://h:0/a"}, "link: '0' is too small (1 to 65535)"},
    {{"files:///a"}, "link: '' is no host name (an unset variable?)"},
    {{"http://h:80/a"}, "host: 'http://h:80/a' is a URL: write h:80 a"},
    {{"https://h/a"}, "host: 'https://h/a' is a URL: write h PORT a"},
};

START_TEST(test_wrong)
{
	ck_assert_int_eq(read_words(wrong[_i].operands), -1);
	ck_assert_str_eq(error, wrong[_i].said);
}
END_TEST

/* Gives this text to standard input and reads the operand "-". */
static int
read_from_input(const char *text)
{
	FILE *file = tmpfile();
	int result;

	ck_assert_ptr_nonnull(file);
	ck_assert(fputs(text, file) >= 0);
	rewind(file);
	ck_assert_int_ge(dup2(fileno(file), STDIN_FILENO), 0);
	clearerr(stdin);
	result = read_words((const char *[WORDS]){"-"});
	fclose(file);
	return result;
}

START_TEST(test_input)
{
	static const char *const inputs[] = {"files://h:80/a%20b\n",
	    "files://h:80/a%20b\r\nmore\n", "files://h:80/a%20b"};

	ck_assert_int_eq(read_from_input(inputs[_i]), 0);
	ck_assert_str_eq(servers.members[0].host, "h");
	ck_assert_int_eq(options.n_names, 1);
	ck_assert_str_eq(options.names[0], "a b");
}
END_TEST

START_TEST(test_wrong_input)
{
	static const char *const inputs[] = {"", "\n", "h:80 a\n"};

	ck_assert_int_eq(read_from_input(inputs[_i]), -1);
	ck_assert_str_eq(error,
	    "'-' reads a link (files://HOST:PORT/NAME) from standard input, "
	    "where there is none");
}
END_TEST

/* The name ended at the NUL: another file was fetched. */
START_TEST(test_input_with_nul)
{
	static const char input[] = "files://h:80/a\0b\n";
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(input, sizeof(input) - 1, 1, file), 1);
	rewind(file);
	ck_assert_int_ge(dup2(fileno(file), STDIN_FILENO), 0);
	clearerr(stdin);
	ck_assert_int_eq(read_words((const char *[WORDS]){"-"}), -1);
	ck_assert_str_eq(error,
	    "the link on standard input has a NUL byte in it");
	fclose(file);
}
END_TEST

/* A link that was made by --share: what it says besides the name. */
START_TEST(test_shared)
{
	static const char link[] = "files://h:80/a/#K7QFABCDEFGHIJKLMNOPQRSTUV+"
				   "T4ZMABCDEFGHIJKLMNOPQRSTUV";

	ck_assert_int_eq(read_words((const char *[WORDS]){link}), 0);
	ck_assert(options.has_key && options.has_ticket);
	ck_assert(options.is_argument && options.is_folder);
	ck_assert_str_eq(options.key.letters, "K7QFABCDEFGHIJKLMNOPQRSTUV");
	ck_assert_str_eq(options.ticket.letters, "T4ZMABCDEFGHIJKLMNOPQRSTUV");
	ck_assert_str_eq(options.names[0], "a");
	setup();
	ck_assert_int_eq(read_from_input(link), 0);
	ck_assert(options.has_ticket && !options.is_argument);
}
END_TEST

START_TEST(test_trim_slashes)
{
	static const struct {
		const char *name, *trimmed;
	} names[] = {
	    {"a", "a"},
	    {"a/", "a"},
	    {"a/b///", "a/b"},
	    {"/", "/"},
	    {"//", "//"},
	    {"", ""},
	    {"a*/", "a*/"},
	};
	char name[16];
	size_t i;

	for (i = 0; i < UNIT_ROWS(names); i++) {
		strlcpy(name, names[i].name, sizeof(name));
		ck_assert_uint_eq(operands_trim_slashes(name, strlen(name)),
		    strlen(names[i].trimmed));
		ck_assert_str_eq(name, names[i].trimmed);
	}
}
END_TEST

Suite *
operands_suite(void)
{
	Suite *suite = suite_create("operands");
	TCase *tcase = unit_case(suite, "operands");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, test_good, 0, UNIT_ROWS(good));
	tcase_add_test(tcase, test_folders);
	tcase_add_test(tcase, test_shared);
	tcase_add_test(tcase, test_trim_slashes);
	tcase_add_loop_test(tcase, test_wrong, 0, UNIT_ROWS(wrong));
	tcase_add_loop_test(tcase, test_input, 0, 3);
	tcase_add_loop_test(tcase, test_wrong_input, 0, 3);
	tcase_add_test(tcase, test_input_with_nul);
	return suite;
}
