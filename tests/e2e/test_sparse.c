/* Sparse files: zero blocks arrive as holes with --sparse, and in a tree by
 * default, whichever way the file takes; its bytes are the server's. */

#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/apart.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/relay.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

enum {
	MIB = 1024 * 1024,
	DATA = 100000, /* bytes, at two places */
};

static struct server server;
static struct program client;
static struct relay relay;

/* Makes a file with data at the beginning and at 3/4, and a hole as its end. */
static void
make_sparse(const char *name, uint64_t size)
{
	scratch_sparse(name, size);
	scratch_overwrite(name, 0, DATA, 1);
	scratch_overwrite(name, size / 4 * 3, DATA, 2);
}

/* Returns the KiB that a file occupies. */
static unsigned
kib(const char *name)
{
	struct stat stat;

	ck_assert_int_eq(fstatat(scratch_fd(), name, &stat, 0), 0);
	return (unsigned)(stat.st_blocks / 2);
}

/* The file here is the server's, and has its holes or none. */
static void
expect(const char *here, const char *served, bool has_holes)
{
	struct stat stat;

	sum_expect_files(here, served);
	ck_assert_int_eq(fstatat(scratch_fd(), here, &stat, 0), 0);
	if (!scratch_keeps_holes())
		harness_skip("sparse", "this file system has no holes");
	else if (has_holes)
		/* Two or three blocks of 64 KiB for each place, and pages. */
		ck_assert_uint_le(kib(here), 1024);
	else
		ck_assert_uint_ge(kib(here), (unsigned)(stat.st_size / 1024));
}

static const struct {
	const char *row;
	const char *args[5];
	const char *here;
	bool has_holes;
} rows[] = {
    {"--sparse", {"--sparse", "image"}, "here/newimage", true},
    {"by default", {"image"}, "here/newimage", false},
    {"--no-verify", {"--sparse", "--no-verify", "image"}, "here/newimage",
	true},
    {"--fsync, sha256 of all", {"--sparse", "--fsync", "--sums", "image"},
	"here/newimage", true},
    {"a tree", {"-r", "."}, "here/new127.0.0.1/image", true},
    {"a tree, --no-verify", {"-r", "--no-verify", "."},
	"here/new127.0.0.1/image", false},
    {"a tree, both", {"-r", "--no-verify", "--sparse", "."},
	"here/new127.0.0.1/image", true},
    {"standard output", {"--sparse", "-o", "-", "image"}, NULL, false},
};

START_TEST(ways)
{
	make_sparse("served/image", 10 * MIB + 12345);
	scratch_sparse("served/small", 1);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, rows[_i].row, rows[_i].args);
	server_stop(&server);
	if (rows[_i].here != NULL)
		expect(rows[_i].here, "served/image", rows[_i].has_holes);
	else
		sum_expect_files(client.out_name, "served/image");
}
END_TEST

/* The connection breaks inside a hole, and inside data. */
START_TEST(continued_after_a_break)
{
	static const int64_t cuts[] = {4 * MIB + 321, 8 * MIB - 4567};

	make_sparse("served/image", 10 * MIB + 12345);
	server_start(&server, NULL);
	relay_start(&relay, server.port, 0, cuts[_i]);
	here_get(&client, relay.port, 0, "cut", HERE_LIST("--sparse", "image"));
	relay_stop(&relay);
	server_stop(&server);
	ck_assert_uint_ge(atomic_load(&relay.taken), 2);
	expect("here/newimage", "served/image", true);
}
END_TEST

/* Pieces go to a file of the full length. */
START_TEST(pieces)
{
	make_sparse("served/image", 70 * MIB + 12345);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "pieces",
	    HERE_LIST("-j", "4", "--sparse", "image"));
	server_stop(&server);
	expect("here/newimage", "served/image", true);
}
END_TEST

/* A part file of another version has bytes where the file has none now: the
 * interrupted run leaves pieces, the file is then written over in place. */
START_TEST(pieces_of_another_version)
{
	struct pieces left;

	scratch_fill("served/image", 70 * MIB, 3);
	server_start(&server, HERE_LIST("--limit-rate", "20M"));
	client_start(&client, server.port, HERE_LIST("-j2", "image"), NULL);
	pieces_await(&left, &client, 70 * MIB, 2);
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "interrupted");
	server_stop(&server);
	scratch_sparse("served/image", 0);
	make_sparse("served/image", 70 * MIB);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "pieces",
	    HERE_LIST("-j", "2", "--sparse", "image"));
	server_stop(&server);
	expect("here/newimage", "served/image", true);
}
END_TEST

/* A file whose size is more than the room here, and whose data is not. */
START_TEST(more_than_the_disk)
{
	char here[SCRATCH_PATH];

	if (mount("none", scratch_path(here, "here"), "tmpfs", 0, "size=16m") !=
	    0) {
		harness_skip("more_than_the_disk", "mounts are not allowed");
		return;
	}
	make_sparse("served/image", 100 * MIB);
	server_start(&server, NULL);
	here_get(&client, server.port, 10, "whole", HERE_LIST("image"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "no room here"));
	here_get(&client, server.port, 0, "sparse",
	    HERE_LIST("--sparse", "image"));
	sum_expect_files("here/newimage", "served/image");
	here_get(&client, server.port, 0, "pieces",
	    HERE_LIST("-j2", "-o", "other", "--sparse", "image"));
	sum_expect_files("here/other", "served/image");
	server_stop(&server);
	ck_assert_int_eq(umount2(here, MNT_DETACH), 0);
}
END_TEST

Suite *
sparse_suite(void)
{
	Suite *suite = suite_create("sparse");
	TCase *tcase = harness_case(suite, "sparse", 60);

	tcase_add_loop_test(tcase, ways, 0, (int)HARNESS_ROWS(rows));
	tcase_add_loop_test(tcase, continued_after_a_break, 0, 2);
	tcase_add_test(tcase, pieces);
	tcase_add_test(tcase, pieces_of_another_version);
	tcase = apart_case(suite, "disk", 60);
	tcase_add_test(tcase, more_than_the_disk);
	return suite;
}
