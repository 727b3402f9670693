/*
 * Targets that exist already, above all links planted by another user: nothing
 * outside is changed, the exit code is 10, and if it is the target itself, no
 * connection is made.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "common/clock.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/tree.h"
#include "tests/harness/wire.h"

static struct program client;
static struct server server;

static void
plant_fifo(const char *name)
{
	ck_assert_int_eq(mkfifoat(scratch_fd(), name, 0644), 0);
}

static void
plant_link(const char *name)
{
	char path[SCRATCH_PATH];

	scratch_symlink(scratch_path(path, "outside"), name);
}

static void
plant_relative_link(const char *name)
{
	scratch_symlink("../outside", name);
}

static void
plant_link_inside(const char *name)
{
	scratch_mkdir("here/inside");
	scratch_symlink("inside", name);
}

static void
plant_dangling(const char *name)
{
	scratch_symlink("../outside/new", name);
}

static void
plant_circle(const char *name)
{
	scratch_symlink(strrchr(name, '/') + 1, name);
}

static const struct {
	const char *row;
	void (*plant)(const char *name);
	const char *says;
} plants[] = {
    {"a FIFO", plant_fifo, "is not a folder here"},
    {"a link", plant_link, "is a link here"},
    {"a relative link", plant_relative_link, "is a link here"},
    {"a link inside", plant_link_inside, "is a link here"},
    {"a dangling link", plant_dangling, "is a link here"},
    {"a circle", plant_circle, "is a link here"},
};

/* The ways to name the target. */
static const struct {
	const char *const args[6];
	const char *target;
} targets[] = {
    {{"-r", "t", NULL}, "here/newt"},
    {{"-rk", "t", NULL}, "here/t"},
    {{"-r", ".", NULL}, "here/new127.0.0.1"},
    {{"-ru", "a/b/t", NULL}, "here/newt"},
};

static void
expect_untouched(const char *what)
{
	here_expect_names("outside", what, HERE_LIST("f", "sub"));
	here_expect_names("outside/sub", what, HERE_LIST(NULL));
}

static void
make_outside(void)
{
	scratch_text("outside/f", "outside");
	scratch_mkdir("outside/sub");
}

START_TEST(target_is_no_folder)
{
	uint16_t port;
	size_t i;

	make_outside();
	close(wire_listen(&port));
	for (i = 0; i < HARNESS_ROWS(targets); i++) {
		plants[_i].plant(targets[i].target);
		here_get(&client, port, 10, plants[_i].row, targets[i].args);
		ck_assert_ptr_nonnull(
		    strstr(program_err(&client), plants[_i].says));
		expect_untouched(plants[_i].row);
		scratch_remove(targets[i].target);
		if (scratch_exists("here/inside"))
			ck_assert_int_eq(unlinkat(scratch_fd(), "here/inside",
					     AT_REMOVEDIR),
			    0);
	}
	/* -o with an existing file or link: neither is a folder. */
	scratch_text("here/x", "a file");
	here_get(&client, port, 10, "-o", HERE_LIST("-r", "-o", "x", "t"));
	here_get(&client, port, 10, "-o", HERE_LIST("-r", "-o", "x/", "t"));
	here_get(&client, port, 10, "-o", HERE_LIST("-r", "-o", "x/y", "t"));
	here_get(&client, port, 10, "-P", HERE_LIST("-r", "-P", "x", "t"));
	here_get(&client, port, 10, "-P", HERE_LIST("-r", "-P", "no", "t"));
}
END_TEST

/* A file with the name may be an older version, so the server is asked. */
START_TEST(target_is_a_file)
{
	scratch_text("here/newt", "a file");
	tree_fill("served/t/f", 1000, 1);
	server_start(&server, NULL);
	here_get(&client, server.port, 10, "a folder", HERE_LIST("-r", "t"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "newt: it is not a folder here"));
	here_expect_names("here", "a folder", HERE_LIST("newt"));
	scratch_rename("served/t", "served/was");
	scratch_fill("served/t", 1000, 2);
	here_get(&client, server.port, 0, "a file", HERE_LIST("-r", "t"));
	sum_expect_files("here/newt", "served/t");
	server_stop(&server);
}
END_TEST

