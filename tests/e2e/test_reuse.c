/*
 * --reuse: blocks of an older copy that is here are not fetched. The bytes that
 * the server has sent are counted by its log.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

#define BLOCK (1024 * 1024) /* bytes that are compared at a time */
#define N     40	    /* blocks of the file, the last one shorter */
#define SIZE  (N * BLOCK - 12345)
#define SEED  7

#define LOGGED HERE_LIST("--log-format", "json")

static struct program client;
static struct server server;

/* Makes the served file and starts the server. */
static void
serve(void)
{
	scratch_fill("served/f", SIZE, SEED);
	sum_file(&pieces_served, "served/f", 0, UINT64_MAX);
	server_start(&server, LOGGED);
}

/* Changes a byte of each block whose number is a multiple of every. */
static void
change_blocks(const char *name, unsigned every)
{
	uint64_t block;

	for (block = 0; block < N; block += every)
		scratch_overwrite(name, block * BLOCK + 4321, 1, 99);
}

/* The server, which is stopped, has sent these blocks and no others. */
static void
expect_fetched(const char *what, unsigned blocks, uint64_t bytes)
{
	struct pieces_sent sent = pieces_sent(&server, "FETCH");

	ck_assert_msg(sent.bytes == bytes + sent.n * (uint64_t)PIECES_AROUND,
	    "%s: %llu bytes in %u replies", what,
	    (unsigned long long)sent.bytes, sent.n);
	ck_assert_msg(sent.n == blocks, "%s: %u replies", what, sent.n);
}

/* ---- copies that differ more or less ------------------------------------ */

static const struct {
	const char *row;
	uint64_t size;	/* of the older copy */
	unsigned every; /* block that is changed; 0: none */
	unsigned fetched;
	uint64_t bytes;
	const char *args[3];
} copies[] = {
    {"identical", SIZE, 0, 0, 0, {"-v"}},
    {"one block", SIZE, N, 1, BLOCK, {"-v"}},
    {"one block, -j", SIZE, N, 1, BLOCK, {"-v", "-j4"}},
    {"half", SIZE, 2, N / 2, N / 2 * BLOCK, {"-v"}},
    {"half, -j", SIZE, 2, N / 2, N / 2 * BLOCK, {"-v", "-j4"}},
    {"half, not verified", SIZE, 2, N / 2, N / 2 * BLOCK, {"--no-verify"}},
    {"half, with holes", SIZE, 2, N / 2, N / 2 * BLOCK, {"--sparse"}},
    {"half, on disk", SIZE, 2, N / 2, N / 2 * BLOCK, {"--fsync"}},
    {"all", SIZE, 1, N, SIZE, {"-v"}},
    {"all, -j", SIZE, 1, N, SIZE, {"-j4"}},
    {"shorter", 25 * BLOCK + 1, 0, N - 25, SIZE - 25 * BLOCK, {"-v"}},
    {"longer", SIZE + 3 * BLOCK, 0, 0, 0, {"-v"}},
    {"less than a block", BLOCK - 1, 0, 1, SIZE, {"-v"}},
    {"empty", 0, 0, 1, SIZE, {"-v"}},
};

START_TEST(of_every_kind)
{
	struct stat old, now;

	serve();
	scratch_fill("here/newf", copies[_i].size, SEED);
	if (copies[_i].every > 0)
		change_blocks("here/newf", copies[_i].every);
	ck_assert_int_eq(fstatat(scratch_fd(), "here/newf", &old, 0), 0);
	here_get(&client, server.port, 0, copies[_i].row,
	    HERE_LIST("--reuse", "f", copies[_i].args[0], copies[_i].args[1]));
	server_stop(&server);
	pieces_expect_file(copies[_i].row, "newf");
	expect_fetched(copies[_i].row, copies[_i].fetched, copies[_i].bytes);
	ck_assert_int_eq(fstatat(scratch_fd(), "here/newf", &now, 0), 0);
	ck_assert_uint_ne(old.st_ino, now.st_ino);
	if (copies[_i].bytes < SIZE)
		ck_assert_ptr_nonnull(
		    strstr(program_err(&client), " reused  "));
}
END_TEST

