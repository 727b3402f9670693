/*
 * Invalid command lines, hosts that do not exist, and the tests that reach each
 * exit code of fileget:
 *
 *   0   test_fetch.c every_size_arrives, and most others
 *   2   usage_errors; names: test_fetch.c failures_between, test_refusals.c
 *       every_refusal (BAD_NAME)
 *   3   no_connection, connecting_times_out, unknown_host
 *   4   test_refusals.c every_refusal (NOT_FOUND), test_fetch.c
 *       failures_between
 *   5   test_refusals.c every_refusal (DENIED, NOT_A_FILE), in this file
 *       refused_by_a_real_server
 *   6   test_hostile.c broken_off_at_every_stage, test_refusals.c silence
 *   7   test_hostile.c lies_are_not_believed, test_refusals.c every_banner
 *   8   test_hostile.c lies_are_not_believed (flipped bits), test_target.c
 *       requirements_are_met_or_nothing_is_written (--sha256)
 *   9   test_refusals.c changed_for_ever, test_hostile.c (trailer CHANGED)
 *  10   test_disks.c, test_obstacles.c, test_target.c (--max-size, -n)
 *  11   test_refusals.c busy_for_ever, busy_from_a_real_server
 *  12   test_refusals.c every_refusal (IO_ERROR)
 * 130   test_resume.c interrupted_and_continued, test_prompt.c ways_to_leave
 */

#include <sys/socket.h>
#include <sys/stat.h>

#include <netinet/in.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/loopback.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

static struct program client;
static struct server server;

/* ---- command lines ------------------------------------------------------ */

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SUM_ODD \
	"x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A path longer than any file can have. Regression: it was cut, and the file
 * was written to another path. */
static char long_path[PATH_MAX + 2];
static char long_folder[PATH_MAX + 2];

/* HOST and PORT are replaced by those of the server. */
static const struct {
	const char *row;
	const char *const args[8];
	const char *said; /* text in the error line */
} mistakes[] = {
    {"nothing", {NULL}, "HOST"},
    {"no port", {"HOST"}, "PORT"},
    {"empty host", {"", "PORT", "f"}, "''"},
    {"port 0", {"HOST", "0", "f"}, "'0'"},
    {"port 65536", {"HOST", "65536", "f"}, "'65536'"},
    {"port -1", {"--", "HOST", "-1", "f"}, "'-1'"},
    {"port x", {"HOST", "x", "f"}, "'x'"},
    {"port 80x", {"HOST", "80x", "f"}, "'80x'"},
    {"empty port", {"HOST", "", "f"}, "''"},
    {"unknown letter", {"-Z", "HOST", "PORT", "f"}, "-Z"},
    {"unknown option", {"--zoo", "HOST", "PORT", "f"}, "--zoo"},
    {"no value", {"HOST", "PORT", "f", "-o"}, "-o"},
    {"no value, long", {"HOST", "PORT", "f", "--retry"}, "--retry"},
    {"a value too many", {"HOST", "PORT", "f", "--json=yes"}, "--json"},
    {"-o and two names", {"-o", "x", "HOST", "PORT", "f", "g"}, "-o"},
    {"-o and no name", {"-o", "x", "HOST", "PORT"}, "-o"},
    {"-o a folder", {"-o", "x/", "HOST", "PORT", "f"}, "-o"},
    {"-o ..", {"-o", "..", "HOST", "PORT", "f"}, "-o"},
    {"-o of nothing", {"-o", "", "HOST", "PORT", "f"}, "-o"},
    {"-o too long", {"-o", long_path, "HOST", "PORT", "f"}, "too long"},
    {"-P too long", {"-P", long_folder, "HOST", "PORT", "f"}, "too long"},
    {"-o and -P", {"-o", "x", "-P", ".", "HOST", "PORT", "f"}, "-P"},
    {"-o and -k", {"-o", "x", "-k", "HOST", "PORT", "f"}, "-k"},
    {"-o and -i", {"-o", "x", "-i", "-", "HOST", "PORT"}, "-o"},
    {"-0 alone", {"-0", "HOST", "PORT", "f"}, "-0"},
    {"-q and -v", {"-q", "-v", "HOST", "PORT", "f"}, "-q"},
    {"--json and -o -", {"--json", "-o-", "HOST", "PORT", "f"}, "--json"},
    {"short sum", {"--sha256", "abc", "HOST", "PORT", "f"}, "--sha256"},
    {"sum of other digits", {"--sha256", SUM_ODD, "HOST", "PORT", "f"},
	"--sha256"},
    {"sum and two names", {"--sha256", SUM, "HOST", "PORT", "f", "g"},
	"--sha256"},
    {"size x", {"--max-size", "x", "HOST", "PORT", "f"}, "--max-size"},
    {"size -1", {"--max-size=-1", "HOST", "PORT", "f"}, "--max-size"},
    {"size too large", {"--max-size=99999999999999999999", "HOST", "PORT", "f"},
	"--max-size"},
    {"size 2^64", {"--max-size=17179869184G", "HOST", "PORT", "f"},
	"--max-size"},
    {"size 1x", {"--max-size=1x", "HOST", "PORT", "f"}, "--max-size"},
    {"size 1kk", {"--max-size=1kk", "HOST", "PORT", "f"}, "--max-size"},
    {"retry -1", {"--retry=-1", "HOST", "PORT", "f"}, "--retry"},
    {"retry x", {"--retry", "x", "HOST", "PORT", "f"}, "--retry"},
    {"timeout 0", {"--timeout", "0", "HOST", "PORT", "f"}, "--timeout"},
    {"connect-timeout 1.5", {"--connect-timeout=1.5", "HOST", "PORT", "f"},
	"--connect-timeout"},
    {"progress x", {"--progress=x", "HOST", "PORT", "f"}, "--progress"},
    {"progress of nothing", {"--progress=", "HOST", "PORT", "f"}, "--progress"},
};

