/* fileget -l and -lr with a real server. */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/terminal.h"
#include "tests/harness/wait.h"

enum {
	LISTS_MODE = 10,    /* characters of a mode */
	LISTS_TIME = 16,    /* characters of a time */
	LISTS_MANY = 20000, /* entries of a folder with many pages */
};

static struct server server;
static struct program client;
static struct terminal terminal;

static void
start(const char *const *options)
{
	scratch_fill("served/b", 123456, 1);
	scratch_text("served/a", "text");
	scratch_text("served/.hidden", "text");
	scratch_mkdir("served/sub");
	scratch_text("served/sub/z", "12");
	scratch_mkdir("served/sub/deep");
	scratch_text("served/sub/deep/f", "1");
	scratch_mkdir("served/sub/empty");
	scratch_text("served/sub-", "123");
	scratch_symlink("../outside", "served/leaving");
	scratch_symlink("a", "served/link");
	scratch_symlink("nothing", "served/dangling");
	server_start(&server, options);
}

/* Returns the last column of a line, whose end is the beginning of the next. */
static const char *
name_of(const char *line)
{
	const char *at = line + LISTS_MODE;

	ck_assert_msg(strchr("-d", line[0]) != NULL, "%s", line);
	at += strspn(at, " ");
	at += strspn(at, "0123456789.KMGTB");
	at += 2 + LISTS_TIME + 2;
	return at;
}

/* Expects these names in this order, each followed by '|'. */
static void
expect_listed(const char *text, const char *row, const char *names)
{
	char got[4096] = "";
	const char *name;
	size_t len;

	while (*text != '\0') {
		name = name_of(text);
		len = strcspn(name, "\n");
		ck_assert_uint_lt(strlen(got) + len + 2, sizeof(got));
		strncat(got, name, len);
		strlcat(got, "|", sizeof(got));
		text = name + len + 1;
	}
	ck_assert_msg(strcmp(got, names) == 0, "%s: %s", row, got);
}

static const struct {
	const char *row;
	const char *const args[5];
	int code;
	const char *names;
	const char *said; /* text on standard error */
} lists[] = {
    {"the top", {"-l"}, 0, "a|b|link|sub|sub-|", NULL},
    {"the top by its name", {"--list", "."}, 0, "a|b|link|sub|sub-|", NULL},
    {"a folder", {"-l", "sub"}, 0, "deep|empty|z|", NULL},
    {"a folder below", {"-l", "sub/deep"}, 0, "f|", NULL},
    {"a slash behind", {"-l", "sub/"}, 0, "deep|empty|z|", NULL},
    {"slashes behind", {"-l", "sub/deep//"}, 0, "f|", NULL},
    {"the top, a slash behind", {"-l", "./"}, 0, "a|b|link|sub|sub-|", NULL},
    {"an empty folder", {"-l", "sub/empty"}, 0, "", NULL},
    {"a file", {"-l", "sub/z"}, 0, "sub/z|", NULL},
    {"a link", {"-l", "link"}, 0, "link|", NULL},
    {"files", {"-l", "b", "a"}, 0, "b|a|", NULL},
    {"a tree", {"-lr"}, 0,
	"a|b|link|sub|sub/deep|sub/deep/f|sub/empty|sub/z|sub-|", NULL},
    {"a tree below", {"-lr", "sub"}, 0, "deep|deep/f|empty|z|", NULL},
    {"a tree, a slash behind", {"-lr", "sub/"}, 0, "deep|deep/f|empty|z|",
	NULL},
    {"a tree, --sums", {"-lr", "--sums", "sub"}, 0, "deep|deep/f|empty|z|",
	"nothing is written here, so there are no sums"},
    {"a file's tree", {"-l", "-r", "a"}, 0, "a|", NULL},
    {"a pattern", {"-l", "[ab]"}, 0, "a|b|", NULL},
    {"nothing there", {"-l", "none"}, 4, "", "none: the server says: "},
    {"hidden", {"-l", ".hidden"}, 5, "", ".hidden: "},
    {"leads outside", {"-l", "leaving"}, 5, "", "leaving: "},
    {"no name", {"-l", "../x"}, 2, "", "../x: not a name"},
    {"the first failure counts", {"-l", "none", "../x", "a"}, 4, "a|",
	"../x: not a name"},
    {"no match", {"-l", "x*"}, 4, "", "x*: nothing on the server matches"},
};