/* A byte in front: no block stands where it stood. */
START_TEST(shifted)
{
	size_t len;
	char *text;

	serve();
	text = scratch_read("served/f", &len);
	ck_assert_ptr_nonnull(text);
	scratch_write("here/newf", "x", 1);
	scratch_write("here/newf", text + 1, len - 1);
	free(text);
	here_get(&client, server.port, 0, "shifted", HERE_LIST("--reuse", "f"));
	server_stop(&server);
	pieces_expect_file("shifted", "newf");
	expect_fetched("shifted", N, SIZE);
}
END_TEST

/* Zero blocks of the older copy become holes, written or not. */
START_TEST(with_holes)
{
	struct stat stat;

	if (!scratch_keeps_holes()) {
		harness_skip("with_holes", "this file system keeps none");
		return;
	}
	scratch_sparse("served/f", SIZE);
	scratch_overwrite("served/f", 5 * BLOCK, 10, 1);
	sum_file(&pieces_served, "served/f", 0, UINT64_MAX);
	scratch_sparse("here/newf", SIZE);
	server_start(&server, LOGGED);
	here_get(&client, server.port, 0, "holes",
	    HERE_LIST("--reuse", "--sparse", "f"));
	server_stop(&server);
	pieces_expect_file("holes", "newf");
	expect_fetched("holes", 1, BLOCK);
	ck_assert_int_eq(fstatat(scratch_fd(), "here/newf", &stat, 0), 0);
	ck_assert_int_lt(stat.st_blocks * 512, BLOCK);
}
END_TEST

/* People and scripts are told how much was reused. */
START_TEST(told)
{
	serve();
	scratch_fill("here/newf", SIZE, SEED);
	change_blocks("here/newf", N);
	here_get(&client, server.port, 0, "line", HERE_LIST("--reuse", "f"));
	ck_assert_ptr_nonnull(strstr(program_err(&client),
	    "  1.0 MiB fetched, 39 MiB reused  verified"));
	change_blocks("here/newf", N);
	here_get(&client, server.port, 0, "json",
	    HERE_LIST("--reuse", "--json", "f"));
	ck_assert_ptr_nonnull(strstr(program_out(&client),
	    "\"received\":1048576,\"reused\":40882119,"));
	server_stop(&server);
}
END_TEST

/* ---- where the copy is --------------------------------------------------- */

/* No copy is no mistake. */
START_TEST(none_here)
{
	serve();
	here_get(&client, server.port, 0, "none", HERE_LIST("--reuse", "f"));
	server_stop(&server);
	pieces_expect_file("none", "newf");
	expect_fetched("none", 1, SIZE);
}
END_TEST

/* FILE is only read; a file of the final name is not looked at. */
START_TEST(elsewhere)
{
	serve();
	scratch_fill("outside/old", SIZE, SEED);
	change_blocks("outside/old", N);
	scratch_text("here/newf", "older");
	here_get(&client, server.port, 0, "FILE",
	    HERE_LIST("--reuse=../outside/old", "f"));
	server_stop(&server);
	pieces_expect_file("FILE", "newf");
	expect_fetched("FILE", 1, BLOCK);
}
END_TEST

/* copy_file_range(2) may refuse to copy between file systems. */
START_TEST(on_another_file_system)
{
	char path[] = "/dev/shm/fileget-reuse-XXXXXX", option[64];
	int fd = mkostemp(path, O_CLOEXEC);
	struct stat there, here;
	size_t len;
	char *text;

	if (fd < 0 || fstat(fd, &there) != 0 ||
	    fstat(scratch_fd(), &here) != 0 || there.st_dev == here.st_dev) {
		harness_skip("on_another_file_system", "there is no other one");
		if (fd >= 0)
			unlink(path);
		return;
	}
	serve();
	text = scratch_read("served/f", &len);
	ck_assert_ptr_nonnull(text);
	text[3 * BLOCK] ^= 1;
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	free(text);
	close(fd);
	snprintf(option, sizeof(option), "--reuse=%s", path);
	here_get(&client, server.port, 0, path, HERE_LIST(option, "f"));
	unlink(path);
	server_stop(&server);
	pieces_expect_file(path, "newf");
	expect_fetched(path, 1, BLOCK);
}
END_TEST

