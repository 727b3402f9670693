/*
 * root: opening folders, and the state of their entries, which must be that of
 * opening an entry by its whole name.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/names.h"
#include "server/root.h"
#include "tests/unit/unit.h"

/* base contains the served folder and one that no client may reach. */
static char base[UNIT_PATH], served[UNIT_PATH];
static struct root root;

static void
make_folder(const char *name)
{
	char path[UNIT_PATH];

	unit_path(path, base, name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void
setup(void)
{
	static const struct {
		const char *link, *to;
	} links[] = {
	    {"link", "file"},
	    {"link_dir", "dir"},
	    {"dir/up", "../file"},
	    {"dir/self", "."},
	    {"out", "../outside/secret"},
	    {"out_dir", "../outside"},
	    {"absolute", "/etc/passwd"},
	    {"loop", "loop"},
	    {"dangling", "nowhere"},
	    {"through_a_file", "file/x"},
	    {"to_git", ".git"},
	};
	char path[UNIT_PATH];
	size_t i;

	unit_folder(base);
	make_folder("served");
	make_folder("outside");
	make_folder("served/dir");
	make_folder("served/dir/deep");
	make_folder("served/.git");
	unit_path(served, base, "served");
	unit_write(base, "outside/secret", "secret", 6);
	unit_write(served, "file", "content", 7);
	unit_write(served, "dir/inner", "inner", 5);
	unit_write(served, "dir/.secret", "hid", 3);
	for (i = 0; i < UNIT_ROWS(links); i++) {
		unit_path(path, served, links[i].link);
		ck_assert_int_eq(symlink(links[i].to, path), 0);
	}
	unit_path(path, served, "fifo");
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	ck_assert_int_eq(root_open(&root, served, false, true), 0);
}

static void
teardown(void)
{
	root_close(&root);
}

static enum protocol_status
open_folder(const char *name, struct root_file *folder)
{
	return root_open_folder(&root, (const uint8_t *)name, strlen(name),
	    folder);
}

static int
lowest_free(void)
{
	int fd = dup(STDIN_FILENO);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

START_TEST(test_open)
{
	static const struct {
		const char *name;
		enum protocol_status status;
	} rows[] = {
	    {".", PROTOCOL_OK},
	    {"dir", PROTOCOL_OK},
	    {"dir/deep", PROTOCOL_OK},
	    {"link_dir", PROTOCOL_OK},
	    {"dir/self", PROTOCOL_OK},
	    {"link_dir/deep", PROTOCOL_OK},
	    {"file", PROTOCOL_NOT_A_FILE},
	    {"dir/inner", PROTOCOL_NOT_A_FILE},
	    {"link", PROTOCOL_NOT_A_FILE},
	    {"fifo", PROTOCOL_NOT_A_FILE},
	    {"file/x", PROTOCOL_NOT_FOUND},
	    {"nothing", PROTOCOL_NOT_FOUND},
	    {"dangling", PROTOCOL_NOT_FOUND},
	    {"out_dir", PROTOCOL_DENIED},
	    {"out", PROTOCOL_DENIED},
	    {"absolute", PROTOCOL_DENIED},
	    {"loop", PROTOCOL_DENIED},
	    {".git", PROTOCOL_DENIED},
	    {"to_git", PROTOCOL_OK},
	    {"..", PROTOCOL_DENIED},
	};
	int before = lowest_free();
	struct root_file folder;
	enum protocol_status status;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		status = open_folder(rows[i].name, &folder);
		ck_assert_msg(status == rows[i].status, "%s: %s", rows[i].name,
		    protocol_status_name(status));
		ck_assert_msg((folder.fd >= 0) == (status == PROTOCOL_OK), "%s",
		    rows[i].name);
		if (status == PROTOCOL_OK) {
			ck_assert(S_ISDIR(folder.stat.st_mode));
			ck_assert_int_ne(fcntl(folder.fd, F_GETFD) & FD_CLOEXEC,
			    0);
			root_close_file(&folder);
		}
		ck_assert_int_eq(lowest_free(), before);
	}
	/* The positive control: the link leads outside. */
	ck_assert_int_eq(fchdir(root.fd), 0);
	ck_assert_int_eq(access("out_dir/secret", R_OK), 0);
	/* len ends the name, not a NUL. */
	ck_assert_int_eq(root_open_folder(&root, (const uint8_t *)"dirX", 3,
			     &folder),
	    PROTOCOL_OK);
	root_close_file(&folder);
}
END_TEST

START_TEST(test_shows)
{
	static const struct {
		const char *entry;
		bool hidden, shows;
	} rows[] = {
	    {".", false, false},
	    {".", true, false},
	    {"..", false, false},
	    {"..", true, false},
	    {"...", false, false},
	    {"...", true, true},
	    {".f", false, false},
	    {".f", true, true},
	    {"f", false, true},
	    {"f.", true, true},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		root.hidden = rows[i].hidden;
		ck_assert_msg(root_shows(&root, rows[i].entry) == rows[i].shows,
		    "%s, %d", rows[i].entry, rows[i].hidden);
	}
}
END_TEST

static enum root_entry
stat_entry(const char *name, const char *entry, struct stat *stat)
{
	struct root_file folder;
	enum root_entry seen;

	ck_assert_int_eq(open_folder(name, &folder), PROTOCOL_OK);
	seen = root_stat_entry(&root, &folder, (const uint8_t *)name,
	    strlen(name), entry, stat);
	root_close_file(&folder);
	return seen;
}

#define SEEN   ROOT_ENTRY_SEEN
#define UNSEEN ROOT_ENTRY_UNSEEN
#define NONE   ROOT_ENTRY_NONE

static const struct {
	const char *folder, *entry;
	enum root_entry seen, no_links;
	const char *leads_to; /* path below base */
} entries[] = {
    {".", "file", SEEN, SEEN, "served/file"},
    {".", "dir", SEEN, SEEN, "served/dir"},
    {".", "link", SEEN, NONE, "served/file"},
    {".", "link_dir", SEEN, NONE, "served/dir"},
    {".", "fifo", SEEN, SEEN, "served/fifo"},
    {".", "to_git", SEEN, NONE, "served/.git"},
    {"dir", "inner", SEEN, SEEN, "served/dir/inner"},
    {"dir", "up", SEEN, NONE, "served/file"},
    {"dir", "self", SEEN, NONE, "served/dir"},
    {".", "nothing", NONE, NONE, NULL},
    {".", "dangling", NONE, NONE, NULL},
    {".", "out", NONE, NONE, NULL},
    {".", "out_dir", NONE, NONE, NULL},
    {".", "absolute", NONE, NONE, NULL},
    {".", "loop", NONE, NONE, NULL},
    {".", "through_a_file", NONE, NONE, NULL},
};

/* Each entry has the state of the file it leads to, or none. */
START_TEST(test_entries)
{
	int before = lowest_free();
	enum root_entry seen, wanted;
	char path[UNIT_PATH];
	struct stat got, led;
	size_t i;

	if (_i == 1) {
		root_close(&root);
		ck_assert_int_eq(root_open(&root, served, false, false), 0);
	}
	for (i = 0; i < UNIT_ROWS(entries); i++) {
		wanted = _i == 1 ? entries[i].no_links : entries[i].seen;
		seen = stat_entry(entries[i].folder, entries[i].entry, &got);
		ck_assert_msg(seen == wanted, "%s: %d", entries[i].entry,
		    (int)seen);
		ck_assert_int_eq(lowest_free(), before);
		if (seen != SEEN)
			continue;
		unit_path(path, base, entries[i].leads_to);
		ck_assert_int_eq(lstat(path, &led), 0);
		ck_assert_msg(got.st_ino == led.st_ino &&
			got.st_mode == led.st_mode &&
			got.st_size == led.st_size,
		    "%s", entries[i].entry);
	}
}
END_TEST

/* Regression: entries of a folder that may be read but not searched were
 * omitted, and so were links that lead through such a folder. */
START_TEST(test_forbidden)
{
	char path[UNIT_PATH];
	struct stat got;

	unit_drop_power();
	unit_path(path, served, "to_inner");
	ck_assert_int_eq(symlink("dir/inner", path), 0);
	unit_path(path, served, "dir");
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(stat_entry("dir", "inner", &got), UNSEEN);
	ck_assert_int_eq(stat_entry("dir", "deep", &got), UNSEEN);
	ck_assert_int_eq(stat_entry("dir", "up", &got), UNSEEN);
	ck_assert_int_eq(stat_entry(".", "to_inner", &got), UNSEEN);
	ck_assert_int_eq(stat_entry(".", "dir", &got), SEEN);
	ck_assert_int_eq(stat_entry(".", "dangling", &got), NONE);
	ck_assert_int_eq(chmod(path, 0700), 0);
}
END_TEST

/* The state of an entry whose whole name exceeds NAMES_MAX is known all the
 * same, unless it is a link. */
START_TEST(test_too_long)
{
	static uint8_t name[NAMES_MAX];
	struct root_file folder;
	struct stat got;
	size_t len;

	memset(name, 'x', sizeof(name));
	ck_assert_int_eq(open_folder("dir", &folder), PROTOCOL_OK);
	for (len = NAMES_MAX - 8; len <= NAMES_MAX; len++) {
		ck_assert_int_eq(root_stat_entry(&root, &folder, name, len,
				     "inner", &got),
		    SEEN);
		ck_assert_int_eq(got.st_size, 5);
		/* A folder of this name does not exist. */
		ck_assert_int_eq(root_stat_entry(&root, &folder, name, len,
				     "self", &got),
		    len <= NAMES_MAX - 5 ? NONE : UNSEEN);
	}
	root_close_file(&folder);
}
END_TEST

Suite *
root_list_suite(void)
{
	Suite *suite = suite_create("root_list");
	TCase *tcase = unit_case(suite, "folders");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_open);
	tcase_add_test(tcase, test_shows);
	tcase_add_loop_test(tcase, test_entries, 0, 2);
	tcase_add_test(tcase, test_forbidden);
	tcase_add_test(tcase, test_too_long);
	return suite;
}