START_TEST(listed_entries)
{
	start(NULL);
	here_get(&client, server.port, lists[_i].code, lists[_i].row,
	    lists[_i].args);
	expect_listed(program_out(&client), lists[_i].row, lists[_i].names);
	if (lists[_i].said == NULL)
		ck_assert_str_eq(program_err(&client), "");
	else
		ck_assert_msg(strstr(program_err(&client), lists[_i].said) !=
			NULL,
		    "%s: %s", lists[_i].row, program_err(&client));
	here_expect_names("here", lists[_i].row, HERE_LIST(NULL));
	server_stop(&server);
	/* No file is read for a list. */
	ck_assert_ptr_null(strstr(program_err(&server.program), " DIGEST "));
	ck_assert_ptr_null(strstr(program_err(&server.program), " FETCH "));
}
END_TEST

START_TEST(columns)
{
	scratch_text("served/a", "text");
	scratch_fill("served/b", 123456, 1);
	ck_assert_int_eq(fchmodat(scratch_fd(), "served/a", 0640, 0), 0);
	ck_assert_int_eq(fchmodat(scratch_fd(), "served/b", 0755, 0), 0);
	scratch_age("served/a");
	scratch_age("served/b");
	server_start(&server, NULL);
	client_start(&client, server.port, HERE_LIST("-l"),
	    HERE_LIST("TZ=UTC-2"));
	here_expect_exit(&client, 0, "columns");
	ck_assert_str_eq(program_out(&client),
	    "-rw-r-----       4  2020-09-13 14:26  a\n"
	    "-rwxr-xr-x  123456  2020-09-13 14:26  b\n");
	here_get(&client, server.port, 0, "--json", HERE_LIST("-l", "--json"));
	ck_assert_str_eq(program_out(&client),
	    "{\"name\":\"a\",\"type\":\"file\",\"size\":4,"
	    "\"mtime_ns\":1600000000123456789,\"mode\":\"0640\"}\n"
	    "{\"name\":\"b\",\"type\":\"file\",\"size\":123456,"
	    "\"mtime_ns\":1600000000123456789,\"mode\":\"0755\"}\n");
	server_stop(&server);
}
END_TEST

/* The names of --json can be requested. */
START_TEST(json_names_can_be_fetched)
{
	start(NULL);
	here_get(&client, server.port, 4, "--json -lr",
	    HERE_LIST("-lr", "--json", "sub/deep", "none", "a"));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"sub/deep/f\",\"type\":\"file\",\"size\":1,"));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "{\"name\":\"none\",\"output\":null,\"status\":\"failed\","
	    "\"exit\":4,"));
	ck_assert_uint_eq(program_lines(program_out(&client)), 3);
	server_stop(&server);
}
END_TEST

START_TEST(titles_of_several_folders)
{
	const char *out;

	start(NULL);
	here_get(&client, server.port, 0, "two folders",
	    HERE_LIST("-l", "sub/deep", "sub/empty"));
	out = program_out(&client);
	ck_assert_int_eq(strncmp(out, "sub/deep:\n-", 11), 0);
	ck_assert_ptr_nonnull(strstr(out, "  f\n\nsub/empty:\n"));
	server_stop(&server);
}
END_TEST

START_TEST(a_server_that_does_not_list)
{
	start(HERE_LIST("--no-list"));
	here_get(&client, server.port, 5, "--no-list", HERE_LIST("-l"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "this server does not list"));
	/* A single file can be listed. */
	here_get(&client, server.port, 0, "a file", HERE_LIST("-l", "a"));
	expect_listed(program_out(&client), "a file", "a|");
	server_stop(&server);
}
END_TEST

/* Links inside the folder can lead to a parent. */
START_TEST(circles_are_not_followed)
{
	scratch_mkdir("served/x");
	scratch_mkdir("served/x/y");
	scratch_symlink("..", "served/x/y/up");
	scratch_symlink(".", "served/x/y/same");
	scratch_symlink("../..", "served/x/y/top");
	scratch_text("served/x/y/z", "1");
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "circles", HERE_LIST("-lr"));
	expect_listed(program_out(&client), "circles",
	    "x|x/y|x/y/same|x/y/top|x/y/up|x/y/z|");
	ck_assert_uint_eq(program_lines(program_err(&client)), 3);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "x/y/up: not followed"));
	/* From below, the parent is followed once. */
	here_get(&client, server.port, 0, "below",
	    HERE_LIST("-lr", "-q", "x/y"));
	expect_listed(program_out(&client), "below",
	    "same|top|top/x|top/x/y|up|up/y|z|");
	ck_assert_str_eq(program_err(&client), "");
	server_stop(&server);
}
END_TEST

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder with many pages is listed in the order of names. */
START_TEST(many_pages)
{
	static char *names[LISTS_MANY];
	char path[SCRATCH_PATH], *text;
	const char *at;
	size_t i, len;

	scratch_mkdir("served/many");
	for (i = 0; i < LISTS_MANY; i++) {
		ck_assert_int_gt(asprintf(&names[i], "%x-a-name-of-some-length",
				     (unsigned)i * 2654435761U),
		    0);
		snprintf(path, sizeof(path), "served/many/%s", names[i]);
		scratch_text(path, "");
	}
	qsort(names, LISTS_MANY, sizeof(names[0]), compare);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "many", HERE_LIST("-lr"));
	text = scratch_read(client.out_name, &len);
	at = strchr(text, '\n') + 1;
	for (i = 0; i < LISTS_MANY; i++) {
		at = name_of(at);
		ck_assert_int_eq(strncmp(at, "many/", 5), 0);
		len = strlen(names[i]);
		ck_assert_int_eq(strncmp(at + 5, names[i], len), 0);
		ck_assert_int_eq(at[5 + len], '\n');
		at += 5 + len + 1;
		free(names[i]);
	}
	ck_assert_int_eq(*at, '\0');
	free(text);
	server_stop(&server);
}
END_TEST