/* Other names of the old file keep the old bytes. */
START_TEST(with_another_name)
{
	struct sum old, kept;

	serve();
	scratch_fill("here/newf", SIZE, SEED);
	change_blocks("here/newf", 2);
	sum_file(&old, "here/newf", 0, UINT64_MAX);
	ck_assert_int_eq(linkat(scratch_fd(), "here/newf", scratch_fd(),
			     "outside/name", 0),
	    0);
	here_get(&client, server.port, 0, "link", HERE_LIST("--reuse", "f"));
	server_stop(&server);
	pieces_expect_file("link", "newf");
	sum_file(&kept, "outside/name", 0, UINT64_MAX);
	sum_expect(&kept, &old, "the other name");
}
END_TEST

/* With -r -u each file that has changed is compared with its older copy; small
 * ones are fetched. */
START_TEST(of_a_tree)
{
	scratch_mkdir("served/d");
	scratch_fill("served/d/a", SIZE, SEED);
	scratch_fill("served/d/b", SIZE, SEED + 1);
	scratch_text("served/d/small", "text");
	server_start(&server, LOGGED);
	here_get(&client, server.port, 0, "first", HERE_LIST("-r", "d"));
	server_stop(&server);
	change_blocks("served/d/a", N);
	scratch_text("served/d/small", "other");
	server_start(&server, LOGGED);
	here_get(&client, server.port, 0, "again",
	    HERE_LIST("-r", "-u", "--reuse", "d"));
	server_stop(&server);
	expect_fetched("again", 2, BLOCK + strlen("other"));
	sum_expect_files("here/newd/a", "served/d/a");
	sum_expect_files("here/newd/b", "served/d/b");
	sum_expect_files("here/newd/small", "served/d/small");
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), ", 1.0 MiB fetched, 39 MiB reused"));
}
END_TEST

/* ---- mistakes ------------------------------------------------------------ */

static const struct {
	const char *row;
	const char *args[4];
	const char *said;
} mistakes[] = {
    {"no such file", {"--reuse=nowhere", "f"}, "cannot read nowhere"},
    {"folder", {"--reuse=../outside", "f"}, "is a folder, not a file"},
    {"FIFO", {"--reuse=fifo", "f"}, "is not a regular file"},
    {"device", {"--reuse=/dev/zero", "f"}, "is not a regular file"},
    {"nothing", {"--reuse=", "f"}, "nothing stands behind the ="},
    {"two names", {"--reuse=fifo", "f", "g"}, "needs exactly one NAME"},
    {"no name", {"--reuse=fifo"}, "needs exactly one NAME"},
    {"standard output", {"--reuse", "-o-", "f"}, "exclude each other"},
    {"-f", {"--reuse", "-f", "f"}, "exclude each other"},
    {"-l", {"--reuse", "-l", "f"}, "exclude each other"},
    {"-r", {"--reuse=fifo", "-r", "f"}, "exclude each other"},
};

START_TEST(mistaken)
{
	scratch_text("served/f", "text");
	server_start(&server, NULL);
	ck_assert_int_eq(mkfifoat(scratch_fd(), "here/fifo", 0600), 0);
	here_get(&client, server.port, 2, mistakes[_i].row, mistakes[_i].args);
	ck_assert_ptr_nonnull(strstr(program_err(&client), mistakes[_i].said));
	here_expect_names("here", mistakes[_i].row, HERE_LIST("fifo"));
	server_stop(&server);
}
END_TEST

Suite *
reuse_suite(void)
{
	Suite *suite = suite_create("reuse");
	TCase *tcase;

	tcase = harness_case(suite, "copies", 120);
	tcase_add_loop_test(tcase, of_every_kind, 0, (int)HARNESS_ROWS(copies));
	tcase_add_test(tcase, shifted);
	tcase_add_test(tcase, with_holes);
	tcase_add_test(tcase, told);
	tcase = harness_case(suite, "places", 120);
	tcase_add_test(tcase, none_here);
	tcase_add_test(tcase, elsewhere);
	tcase_add_test(tcase, on_another_file_system);
	tcase_add_test(tcase, with_another_name);
	tcase_add_test(tcase, of_a_tree);
	tcase = harness_case(suite, "mistakes", 60);
	tcase_add_loop_test(tcase, mistaken, 0, (int)HARNESS_ROWS(mistakes));
	return suite;
}