/* Ends a run that should not have connected. */
static void
play_garbage(struct fake *fake)
{
	fake_send(fake, "\377\377\377\377\377\377\377\377", 8);
}

/* Makes the path "./././f" and a folder "./././" of the same length. */
static void
make_long_paths(void)
{
	size_t i;

	for (i = 0; i < PATH_MAX; i++)
		long_path[i] = long_folder[i] = i % 2 == 0 ? '.' : '/';
	long_path[PATH_MAX] = 'f';
}

/* One line that describes the error, and a hint; no file and no connection. */
START_TEST(usage_errors)
{
	const char *args[8] = {NULL}, *err;
	struct fake fake;
	char port[8];
	size_t i;

	make_long_paths();
	fake_start(&fake, 1, play_garbage, NULL);
	snprintf(port, sizeof(port), "%u", fake.port);
	for (i = 0; i < 7 && mistakes[_i].args[i] != NULL; i++) {
		args[i] = mistakes[_i].args[i];
		if (strcmp(args[i], "HOST") == 0)
			args[i] = "127.0.0.1";
		if (strcmp(args[i], "PORT") == 0)
			args[i] = port;
	}
	client_start_plain(&client, args);
	here_expect_exit(&client, 2, mistakes[_i].row);
	err = program_err(&client);
	ck_assert_msg(strstr(err, mistakes[_i].said) != NULL, "%s:\n%s",
	    mistakes[_i].row, err);
	ck_assert_ptr_nonnull(strstr(err, "fileget --help"));
	ck_assert_uint_eq(program_lines(err), 2);
	here_expect_harmless(err, mistakes[_i].row);
	ck_assert_str_eq(program_out(&client), "");
	here_expect_names("here", mistakes[_i].row, HERE_LIST(NULL));
	ck_assert_uint_eq(atomic_load(&fake.taken), 0);
	fake_stop(&fake);
}
END_TEST

