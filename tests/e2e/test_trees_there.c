/*
 * fileget -r into existing folders, which keep some attributes of their own.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"

enum {
	SOMEBODY = 65534, /* a user other than the one who runs the test */
};

/* Times of the served folders, and of those that exist here. */
#define SERVED_TIME (1400000000 * CLOCK_SEC)
#define HERE_TIME   (1300000000 * CLOCK_SEC)

static struct program client;
static struct server server;

static void
serve(void)
{
	tree_fill("served/t/f", 1000, 1);
	tree_fill("served/t/sub/f", 2000, 2);
	tree_dress("served/t/sub", 0750, SERVED_TIME);
	tree_dress("served/t", 0755, SERVED_TIME);
	server_start(&server, NULL);
}

static struct stat
look(const char *name)
{
	struct stat stat;

	ck_assert_msg(fstatat(scratch_fd(), name, &stat, 0) == 0, "no %s",
	    name);
	return stat;
}

static void
expect_state(const char *name, mode_t mode, int64_t mtime_ns)
{
	struct stat stat = look(name);

	ck_assert_msg((stat.st_mode & 07777) == mode,
	    "%s has mode %o instead of %o", name, stat.st_mode & 07777, mode);
	ck_assert_msg(stat.st_mtim.tv_sec == mtime_ns / CLOCK_SEC,
	    "%s has another time", name);
}

static void
expect_files(void)
{
	sum_expect_files("here/newt/f", "served/t/f");
	sum_expect_files("here/newt/sub/f", "served/t/sub/f");
}

/* ---- bits --------------------------------------------------------------- */

static const struct {
	const char *row;
	mode_t top, sub; /* modes before */
	const char *const args[4];
} bits[] = {
    {"none", 0700, 0777, {"-r", "t", NULL}},
    {"sticky", 01777, 01700, {"-r", "t", NULL}},
    {"set-group-ID", 02775, 02700, {"-r", "t", NULL}},
    {"both", 03777, 03711, {"-r", "t", NULL}},
    {"both, read-only", 03555, 03500, {"-r", "t", NULL}},
    {"both, several connections", 03777, 03711, {"-r", "-j4", "t", NULL}},
};

static void
drop_power_and_umask(void)
{
	here_drop_power();
	umask(022);
}

/* A folder gets the server's mode, but keeps the set-group-ID and sticky bits.
 */
START_TEST(bits_stay)
{
	mode_t top = bits[_i].top, sub = bits[_i].sub;

	serve();
	tree_make_way("here/newt/sub/");
	tree_dress("here/newt/sub", sub, HERE_TIME);
	tree_dress("here/newt", top, HERE_TIME);
	/* The test can set them here. */
	expect_state("here/newt/sub", sub, HERE_TIME);
	expect_state("here/newt", top, HERE_TIME);
	here_start_after(&client, server.port, bits[_i].args,
	    drop_power_and_umask);
	here_expect_exit(&client, 0, bits[_i].row);
	expect_files();
	expect_state("here/newt", 0755 | (top & 07000), SERVED_TIME);
	expect_state("here/newt/sub", 0750 | (sub & 07000), SERVED_TIME);
	server_stop(&server);
}
END_TEST

/* ---- somebody else's ---------------------------------------------------- */

/* Returns false, with a message, if the user may not change owners. */
static bool
give_away(const char *name, const char *test)
{
	if (fchownat(scratch_fd(), name, SOMEBODY, (gid_t)-1, 0) == 0)
		return true;
	harness_skip(test, "a folder of somebody else's takes root");
	return false;
}

/* Only the owner of a folder can set its time and mode: it is unchanged, and
 * files in it arrive. */
START_TEST(a_folder_of_somebody_else)
{
	tree_make_way("here/newt/sub/");
	tree_dress("here/newt/sub", 0777, HERE_TIME);
	tree_dress("here/newt", 01777, HERE_TIME);
	if (!give_away("here/newt/sub", "a_folder_of_somebody_else") ||
	    !give_away("here/newt", "a_folder_of_somebody_else"))
		return;
	serve();
	here_start_after(&client, server.port, HERE_LIST("-r", "t"),
	    drop_power_and_umask);
	here_expect_exit(&client, 0, "first");
	ck_assert_ptr_null(strstr(program_err(&client), "cannot"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "/s\n"));
	ck_assert_ptr_null(strstr(program_err(&client), "failed"));
	expect_files();
	ck_assert_uint_eq(look("here/newt").st_mode & 07777, 01777);
	ck_assert_uint_eq(look("here/newt/sub").st_mode & 07777, 0777);
	/* If nothing arrives, its time is unchanged too. */
	tree_dress("here/newt/sub", 0777, HERE_TIME);
	tree_dress("here/newt", 01777, HERE_TIME);
	here_start_after(&client, server.port, HERE_LIST("-ru", "t"),
	    drop_power_and_umask);
	here_expect_exit(&client, 0, "again");
	expect_state("here/newt/sub", 0777, HERE_TIME);
	expect_state("here/newt", 01777, HERE_TIME);
	/* Positive control: root can set them. */
	here_get(&client, server.port, 0, "as root", HERE_LIST("-ru", "t"));
	expect_state("here/newt/sub", 0750, SERVED_TIME);
	server_stop(&server);
}
END_TEST

Suite *
trees_there_suite(void)
{
	Suite *suite = suite_create("trees_there");
	TCase *tcase = harness_case(suite, "there", 60);

	tcase_add_loop_test(tcase, bits_stay, 0, (int)HARNESS_ROWS(bits));
	tcase_add_test(tcase, a_folder_of_somebody_else);
	return suite;
}
