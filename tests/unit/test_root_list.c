/*
 * Folders of the served one: opened to be listed, and the state of what is in
 * them, which is what opening it by its whole name would find.
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

/* base holds the served folder and, beside it, what nobody may reach. */
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
	/* The positive control: what leads outside does. */
	ck_assert_int_eq(fchdir(root.fd), 0);
	ck_assert_int_eq(access("out_dir/secret", R_OK), 0);
	/* The name ends where its length says. */
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

static enum protocol_status
stat_entry(const char *name, const char *entry, struct stat *stat)
{
	struct root_file folder;
	enum protocol_status status;

	ck_assert_int_eq(open_folder(name, &folder), PROTOCOL_OK);
	status = root_stat_entry(&root, &folder, (const uint8_t *)name,
	    strlen(name), entry, stat);
	root_close_file(&folder);
	return status;
}

static const struct {
	const char *folder, *entry;
	enum protocol_status status, no_links;
	const char *leads_to; /* below base */
} entries[] = {
    {".", "file", PROTOCOL_OK, PROTOCOL_OK, "served/file"},
    {".", "dir", PROTOCOL_OK, PROTOCOL_OK, "served/dir"},
    {".", "link", PROTOCOL_OK, PROTOCOL_DENIED, "served/file"},
    {".", "link_dir", PROTOCOL_OK, PROTOCOL_DENIED, "served/dir"},
    {".", "fifo", PROTOCOL_OK, PROTOCOL_OK, "served/fifo"},
    {".", "to_git", PROTOCOL_OK, PROTOCOL_DENIED, "served/.git"},
    {"dir", "inner", PROTOCOL_OK, PROTOCOL_OK, "served/dir/inner"},
    {"dir", "up", PROTOCOL_OK, PROTOCOL_DENIED, "served/file"},
    {"dir", "self", PROTOCOL_OK, PROTOCOL_DENIED, "served/dir"},
    {".", "nothing", PROTOCOL_NOT_FOUND, PROTOCOL_NOT_FOUND, NULL},
    {".", "dangling", PROTOCOL_NOT_FOUND, PROTOCOL_DENIED, NULL},
    {".", "out", PROTOCOL_DENIED, PROTOCOL_DENIED, NULL},
    {".", "out_dir", PROTOCOL_DENIED, PROTOCOL_DENIED, NULL},
    {".", "absolute", PROTOCOL_DENIED, PROTOCOL_DENIED, NULL},
    {".", "loop", PROTOCOL_DENIED, PROTOCOL_DENIED, NULL},
};

/* The same file as by its name, or the same reason why not. */
START_TEST(test_entries)
{
	int before = lowest_free();
	enum protocol_status status, wanted;
	char path[UNIT_PATH];
	struct stat got, led;
	size_t i;

	if (_i == 1) {
		root_close(&root);
		ck_assert_int_eq(root_open(&root, served, false, false), 0);
	}
	for (i = 0; i < UNIT_ROWS(entries); i++) {
		wanted = _i == 1 ? entries[i].no_links : entries[i].status;
		status = stat_entry(entries[i].folder, entries[i].entry, &got);
		ck_assert_msg(status == wanted, "%s: %s", entries[i].entry,
		    protocol_status_name(status));
		ck_assert_int_eq(lowest_free(), before);
		if (status != PROTOCOL_OK)
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

/* A name that could not be asked for, to the byte; the folder's own name is
 * needed for links alone. */
START_TEST(test_too_long)
{
	static uint8_t name[NAMES_MAX];
	struct root_file folder;
	struct stat got;
	size_t len;

	memset(name, 'x', sizeof(name));
	ck_assert_int_eq(open_folder("dir", &folder), PROTOCOL_OK);
	for (len = NAMES_MAX - 8; len <= NAMES_MAX; len++)
		ck_assert_int_eq(root_stat_entry(&root, &folder, name, len,
				     "inner", &got),
		    len <= NAMES_MAX - 6 ? PROTOCOL_OK : PROTOCOL_BAD_NAME);
	ck_assert_int_eq(root_stat_entry(&root, &folder, name, NAMES_MAX - 3,
			     "up", &got),
	    PROTOCOL_NOT_FOUND);
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
	tcase_add_test(tcase, test_too_long);
	return suite;
}