START_TEST(help_and_version)
{
	client_start_plain(&client, HERE_LIST("--help"));
	here_expect_exit(&client, 0, "--help");
	ck_assert_ptr_nonnull(strstr(program_out(&client), "usage: fileget"));
	ck_assert_uint_lt(program_lines(program_out(&client)), 50);
	ck_assert_str_eq(program_err(&client), "");
	client_start_plain(&client, HERE_LIST("-V"));
	here_expect_exit(&client, 0, "-V");
	ck_assert(strncmp(program_out(&client), "fileget ", 8) == 0);
	ck_assert_uint_eq(program_lines(program_out(&client)), 1);
}
END_TEST

/* A path that is one byte shorter is valid. */
START_TEST(the_longest_paths)
{
	make_long_paths();
	long_path[PATH_MAX - 2] = 'f';
	long_path[PATH_MAX - 1] = '\0';
	long_folder[PATH_MAX - 1] = '\0';
	scratch_fill("served/f", 1000, 1);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "-o",
	    HERE_LIST("-o", long_path, "f"));
	sum_expect_files("here/f", "served/f");
	here_get(&client, server.port, 0, "-P",
	    HERE_LIST("-P", long_folder, "f"));
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

/* Options between operands, and names that look like options. */
START_TEST(options_among_operands)
{
	char port[8];

	scratch_text("served/-k", "k");
	scratch_text("served/f", "f");
	server_start(&server, NULL);
	snprintf(port, sizeof(port), "%u", server.port);
	client_start_plain(&client,
	    HERE_LIST("127.0.0.1", "-k", port, "f", "-q", "--", "-k"));
	here_expect_exit(&client, 0, "--");
	sum_expect_files("here/f", "served/f");
	sum_expect_files("here/-k", "served/-k");
	server_stop(&server);
}
END_TEST

/* ---- hosts -------------------------------------------------------------- */

/* Returns a port on which nobody listens. */
static uint16_t
free_port(void)
{
	uint16_t port;

	close(wire_listen(&port));
	return port;
}

/* A server that never replies may not be a fileserv. */
START_TEST(no_answer)
{
	uint16_t port;
	int fd = wire_listen(&port);

	here_get(&client, port, 6, "silent",
	    HERE_LIST("--timeout", "1", "--retry", "0", "f"));
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "for 1 s (--timeout); is it a fileserv?\n"));
	here_get(&client, port, 6, "silent",
	    HERE_LIST("--timeout", "1", "--retry", "0", "-l"));
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "for 1 s (--timeout); is it a fileserv?\n"));
	close(fd);
}
END_TEST

/* The first connection is not tried again: the address may be wrong. */
START_TEST(no_connection)
{
	scratch_text("here/newf", "older");
	here_get(&client, free_port(), 3, "refused", HERE_LIST("f", "g"));
	/* A line for the first name, one for the rest, and the summary. */
	ck_assert_ptr_nonnull(strstr(program_err(&client), "f: cannot"));
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "fileget: 1 more name was not begun\n"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), " s, 1 not begun, 1 failed\n"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "refused"));
	ck_assert_uint_eq(program_lines(program_err(&client)), 3);
	ck_assert_ptr_null(strstr(program_err(&client), "trying again"));
	here_expect_names("here", "refused", HERE_LIST("newf"));
}
END_TEST

enum {
	FILLERS = 8
};

