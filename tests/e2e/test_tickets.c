/*
 * fileserv --share: one thing for whoever has the link, and fileget with that
 * link. No output of either program has the ticket, but for the line that is
 * pasted.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/shared.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"
#include "tests/harness/wait.h"

static struct program client;
static struct shared shared;

/* Fetches with the link as this client, and checks the exit code. */
static void
get(const char *who, int code, const char *what, const char *const *options)
{
	shared_get(&client, shared.link, who, options);
	here_expect_exit(&client, code, what);
	shared_expect_secret(&shared, program_out(&client));
	shared_expect_secret(&shared, program_err(&client));
}

START_TEST(a_file_once)
{
	scratch_fill("outside/it's 50%.iso", 3000000, 1);
	shared_start(&shared, "outside/it's 50%.iso", NULL);
	get("one", 0, "a file", HERE_LIST("-v"));
	sum_expect_files("here/newit's 50%.iso", "outside/it's 50%.iso");
	shared_expect_end(&shared, "has it; the link is used up");
	ck_assert_ptr_nonnull(
	    strstr(program_err(&shared.program), " FETCH ~/it's"));
	/* The server has gone, and the link with it. */
	get("one", 3, "again", HERE_LIST("-k"));
	here_expect_names("here", "once", HERE_LIST("newit's 50%.iso"));
}
END_TEST

/* A key that cannot be kept serves this run, and that is told. */
START_TEST(without_a_home)
{
	scratch_fill("outside/f", 1000, 1);
	scratch_text("nowhere", "a file, where a folder should be");
	shared_start(&shared, "outside/f", NULL);
	get("nowhere", 0, "without a home", NULL);
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "this run has a key of its own, so a later run cannot go on"));
	shared_expect_end(&shared, "has it; the link is used up");
}
END_TEST

START_TEST(an_empty_file)
{
	scratch_text("outside/empty", "");
	shared_start(&shared, "outside/empty", NULL);
	get("one", 0, "an empty file", NULL);
	shared_expect_end(&shared, "has it; the link is used up");
	here_expect_names("here", "empty", HERE_LIST("newempty"));
}
END_TEST

/* The second key must wait for nothing: the first has the only place. */
START_TEST(only_so_many_keys)
{
	scratch_fill("outside/f", 100000, 1);
	shared_start(&shared, "outside/f", HERE_LIST("--once", "1"));
	get("one", 0, "a look", HERE_LIST("-l"));
	get("two", 5, "another key", NULL);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "this link is used up"));
	here_expect_names("here", "another key", HERE_LIST(NULL));
	get("one", 0, "the first key", NULL);
	sum_expect_files("here/newf", "outside/f");
	shared_expect_end(&shared,
	    "has it; 1 connection came too late; "
	    "the link is used up");
}
END_TEST

START_TEST(two_keys)
{
	scratch_fill("outside/f", 100000, 1);
	shared_start(&shared, "outside/f", HERE_LIST("--once", "2"));
	get("one", 0, "the first", NULL);
	get("one", 5, "the first again", HERE_LIST("-k"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "your key has had the whole file"));
	get("two", 0, "the second", HERE_LIST("-o", "second"));
	sum_expect_files("here/newf", "outside/f");
	sum_expect_files("here/second", "outside/f");
	shared_expect_end(&shared, "the link is used up");
}
END_TEST

/* Several connections of one key bring the file together. */
START_TEST(in_pieces)
{
	scratch_fill("outside/large", 100000000, 1);
	shared_start(&shared, "outside/large", NULL);
	get("one", 0, "in pieces", HERE_LIST("-j", "4"));
	sum_expect_files("here/newlarge", "outside/large");
	shared_expect_end(&shared, "has it; the link is used up");
}
END_TEST

static bool
has_part(void *argument)
{
	char part[NAME_MAX + 1];

	(void)argument;
	return here_find_part("here", part) > 0;
}

/* An interrupted download goes on, by the same key. */
START_TEST(resumed)
{
	scratch_fill("outside/f", 20000000, 1);
	shared_start(&shared, "outside/f", HERE_LIST("--limit-rate", "4M"));
	shared_get(&client, shared.link, "one", NULL);
	ck_assert(wait_until(has_part, NULL, WAIT_LIMIT));
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "interrupted");
	get("two", 5, "another key", NULL);
	get("one", 0, "resumed", NULL);
	sum_expect_files("here/newf", "outside/f");
	shared_expect_end(&shared, "the link is used up");
}
END_TEST