/* A folder that cannot be listed does not stop the others. */
START_TEST(a_folder_that_is_not_to_be_read)
{
	scratch_mkdir("served/x");
	scratch_mkdir("served/x/no");
	scratch_text("served/x/no/f", "1");
	scratch_text("served/x/z", "1");
	ck_assert_int_eq(fchmodat(scratch_fd(), "served/x/no", 0, 0), 0);
	server_start_after(&server, NULL, here_drop_power);
	here_get(&client, server.port, 5, "no", HERE_LIST("-lr"));
	expect_listed(program_out(&client), "no", "x|x/no|x/z|");
	ck_assert_int_eq(fchmodat(scratch_fd(), "served/x/no", 0700, 0), 0);
	server_stop(&server);
}
END_TEST

static void
fill_stdout(void)
{
	if (freopen("/dev/full", "w", stdout) == NULL)
		_exit(99);
}

START_TEST(output_that_is_not_read)
{
	start(NULL);
	here_start_after(&client, server.port, HERE_LIST("-lr"), fill_stdout);
	here_expect_exit(&client, 10, "/dev/full");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "standard output"));
	server_stop(&server);
}
END_TEST

START_TEST(no_server)
{
	uint16_t port;

	start(NULL);
	port = server.port;
	server_stop(&server);
	here_get(&client, port, 3, "nobody", HERE_LIST("-l", "a", "b", "c"));
	/* A failure of all names is reported once, and one line tells of the
	 * others. */
	ck_assert_uint_eq(program_lines(program_err(&client)), 2);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "2 more names were not begun\n"));
}
END_TEST

START_TEST(interrupted)
{
	struct fake fake;

	fake_start(&fake, 1, fake_stall, NULL);
	client_start(&client, fake.port, HERE_LIST("-lr", "a", "b"), NULL);
	while (atomic_load(&fake.taken) == 0)
		ck_assert(!program_ended(&client));
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "SIGINT");
	fake_stop(&fake);
}
END_TEST

/* On a terminal sizes are rounded and control characters escaped. */
START_TEST(on_a_terminal)
{
	scratch_fill("served/b", 5 * 1024 * 1024, 1);
	scratch_text("served/\033[2J\377", "text");
	server_start(&server, NULL);
	terminal_start(&terminal, server.port, HERE_LIST("-l"), NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	ck_assert(terminal_shows(&terminal, "    4 B  "));
	ck_assert(terminal_shows(&terminal, "  \\033[2J\\377\r\n"));
	ck_assert(terminal_shows(&terminal, " 5.0 MiB  "));
	ck_assert(!terminal_shows(&terminal, "\033"));
	/* Elsewhere sizes are exact. */
	here_get(&client, server.port, 0, "exact", HERE_LIST("-l"));
	expect_listed(program_out(&client), "exact", "\033[2J\377|b|");
	ck_assert_ptr_nonnull(strstr(program_out(&client), " 5242880  "));
	server_stop(&server);
}
END_TEST

Suite *
lists_suite(void)
{
	Suite *suite = suite_create("lists");
	TCase *tcase;

	tcase = harness_case(suite, "lists", 60);
	tcase_add_loop_test(tcase, listed_entries, 0, (int)HARNESS_ROWS(lists));
	tcase_add_test(tcase, columns);
	tcase_add_test(tcase, json_names_can_be_fetched);
	tcase_add_test(tcase, titles_of_several_folders);
	tcase_add_test(tcase, circles_are_not_followed);
	tcase_add_test(tcase, many_pages);
	tcase_add_test(tcase, on_a_terminal);
	tcase = harness_case(suite, "failures", 60);
	tcase_add_test(tcase, a_server_that_does_not_list);
	tcase_add_test(tcase, a_folder_that_is_not_to_be_read);
	tcase_add_test(tcase, output_that_is_not_read);
	tcase_add_test(tcase, no_server);
	tcase_add_test(tcase, interrupted);
	return suite;
}