/* A connection to a listener with a full queue waits. */
START_TEST(connecting_times_out)
{
	int fillers[FILLERS], fd, i;
	struct sockaddr_in to = {.sin_family = AF_INET};
	uint16_t port;

	fd = wire_listen(&port);
	ck_assert_int_eq(listen(fd, 0), 0);
	to.sin_port = htons(port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (i = 0; i < FILLERS; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		/* Some remain in progress, as intended. */
		(void)connect(fillers[i], (struct sockaddr *)&to, sizeof(to));
	}
	here_get(&client, port, 3, "full queue",
	    HERE_LIST("--connect-timeout=1", "f"));
	ck_assert_uint_le(program_lines(program_err(&client)), 2);
	here_expect_names("here", "full queue", HERE_LIST(NULL));
	for (i = 0; i < FILLERS; i++)
		close(fillers[i]);
	close(fd);
}
END_TEST

/* A name in .invalid is never found (RFC 6761). */
START_TEST(unknown_host)
{
	static const char *const hosts[] = {"no-such-host.invalid",
	    "256.256.256.256", "\033[31m"};
	size_t i;

	for (i = 0; i < HARNESS_ROWS(hosts); i++) {
		client_start_plain(&client, HERE_LIST(hosts[i], "8080", "f"));
		here_expect_exit(&client, 3, hosts[i]);
		here_expect_harmless(program_err(&client), "host");
		ck_assert_uint_le(program_lines(program_err(&client)), 2);
		here_expect_names("here", hosts[i], HERE_LIST(NULL));
	}
}
END_TEST

/* "localhost" may be ::1 first, where nobody listens: trying it takes no
 * time-out, which would be a second here. */
START_TEST(a_dead_address_first)
{
	char port[8];

	if (!loopback_has_name("a_dead_address_first"))
		return;
	scratch_text("served/f", "f");
	server_start(&server, NULL);
	snprintf(port, sizeof(port), "%u", server.port);
	client_start_plain(&client,
	    HERE_LIST("--connect-timeout=1", "--retry=0", "localhost", port,
		"f"));
	here_expect_exit(&client, 0, "localhost");
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

/* ---- refused by a real server ------------------------------------------- */

START_TEST(refused_by_a_real_server)
{
	scratch_mkdir("served/folder");
	scratch_text("served/.hidden", "h");
	scratch_text("outside/secret", "s");
	scratch_symlink("../outside/secret", "served/link");
	ck_assert_int_eq(mkfifoat(scratch_fd(), "served/fifo", 0666), 0);
	server_start(&server, NULL);
	here_get(&client, server.port, 5, "folder", HERE_LIST("folder"));
	here_get(&client, server.port, 5, "fifo", HERE_LIST("fifo"));
	here_get(&client, server.port, 5, "link", HERE_LIST("link"));
	here_get(&client, server.port, 5, "hidden", HERE_LIST(".hidden"));
	here_get(&client, server.port, 4, "missing", HERE_LIST("missing"));
	here_expect_names("here", "refused", HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

/* An incomplete request holds the only place. */
START_TEST(busy_from_a_real_server)
{
	int fd;

	scratch_text("served/f", "f");
	server_start(&server, HERE_LIST("--max-connections", "1"));
	fd = wire_connect(server.port);
	talk_expect_file(fd, "f");
	wire_send(fd, "\0", 1);
	here_get(&client, server.port, 11, "busy", HERE_LIST("--retry=0", "f"));
	here_expect_names("here", "busy", HERE_LIST(NULL));
	close(fd);
	here_get(&client, server.port, 0, "free", HERE_LIST("f"));
	server_stop(&server);
}
END_TEST

Suite *
exits_suite(void)
{
	Suite *suite = suite_create("exits");
	TCase *tcase;

	tcase = harness_case(suite, "command line", 60);
	tcase_add_loop_test(tcase, usage_errors, 0,
	    (int)HARNESS_ROWS(mistakes));
	tcase_add_test(tcase, help_and_version);
	tcase_add_test(tcase, the_longest_paths);
	tcase_add_test(tcase, options_among_operands);
	tcase = harness_case(suite, "hosts", 60);
	tcase_add_test(tcase, no_answer);
	tcase_add_test(tcase, no_connection);
	tcase_add_test(tcase, unknown_host);
	tcase_add_test(tcase, connecting_times_out);
	tcase_add_test(tcase, a_dead_address_first);
	tcase = harness_case(suite, "server", 60);
	tcase_add_test(tcase, refused_by_a_real_server);
	tcase_add_test(tcase, busy_from_a_real_server);
	return suite;
}