/* A killed client may have lost what the kernel had for it. */
START_TEST(killed)
{
	scratch_fill("outside/f", 20000000, 1);
	shared_start(&shared, "outside/f", HERE_LIST("--limit-rate", "4M"));
	shared_get(&client, shared.link, "one", NULL);
	ck_assert(wait_until(has_part, NULL, WAIT_LIMIT));
	program_kill(&client);
	get("one", 0, "after a kill", NULL);
	sum_expect_files("here/newf", "outside/f");
	shared_expect_end(&shared, "the link is used up");
}
END_TEST

START_TEST(a_folder)
{
	scratch_mkdir("outside/pictures");
	scratch_mkdir("outside/pictures/one");
	scratch_fill("outside/pictures/a", 1000, 1);
	scratch_fill("outside/pictures/one/b", 100000, 2);
	scratch_text("outside/secret", "not shared");
	ck_assert_int_eq(symlinkat("../secret", scratch_fd(),
			     "outside/pictures/out"),
	    0);
	shared_start(&shared, "outside/pictures", HERE_LIST("--for", "1h"));
	get("one", 0, "a folder", NULL);
	sum_expect_files("here/newpictures/a", "outside/pictures/a");
	sum_expect_files("here/newpictures/one/b", "outside/pictures/one/b");
	here_expect_names("here/newpictures", "no link", HERE_LIST("a", "one"));
	/* Anyone may come, as often as they like. */
	get("two", 0, "another key", HERE_LIST("--json", "-k"));
	get("two", 0, "again", HERE_LIST("-l"));
	ck_assert_ptr_nonnull(strstr(program_out(&client), " a\n"));
	sum_expect_files("here/pictures/one/b", "outside/pictures/one/b");
	shared_stop(&shared, "was sent 2 files");
}
END_TEST

START_TEST(time_is_over)
{
	scratch_fill("outside/f", 1000, 1);
	shared_start(&shared, "outside/f", HERE_LIST("--for", "1s"));
	shared_expect_end(&shared, "f: nobody came; its time is over");
}
END_TEST

START_TEST(stopped_before)
{
	scratch_fill("outside/f", 1000, 1);
	shared_start(&shared, "outside/f", HERE_LIST("--for", "5m"));
	get("one", 0, "with --for", NULL);
	get("two", 0, "another key", HERE_LIST("-k"));
	shared_stop(&shared, "has it; stopped by a signal");
}
END_TEST

/* Changes one letter behind text in the link. */
static void
spoil(char *link, const char *behind)
{
	char *letter = strstr(link, behind);

	ck_assert_ptr_nonnull(letter);
	letter += strlen(behind);
	*letter = *letter == 'A' ? 'B' : 'A';
}

/* Nothing is written, and nothing uses up the link. */
START_TEST(wrong_links)
{
	char link[SHARED_LINK];

	scratch_fill("outside/f", 1000, 1);
	scratch_fill("outside/g", 1000, 2);
	shared_start(&shared, "outside/f", NULL);
	strlcpy(link, shared.link, sizeof(link));
	spoil(link, "+");
	shared_get(&client, link, "one", NULL);
	here_expect_exit(&client, 4, "another ticket");
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "this link leads to nothing here"));
	ck_assert_ptr_null(strstr(program_err(&client), strchr(link, '+') + 1));
	strlcpy(link, shared.link, sizeof(link));
	spoil(link, "#");
	shared_get(&client, link, "one", NULL);
	here_expect_exit(&client, 13, "another key of the server");
	strlcpy(link, shared.link, sizeof(link));
	link[strlen(link) - 1] = '\0';
	shared_get(&client, link, "one", NULL);
	here_expect_exit(&client, 2, "a cut link");
	strlcpy(link, shared.link, sizeof(link));
	*strstr(link, "/f#") = '\0';
	strlcat(link, "/g", sizeof(link));
	strlcat(link, strchr(shared.link, '#'), sizeof(link));
	shared_get(&client, link, "one", NULL);
	here_expect_exit(&client, 4, "another name");
	here_expect_names("here", "wrong links", HERE_LIST(NULL));
	get("one", 0, "the link", NULL);
	shared_expect_end(&shared, "has it; the link is used up");
	ck_assert_ptr_nonnull(strstr(program_err(&shared.program), " ~ "));
}
END_TEST