/* Positive control: with nothing planted, the server is asked. */
START_TEST(nothing_planted)
{
	uint16_t port;

	close(wire_listen(&port));
	here_get(&client, port, 3, "nothing", HERE_LIST("-r", "t"));
	scratch_mkdir("here/newt");
	here_get(&client, port, 3, "a folder", HERE_LIST("-r", "t"));
}
END_TEST

/* At each level below, for folders and for files. */
static const struct {
	const char *name;
	bool is_file;
} levels[] = {
    {"here/newt/a", false},
    {"here/newt/a/b", false},
    {"here/newt/a/b/sub", false},
    {"here/newt/f", true},
    {"here/newt/a/f", true},
    {"here/newt/a/b/sub/f", true},
};

START_TEST(planted_inside)
{
	char path[SCRATCH_PATH];
	size_t i;
	int round;

	make_outside();
	tree_fill("served/t/f", 1000, 1);
	tree_fill("served/t/a/f", 1000, 2);
	tree_fill("served/t/a/b/f", 1000, 3);
	tree_fill("served/t/a/b/sub/f", 1000, 4);
	tree_fill("served/t/z", 1000, 5);
	server_start(&server, NULL);
	for (round = 0; round < 2; round++)
		for (i = 0; i < HARNESS_ROWS(levels); i++) {
			tree_make_way(levels[i].name);
			scratch_symlink(scratch_path(path,
					    levels[i].is_file ? "outside/f" :
								"outside"),
			    levels[i].name);
			/* A file in the way of a file is replaced. */
			here_get(&client, server.port,
			    levels[i].is_file ? 0 : 10, levels[i].name,
			    round == 0 ? HERE_LIST("-r", "t") :
					 HERE_LIST("-ru", "-j3", "t"));
			expect_untouched(levels[i].name);
			sum_expect_files("here/newt/z", "served/t/z");
			if (levels[i].is_file)
				tree_expect_same("here/newt", "served/t",
				    "replaced");
			else
				ck_assert_ptr_nonnull(
				    strstr(program_err(&client), "link"));
			scratch_rename("here/newt", "outside/gone");
			scratch_rename("outside/gone", "here/gone");
			snprintf(path, sizeof(path), "here/gone%d%zu", round,
			    i);
			scratch_rename("here/gone", path);
		}
	server_stop(&server);
}
END_TEST

/* While files are written into a folder, it is moved away and replaced by a
 * link, again and again. */
START_TEST(planted_meanwhile)
{
	char name[64], path[SCRATCH_PATH], target[SCRATCH_PATH];
	int i, round, code;

	make_outside();
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "served/t/a/d%d", i);
		tree_fill_many(name, 5);
	}
	scratch_path(target, "outside");
	server_start(&server, NULL);
	for (round = 0; round < 5; round++) {
		client_start(&client, server.port, HERE_LIST("-rq", "t"), NULL);
		for (i = 0; !program_ended(&client) && i < 200; i++) {
			if (!scratch_exists("here/newt/a"))
				continue;
			snprintf(path, sizeof(path), "here/newt/away%d", i);
			if (renameat(scratch_fd(), "here/newt/a", scratch_fd(),
				path) != 0)
				continue;
			(void)!symlinkat(target, scratch_fd(), "here/newt/a");
			(void)!unlinkat(scratch_fd(), "here/newt/a", 0);
			(void)!renameat(scratch_fd(), path, scratch_fd(),
			    "here/newt/a");
		}
		code = program_wait(&client, 60 * CLOCK_SEC);
		ck_assert_msg(code == 0 || code == 10, "exit %d", code);
		expect_untouched("meanwhile");
		snprintf(path, sizeof(path), "here/gone%d", round);
		scratch_rename("here/newt", path);
	}
	server_stop(&server);
}
END_TEST

Suite *
planted_suite(void)
{
	Suite *suite = suite_create("planted");
	TCase *tcase;

	tcase = harness_case(suite, "target", 60);
	tcase_add_loop_test(tcase, target_is_no_folder, 0,
	    (int)HARNESS_ROWS(plants));
	tcase_add_test(tcase, target_is_a_file);
	tcase_add_test(tcase, nothing_planted);
	tcase = harness_case(suite, "inside", 120);
	tcase_add_test(tcase, planted_inside);
	tcase_add_test(tcase, planted_meanwhile);
	return suite;
}
