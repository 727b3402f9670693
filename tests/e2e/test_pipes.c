/*
 * Standard output whose reader leaves, as in "fileget -lr ... | head -1": the
 * end is silent, by SIGPIPE, as that of ls(1), grep(1) and tail(1). Lost output
 * is an error everywhere else.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

static struct program client;
static struct server server;

static const struct {
	const char *args[4];
	bool fetches; /* writes a file too */
} writers[] = {
    {{"-l"}, false},
    {{"-lr"}, false},
    {{"-l", "--json"}, false},
    {{"-q", "-o-", "f"}, false},
    {{"-f", "f"}, false},
    {{"-q", "--sums", "f"}, true},
    {{"-q", "--json", "f"}, true},
};

/* Run in the child: make standard output a pipe without a reader, or a full
 * disk. */
static void
write_to_nobody(void)
{
	int fds[2];

	signal(SIGPIPE, SIG_DFL);
	if (pipe(fds) != 0 || dup2(fds[1], STDOUT_FILENO) < 0 ||
	    close(fds[0]) != 0 || close(fds[1]) != 0)
		_exit(126);
}

static void
write_to_nobody_ignoring(void)
{
	write_to_nobody();
	signal(SIGPIPE, SIG_IGN);
}

static void
write_to_full_disk(void)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(126);
}

static void
setup_served(void)
{
	scratch_mkdir("served/d");
	scratch_fill("served/d/g", 10, 1);
	scratch_fill("served/f", 100000, 1);
	server_start(&server, NULL);
}

/* A file that is written as well is fetched all the same. */
static void
expect_file(int i)
{
	if (writers[i].fetches)
		sum_expect_files("here/newf", "served/f");
	else
		here_expect_names("here", "nothing else", HERE_LIST(NULL));
}

START_TEST(the_reader_has_gone)
{
	setup_served();
	here_start_after(&client, server.port, writers[_i].args,
	    write_to_nobody);
	here_expect_exit(&client, -SIGPIPE, writers[_i].args[0]);
	ck_assert_str_eq(program_err(&client), "");
	expect_file(_i);
	server_stop(&server);
}
END_TEST

/* Without that signal there must be a message, as from ls(1). */
START_TEST(the_signal_is_ignored)
{
	setup_served();
	here_start_after(&client, server.port, writers[_i].args,
	    write_to_nobody_ignoring);
	here_expect_exit(&client, 10, writers[_i].args[0]);
	ck_assert_str_eq(program_err(&client),
	    "fileget: cannot write to standard output: Broken pipe\n");
	expect_file(_i);
	server_stop(&server);
}
END_TEST

START_TEST(the_disk_is_full)
{
	setup_served();
	here_start_after(&client, server.port, writers[_i].args,
	    write_to_full_disk);
	here_expect_exit(&client, 10, writers[_i].args[0]);
	ck_assert_msg(strstr(program_err(&client),
			  "cannot write to standard output: No space left") !=
		NULL,
	    "%s", program_err(&client));
	expect_file(_i);
	server_stop(&server);
}
END_TEST

/* Without a server, too. */
START_TEST(help_without_reader)
{
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = HERE_LIST("--help"),
		.before = write_to_nobody});
	here_expect_exit(&client, -SIGPIPE, "--help");
	program_start(&client,
	    &(struct program_options){.path = harness_fileget,
		.args = HERE_LIST("--help"),
		.before = write_to_full_disk});
	here_expect_exit(&client, 10, "--help");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "No space left"));
}
END_TEST

Suite *
pipes_suite(void)
{
	Suite *suite = suite_create("pipes");
	TCase *tcase = harness_case(suite, "pipes", 60);
	int n = HARNESS_ROWS(writers);

	tcase_add_loop_test(tcase, the_reader_has_gone, 0, n);
	tcase_add_loop_test(tcase, the_signal_is_ignored, 0, n);
	tcase_add_loop_test(tcase, the_disk_is_full, 0, n);
	tcase_add_test(tcase, help_without_reader);
	return suite;
}