/* An argument is overwritten, which helps for what looks later; and told. */
START_TEST(as_an_argument)
{
	char path[64], line[4096], env[SCRATCH_PATH + 32], key[SCRATCH_PATH];
	ssize_t n;
	int fd;

	scratch_fill("outside/f", 20000000, 1);
	shared_start(&shared, "outside/f", HERE_LIST("--limit-rate", "4M"));
	snprintf(env, sizeof(env), "XDG_CONFIG_HOME=%s",
	    scratch_path(key, "one"));
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = HERE_LIST(shared.link),
		.env = HERE_LIST(env),
		.cwd = "here"});
	ck_assert(wait_until(has_part, NULL, WAIT_LIMIT));
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)client.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, line, sizeof(line));
	close(fd);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_nonnull(memmem(line, (size_t)n, "files://", 8));
	ck_assert_ptr_null(memmem(line, (size_t)n, shared.ticket, 31));
	here_expect_exit(&client, 0, "an argument");
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "the link was an argument"));
	shared_expect_secret(&shared, program_err(&client));
	sum_expect_files("here/newf", "outside/f");
	shared_expect_end(&shared, "has it");
}
END_TEST

static const struct {
	const char *path, *said;
	const char *options[4];
} refused[] = {
    {"outside/nothing", "No such file", {NULL}},
    {"outside", "needs --for", {NULL}},
    {"outside", "--once is for a file", {"--once", "1", NULL}},
    {"outside/f", "exclude", {"-d", ".", NULL}},
    {"outside/f", "is no time", {"--for", "soon", NULL}},
    {"outside/f", "is no time", {"--for", "0", NULL}},
    {"outside/f", "--share-as", {"--share-as", "http://h", NULL}},
    {"outside/f", "no host name has a ' '", {"--share-as", "a b", NULL}},
    {"outside/f", "no host name has a '''", {"--share-as", "a'b", NULL}},
    {"outside/f", "no host name has a '#'", {"--share-as", "a#b:1", NULL}},
};

START_TEST(wrong_options)
{
	char path[SCRATCH_PATH];
	const char *args[10] = {"--share", scratch_path(path, refused[_i].path),
	    "-p", "0"};
	size_t n = 4, i;

	for (i = 0; refused[_i].options[i] != NULL; i++)
		args[n++] = refused[_i].options[i];
	scratch_fill("outside/f", 1000, 1);
	program_start(&client,
	    &(struct program_options){.path = harness_fileserv,
		.args = args,
		.cwd = "served"});
	here_expect_exit(&client, _i == 0 ? 1 : 2, refused[_i].said);
	ck_assert_msg(strstr(program_err(&client), refused[_i].said) != NULL,
	    "%s", program_err(&client));
	ck_assert_str_eq(program_out(&client), "");
}
END_TEST

Suite *
tickets_suite(void)
{
	Suite *suite = suite_create("tickets");
	TCase *tcase = harness_case(suite, "once", 120);

	tcase_add_test(tcase, a_file_once);
	tcase_add_test(tcase, without_a_home);
	tcase_add_test(tcase, an_empty_file);
	tcase_add_test(tcase, only_so_many_keys);
	tcase_add_test(tcase, two_keys);
	tcase_add_test(tcase, in_pieces);
	tcase_add_test(tcase, resumed);
	tcase_add_test(tcase, killed);
	tcase = harness_case(suite, "time", 120);
	tcase_add_test(tcase, a_folder);
	tcase_add_test(tcase, time_is_over);
	tcase_add_test(tcase, stopped_before);
	tcase = harness_case(suite, "links", 120);
	tcase_add_test(tcase, wrong_links);
	tcase_add_test(tcase, as_an_argument);
	tcase_add_loop_test(tcase, wrong_options, 0,
	    (int)(sizeof(refused) / sizeof(refused[0])));
	return suite;
}
