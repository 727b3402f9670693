/*
 * Reasons for which fileget -f ends by itself: an invalid name, limits, a
 * reader that leaves, and contradictory options.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"

/* Reasons to end. */
static const struct {
	const char *row;
	const char *args[6];
	int code;
	const char *says;
} ends[] = {
    {"not there", {"-f", "none"}, 4, "NOT_FOUND"},
    {"still not there", {"-f", "--wait", "1", "none"}, 4, "NOT_FOUND"},
    {"a folder", {"-f", "folder"}, 5, "NOT_A_FILE"},
    {"no name", {"-f", "../f"}, 2, "not a name"},
    {"too large", {"-f", "--max-size", "3", "f"}, 10, "--max-size"},
    {"full", {"-f", "-o", "/dev/full", "f"}, 10, "No space left"},
    {"no folder for it", {"-f", "-o", "none/f", "f"}, 10, "none/f"},
    {"a folder for it", {"-f", "-o", "/tmp", "f"}, 10, "/tmp"},
};

START_TEST(reasons_to_end)
{
	struct program client = {0};
	struct server server;
	size_t i;

	scratch_text("served/f", "one\n");
	scratch_mkdir("served/folder");
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(ends); i++) {
		here_get(&client, server.port, ends[i].code, ends[i].row,
		    ends[i].args);
		ck_assert_msg(strstr(program_err(&client), ends[i].says) !=
			NULL,
		    "%s: it said:\n%s", ends[i].row, program_err(&client));
		/* An option already given is not recommended. */
		ck_assert_msg(strstr(ends[i].args[1], "--wait") == NULL ||
			strstr(program_err(&client), "--wait S") == NULL,
		    "%s", program_err(&client));
		ck_assert_str_eq(program_out(&client), "");
		ck_assert_uint_eq(program_lines(program_err(&client)),
		    ends[i].args[1][1] == '-' && ends[i].args[1][2] == 'w' ? 2 :
									     1);
	}
	server_stop(&server);
}
END_TEST

/* Regression: the expansion of a pattern kept a connection of its own, which
 * counts against the server's limit. */
START_TEST(pattern_on_one_connection)
{
	struct program client = {0};
	struct server server;

	scratch_text("served/f", "one\n");
	server_start(&server, HERE_LIST("--max-per-address", "1"));
	client_start(&client, server.port, HERE_LIST("-f", "--retry", "1", "*"),
	    NULL);
	program_await_out(&client, "one\n");
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "a pattern");
	server_stop(&server);
}
END_TEST

/* The file grows beyond the limit. */
START_TEST(growing_too_large)
{
	struct program client = {0};
	struct server server;

	scratch_text("served/f", "one\n");
	server_start(&server, NULL);
	client_start(&client, server.port,
	    HERE_LIST("-f", "--max-size", "7", "f"), NULL);
	program_await_out(&client, "one\n");
	scratch_append("served/f", "two\n");
	here_expect_exit(&client, 10, "--max-size");
	ck_assert_str_eq(program_out(&client), "one\n");
	server_stop(&server);
}
END_TEST

static void
write_into_fifo(void)
{
	int fd = open("fifo", O_WRONLY);

	if (fd < 0 || dup2(fd, 1) < 0 || close(fd) != 0)
		_exit(126);
}

/* The reader leaves after the first line: with the next one, and while there is
 * none. */
static const char *const next_lines[] = {"two\n", ""};

START_TEST(the_reader_leaves)
{
	struct program client = {0};
	struct server server;
	char path[SCRATCH_PATH], line[4];
	int fd;

	scratch_text("served/f", "one\n");
	ck_assert_int_eq(mkfifo(scratch_path(path, "here/fifo"), 0600), 0);
	server_start(&server, NULL);
	here_start_after(&client, server.port, HERE_LIST("-f", "f"),
	    write_into_fifo);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, line, sizeof(line)), 4);
	ck_assert_mem_eq(line, "one\n", 4);
	scratch_append("served/f", next_lines[_i]);
	close(fd);
	here_expect_exit(&client, -SIGPIPE, "nobody reads");
	ck_assert_str_eq(program_err(&client), "");
	server_stop(&server);
}
END_TEST

/* Options that contradict -f. */
static const struct {
	const char *row;
	const char *args[8];
	const char *says;
} wrong[] = {
    {"-r", {"-fr", "h", "80", "f"}, "-f and -r exclude"},
    {"-l", {"-fl", "h", "80", "f"}, "-l and -f exclude"},
    {"-u", {"-fu", "h", "80", "f"}, "-f and -u exclude"},
    {"-n", {"-fn", "h", "80", "f"}, "-f and -n exclude"},
    {"-j", {"-f", "-j", "2", "h", "80", "f"}, "-f and -j exclude"},
    {"-c", {"-f", "-c", "x", "h", "80"}, "-f and -c exclude"},
    {"-i", {"-f", "-i", "x", "h", "80"}, "-f and -i exclude"},
    {"-P", {"-f", "-P", "x", "h", "80", "f"}, "-f and -P exclude"},
    {"-k", {"-fk", "h", "80", "f"}, "-f and -k exclude"},
    {"--sums", {"-f", "--sums", "h", "80", "f"}, "-f and --sums exclude"},
    {"--json", {"-f", "--json", "h", "80", "f"}, "-f and --json exclude"},
    {"--fsync", {"-f", "--fsync", "h", "80", "f"}, "-f and --fsync exclude"},
    {"two names", {"-f", "h", "80", "f", "g"}, "-f needs exactly one"},
    {"no name", {"-f", "h", "80"}, "-f needs exactly one"},
};

START_TEST(contradicting_options)
{
	struct program client = {0};
	size_t i;

	for (i = 0; i < HARNESS_ROWS(wrong); i++) {
		client_start_plain(&client, wrong[i].args);
		here_expect_exit(&client, 2, wrong[i].row);
		ck_assert_msg(strstr(program_err(&client), wrong[i].says) !=
			NULL,
		    "%s: it said:\n%s", wrong[i].row, program_err(&client));
	}
}
END_TEST

Suite *
follow_ends_suite(void)
{
	Suite *suite = suite_create("follow_ends");
	TCase *tcase;

	tcase = harness_case(suite, "follow_ends", 90);
	tcase_add_test(tcase, reasons_to_end);
	tcase_add_test(tcase, pattern_on_one_connection);
	tcase_add_test(tcase, growing_too_large);
	tcase_add_loop_test(tcase, the_reader_leaves, 0,
	    HARNESS_ROWS(next_lines));
	tcase_add_test(tcase, contradicting_options);
	return suite;
}
