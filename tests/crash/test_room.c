/*
 * Folders that cannot be written to, in each way in which fileget writes: a
 * full disk, one without inodes, a limit on file size, a read-only mount,
 * another user's folder. Expected: exit code 10, the cause in one line, older
 * files unchanged, nothing left but a usable part file, and files that fit are
 * fetched. See also tests/e2e/test_disks.c.
 */

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/text.h"
#include "tests/crash/goods.h"
#include "tests/crash/suites.h"
#include "tests/harness/apart.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/tree.h"
#include "tests/harness/wait.h"

enum {
	/* Too small for the free-space check, and more than is free. */
	ROOM_LARGE = 1000000,
	ROOM_SMALL = 3000,
	ROOM_LIMIT = 500000,
	ROOM_ARGS = 10,
	ROOM_NOBODY = 65534,
};

static struct goods files, tree, huge;
static struct server server;
static struct program client;

static void
prepare(void)
{
	char hex[2 * SHA256_DIGEST_LENGTH + 1], line[2 * sizeof(hex)];
	size_t i;

	goods_add(&files, "l", "newl", ROOM_LARGE, true);
	goods_add(&files, "s", "news", ROOM_SMALL, false);
	goods_add(&tree, "t/d/l", "newt/d/l", ROOM_LARGE, true);
	goods_add(&tree, "t/s", "newt/s", ROOM_SMALL, false);
	goods_add(&huge, "h", "newh", PIECES_LEAST, true);
	scratch_text("SUMS", "");
	for (i = 0; i < files.n; i++) {
		text_hex(files.all[i].fresh.bytes, SHA256_DIGEST_LENGTH, hex);
		snprintf(line, sizeof(line), "%s  %s\n", hex,
		    files.all[i].path + strlen("new"));
		scratch_append("SUMS", line);
	}
	server_start(&server, HERE_LIST("-q"));
}

/* ---- obstacles ---------------------------------------------------------- */

static int
mount_here(const char *options)
{
	char here[SCRATCH_PATH];

	return mount("none", scratch_path(here, "here"), "tmpfs", 0, options);
}

static int
mount_full(void)
{
	return mount_here("size=700k");
}

static int
mount_empty(void)
{
	return mount_here("size=10m");
}

/* Allows exactly the inodes in use. */
static int
take_inodes(void)
{
	char here[SCRATCH_PATH], options[32];
	struct statvfs space;

	if (statvfs(scratch_path(here, "here"), &space) != 0)
		return -1;
	snprintf(options, sizeof(options), "nr_inodes=%llu",
	    (unsigned long long)(space.f_files - space.f_ffree));
	return mount("none", here, "tmpfs", MS_REMOUNT, options);
}

static int
remount_read_only(void)
{
	char here[SCRATCH_PATH];

	scratch_path(here, "here");
	return mount(here, here, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static int
mount_apart(void)
{
	char here[SCRATCH_PATH];

	scratch_path(here, "here");
	return mount(here, here, NULL, MS_BIND, NULL);
}

static int
give_away(void)
{
	static const char *const folders[] = {"here/newt/d", "here/newt"};
	size_t i;

	/* Also the folders of the tree, if they exist. */
	for (i = 0; i < HARNESS_ROWS(folders); i++)
		if (fchownat(scratch_fd(), folders[i], ROOM_NOBODY, -1U, 0) !=
			0 &&
		    errno != ENOENT)
			return -1;
	return fchownat(scratch_fd(), "here", ROOM_NOBODY, -1U, 0);
}

static void
limit_size(void)
{
	struct rlimit limit = {ROOM_LIMIT, ROOM_LIMIT};

	setrlimit(RLIMIT_FSIZE, &limit);
}

static const struct obstacle {
	const char *row;
	int (*mount)(void);   /* runs before the older files are created */
	int (*confine)(void); /* runs after that */
	void (*before)(void); /* runs in fileget's process */
	const char *cause;
	bool small_fits;
} obstacles[] = {
    {"full", mount_full, NULL, NULL, "No space left on device", true},
    {"no inodes", mount_empty, take_inodes, NULL, "No space left on device",
	false},
    {"limit", NULL, NULL, limit_size, "File too large", true},
    {"read-only", mount_apart, remount_read_only, NULL, "Read-only file system",
	false},
    {"someone else's", mount_apart, give_away, here_drop_power,
	"Permission denied", false},
};

static const struct way {
	const char *row;
	const struct goods *goods;
	const char *args[4];
	bool keeps_none; /* a failed file leaves nothing */
} ways[] = {
    {"plain", &files, .args = {"l", "s"}},
    {"unverified", &files, .args = {"--no-verify", "l", "s"}},
    {"not to go on from", &files, .args = {"--no-resume", "l", "s"},
	.keeps_none = true},
    {"synced", &files, .args = {"--fsync", "l", "s"}},
    {"sums", &files, .args = {"-c", "../SUMS"}},
    {"several connections", &files, .args = {"-j3", "l", "s"}},
    {"tree", &tree, .args = {"-r", "t"}},
    {"tree, again", &tree, .args = {"-r", "-u", "t"}},
    {"pieces", &huge, .args = {"-j3", "h"}},
};

/* ---- each way against each obstacle
 * --------------------------------------- */

static void
start(const char *const *way, void (*before)(void))
{
	const char *args[ROOM_ARGS] = {"-q"};
	size_t n = 1;

	for (; *way != NULL; way++)
		args[n++] = *way;
	here_start_after(&client, server.port, args, before);
}

static void
expect_failure(const struct obstacle *obstacle, const struct way *way,
    const char *what)
{
	const char *err = program_err(&client);
	bool fits = obstacle->small_fits && way->goods->n > 1;
	bool keeps = obstacle->small_fits && !way->keeps_none;
	unsigned fresh, parts;

	/* Space for pieces is checked before anything is written. */
	ck_assert_msg(strstr(err, obstacle->cause) != NULL ||
		strstr(err, "no room here") != NULL,
	    "%s: %s", what, err);
	/* One line for each file; in a tree, for each folder too. */
	ck_assert_msg(program_lines(err) <= 2 * way->goods->n, "%s: %s", what,
	    err);
	here_expect_harmless(err, what);
	fresh = goods_expect_sound(way->goods, "here", what);
	ck_assert_msg(fresh == fits, "%s: %u are new", what, fresh);
	parts = tree_count_ending("here", ".part");
	ck_assert_msg(parts <= keeps, "%s: %u part files", what, parts);
}

static void
run_row(const struct obstacle *obstacle, const struct way *way)
{
	char what[64], here[SCRATCH_PATH];

	snprintf(what, sizeof(what), "%s, %s", obstacle->row, way->row);
	goods_clear("here");
	if (obstacle->mount != NULL && obstacle->mount() != 0) {
		harness_skip(what, strerror(errno));
		return;
	}
	goods_put_old(way->goods, "here");
	if (obstacle->confine != NULL)
		ck_assert_int_eq(obstacle->confine(), 0);
	start(way->args, obstacle->before);
	here_expect_exit(&client, 10, what);
	expect_failure(obstacle, way, what);
	if (obstacle->mount != NULL)
		ck_assert_int_eq(umount2(scratch_path(here, "here"), 0), 0);
	ck_assert_int_eq(fchownat(scratch_fd(), "here", 0, -1U, 0), 0);
}

START_TEST(in_each_way)
{
	size_t i;

	prepare();
	for (i = 0; i < HARNESS_ROWS(ways); i++)
		run_row(&obstacles[_i], &ways[i]);
	server_stop(&server);
}
END_TEST

/* ---- full in the middle ------------------------------------------------- */

static const struct {
	const char *row;
	const char *args[4];
} filling[] = {
    {"one part", {"h"}},
    {"one part, unverified", {"--no-verify", "h"}},
    {"pieces", {"-j3", "h"}},
};

static bool
has_some(void *argument)
{
	struct statvfs space;
	char here[SCRATCH_PATH];

	(void)argument;
	ck_assert_int_eq(statvfs(scratch_path(here, "here"), &space), 0);
	return (space.f_blocks - space.f_bfree) * space.f_frsize >
	    PIECES_LEAST / 4;
}

/* The space is free at the start, and then taken by another program. */
START_TEST(fills_up_meanwhile)
{
	char here[SCRATCH_PATH];
	struct server slow;

	if (mount_here("size=70m") != 0) {
		harness_skip("fills_up_meanwhile", strerror(errno));
		return;
	}
	prepare();
	server_start(&slow, HERE_LIST("--limit-rate", "60M"));
	goods_put_old(&huge, "here");
	client_start(&client, slow.port, filling[_i].args, NULL);
	ck_assert(wait_until(has_some, NULL, WAIT_LIMIT));
	scratch_fill("here/another", PIECES_LEAST / 2, 1);
	here_expect_exit(&client, 10, filling[_i].row);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "No space left on device"));
	goods_expect_sound(&huge, "here", filling[_i].row);
	ck_assert_uint_eq(tree_count_ending("here", ".part"), 1);
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "the same command goes on"));
	/* Once there is space again, the file is fetched. */
	scratch_remove("here/another");
	here_get(&client, server.port, 0, filling[_i].row, filling[_i].args);
	goods_expect_new(&huge, "here", filling[_i].row);
	ck_assert_int_eq(umount2(scratch_path(here, "here"), 0), 0);
	server_stop(&slow);
	server_stop(&server);
}
END_TEST

Suite *
room_suite(void)
{
	Suite *suite = suite_create("room");
	TCase *tcase;

	tcase = apart_case(suite, "from the start", 120);
	tcase_add_loop_test(tcase, in_each_way, 0,
	    (int)HARNESS_ROWS(obstacles));
	tcase = apart_case(suite, "meanwhile", 120);
	tcase_add_loop_test(tcase, fills_up_meanwhile, 0,
	    (int)HARNESS_ROWS(filling));
	return suite;
}
