/*
 * root: which names may be opened. Every way out of the folder has a positive
 * control: open(2) follows it.
 */

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/root.h"
#include "tests/unit/unit.h"

/* base contains the served folder and one that no client may reach. */
static char base[UNIT_PATH], served[UNIT_PATH], outside[UNIT_PATH];
static struct root root;

static void
make_folder(const char *in, const char *name)
{
	char path[UNIT_PATH];

	unit_path(path, in, name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void
make_link(const char *name, const char *target)
{
	char path[UNIT_PATH];

	unit_path(path, served, name);
	ck_assert_int_eq(symlink(target, path), 0);
}

static void
make_special(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[UNIT_PATH];
	int fd;

	unit_path(path, served, "fifo");
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	unit_path(path, served, "socket");
	ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
	close(fd);
}

static void
setup(void)
{
	char path[UNIT_PATH];

	unit_folder(base);
	make_folder(base, "served");
	make_folder(base, "outside");
	unit_path(served, base, "served");
	unit_path(outside, base, "outside");
	unit_write(outside, "secret", "secret", 6);

	make_folder(served, "dir");
	make_folder(served, ".git");
	unit_write(served, "file", "content", 7);
	unit_write(served, "dir/inner", "inner", 5);
	unit_write(served, ".hidden", "hidden", 6);
	unit_write(served, "dir/.secret", "hidden", 6);
	unit_write(served, ".git/config", "hidden", 6);

	make_link("link", "file");
	make_link("link_dir", "dir");
	make_link("dir/up", "../file");
	make_link("out", "../outside/secret");
	make_link("out_dir", "../outside");
	make_link("out_and_in", "../served/file");
	unit_path(path, outside, "secret");
	make_link("absolute", path);
	unit_path(path, served, "file");
	make_link("absolute_in", path);
	make_link("loop", "loop");
	make_link("loop_a", "loop_b");
	make_link("loop_b", "loop_a");
	make_link("dangling", "nowhere");
	make_link("link_fifo", "fifo");
	make_special();
	ck_assert_int_eq(root_open(&root, served, false, true), 0);
}

static void
teardown(void)
{
	root_close(&root);
	ck_assert_int_eq(root.fd, -1);
}

static enum protocol_status
open_name(const char *name, struct root_file *file)
{
	return root_open_file(&root, (const uint8_t *)name, strlen(name), false,
	    file);
}

static enum protocol_status
stat_name(const char *name, struct protocol_attributes *attributes)
{
	return root_stat(&root, (const uint8_t *)name, strlen(name),
	    attributes);
}

/* The expected status of opening, of stat, and of opening without links. */
static const struct {
	const char *title, *name;
	enum protocol_status open, stat, no_links;
} rows[] = {
    {"file", "file", PROTOCOL_OK, PROTOCOL_OK, PROTOCOL_OK},
    {"in a folder", "dir/inner", PROTOCOL_OK, PROTOCOL_OK, PROTOCOL_OK},
    {"folder", "dir", PROTOCOL_NOT_A_FILE, PROTOCOL_OK, PROTOCOL_NOT_A_FILE},
    {"missing", "nothing", PROTOCOL_NOT_FOUND, PROTOCOL_NOT_FOUND,
	PROTOCOL_NOT_FOUND},
    {"below a file", "file/x", PROTOCOL_NOT_FOUND, PROTOCOL_NOT_FOUND,
	PROTOCOL_NOT_FOUND},
    {"FIFO", "fifo", PROTOCOL_NOT_A_FILE, PROTOCOL_NOT_A_FILE,
	PROTOCOL_NOT_A_FILE},
    {"socket", "socket", PROTOCOL_NOT_A_FILE, PROTOCOL_NOT_A_FILE,
	PROTOCOL_NOT_A_FILE},
    {"link", "link", PROTOCOL_OK, PROTOCOL_OK, PROTOCOL_DENIED},
    {"through a link", "link_dir/inner", PROTOCOL_OK, PROTOCOL_OK,
	PROTOCOL_DENIED},
    {"link up, inside", "dir/up", PROTOCOL_OK, PROTOCOL_OK, PROTOCOL_DENIED},
    {"link to a FIFO", "link_fifo", PROTOCOL_NOT_A_FILE, PROTOCOL_NOT_A_FILE,
	PROTOCOL_DENIED},
    {"link outside", "out", PROTOCOL_DENIED, PROTOCOL_DENIED, PROTOCOL_DENIED},
    {"folder outside", "out_dir", PROTOCOL_DENIED, PROTOCOL_DENIED,
	PROTOCOL_DENIED},
    {"in a folder outside", "out_dir/secret", PROTOCOL_DENIED, PROTOCOL_DENIED,
	PROTOCOL_DENIED},
    {"out and in again", "out_and_in", PROTOCOL_DENIED, PROTOCOL_DENIED,
	PROTOCOL_DENIED},
    {"absolute link outside", "absolute", PROTOCOL_DENIED, PROTOCOL_DENIED,
	PROTOCOL_DENIED},
    {"absolute link inside", "absolute_in", PROTOCOL_DENIED, PROTOCOL_DENIED,
	PROTOCOL_DENIED},
    {"link to itself", "loop", PROTOCOL_DENIED, PROTOCOL_DENIED,
	PROTOCOL_DENIED},
    {"links in a circle", "loop_a", PROTOCOL_DENIED, PROTOCOL_DENIED,
	PROTOCOL_DENIED},
    {"dangling link", "dangling", PROTOCOL_NOT_FOUND, PROTOCOL_NOT_FOUND,
	PROTOCOL_DENIED},
    {"hidden", ".hidden", PROTOCOL_DENIED, PROTOCOL_DENIED, PROTOCOL_DENIED},
    {"hidden in a folder", "dir/.secret", PROTOCOL_DENIED, PROTOCOL_DENIED,
	PROTOCOL_DENIED},
    {"in a hidden folder", ".git/config", PROTOCOL_DENIED, PROTOCOL_DENIED,
	PROTOCOL_DENIED},
    {"hidden and missing", ".nothing", PROTOCOL_DENIED, PROTOCOL_DENIED,
	PROTOCOL_DENIED},
};

/* Returns the lowest free descriptor: unchanged if nothing was left open. */
static int
lowest_free(void)
{
	int fd = dup(STDIN_FILENO);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

START_TEST(test_names)
{
	struct protocol_attributes attributes;
	enum protocol_status status;
	struct root_file file;
	int before = lowest_free();
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		status = open_name(rows[i].name, &file);
		ck_assert_msg(status == rows[i].open, "%s: open: %s",
		    rows[i].title, protocol_status_name(status));
		if (status == PROTOCOL_OK)
			root_close_file(&file);
		ck_assert_int_eq(file.fd, -1);
		/* The status is the same with beside, even if no such file is
		 * open. */
		status = root_open_file(&root, (const uint8_t *)rows[i].name,
		    strlen(rows[i].name), true, &file);
		ck_assert_msg(status == rows[i].open, "%s: beside: %s",
		    rows[i].title, protocol_status_name(status));
		if (status == PROTOCOL_OK)
			root_close_file(&file);
		status = stat_name(rows[i].name, &attributes);
		ck_assert_msg(status == rows[i].stat, "%s: stat: %s",
		    rows[i].title, protocol_status_name(status));
		ck_assert_int_eq(lowest_free(), before);
	}
}
END_TEST

/* A name is plain if no component but the last is a link. */
START_TEST(test_plain)
{
	static const struct {
		const char *name;
		bool is_plain;
	} names[] = {
	    {"file", true},
	    {"dir/inner", true},
	    {"dir/up", false},
	    {"link_dir/inner", false},
	};
	struct root_file file;
	size_t i;

	for (i = 0; i < UNIT_ROWS(names); i++) {
		ck_assert_int_eq(open_name(names[i].name, &file), PROTOCOL_OK);
		ck_assert_msg(file.is_plain == names[i].is_plain, "%s",
		    names[i].name);
		root_close_file(&file);
	}
}
END_TEST

START_TEST(test_no_links)
{
	enum protocol_status status;
	struct root_file file;
	size_t i;

	root_close(&root);
	ck_assert_int_eq(root_open(&root, served, false, false), 0);
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		status = open_name(rows[i].name, &file);
		ck_assert_msg(status == rows[i].no_links, "%s: %s",
		    rows[i].title, protocol_status_name(status));
		if (status == PROTOCOL_OK)
			root_close_file(&file);
	}
}
END_TEST

/* The positive control: open(2) leaves the folder by each of these names. */
START_TEST(test_naive_open_escapes)
{
	static const char *const names[] = {"out", "out_dir/secret", "absolute",
	    "../outside/secret"};
	char path[UNIT_PATH], got[8];
	size_t i;
	int fd;

	for (i = 0; i < UNIT_ROWS(names); i++) {
		unit_path(path, served, names[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		ck_assert_msg(fd >= 0, "%s", names[i]);
		ck_assert_int_eq(read(fd, got, sizeof(got)), 6);
		ck_assert_mem_eq(got, "secret", 6);
		close(fd);
	}
}
END_TEST

START_TEST(test_hidden_served)
{
	static const char *const names[] = {".hidden", "dir/.secret",
	    ".git/config"};
	struct root_file file;
	size_t i;

	root_close(&root);
	ck_assert_int_eq(root_open(&root, served, true, true), 0);
	for (i = 0; i < UNIT_ROWS(names); i++) {
		ck_assert_msg(open_name(names[i], &file) == PROTOCOL_OK, "%s",
		    names[i]);
		root_close_file(&file);
	}
	/* Serving hidden names opens no other way, not even for names that the
	 * rules of common/names.h forbid. */
	ck_assert_int_eq(open_name("../outside/secret", &file),
	    PROTOCOL_DENIED);
	ck_assert_int_eq(open_name("/etc/passwd", &file), PROTOCOL_DENIED);
}
END_TEST

START_TEST(test_open_file)
{
	struct protocol_attributes attributes;
	struct root_file file;
	char got[16];

	ck_assert_int_eq(open_name("dir/up", &file), PROTOCOL_OK);
	ck_assert_int_eq(read(file.fd, got, sizeof(got)), 7);
	ck_assert_mem_eq(got, "content", 7);
	ck_assert_int_eq(write(file.fd, "x", 1), -1);
	ck_assert_int_ne(fcntl(file.fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(file.stat.st_size, 7);
	ck_assert_int_eq(stat_name("file", &attributes), PROTOCOL_OK);
	ck_assert_uint_eq(attributes.size, 7);
	ck_assert(S_ISREG(attributes.mode));
	root_close_file(&file);

	ck_assert_int_eq(stat_name(".", &attributes), PROTOCOL_OK);
	ck_assert(S_ISDIR(attributes.mode));
	/* len ends the name, not a NUL. */
	ck_assert_int_eq(root_open_file(&root, (const uint8_t *)"fileXYZ", 4,
			     false, &file),
	    PROTOCOL_OK);
	root_close_file(&file);
}
END_TEST

START_TEST(test_long_names)
{
	static uint8_t name[4095];
	struct root_file file;

	memset(name, 'a', sizeof(name));
	ck_assert_int_eq(root_open_file(&root, name, 255, false, &file),
	    PROTOCOL_NOT_FOUND);
	ck_assert_int_eq(root_open_file(&root, name, 256, false, &file),
	    PROTOCOL_NOT_FOUND);
	ck_assert_int_eq(root_open_file(&root, name, 4095, false, &file),
	    PROTOCOL_NOT_FOUND);
	memset(name, '/', sizeof(name));
	memcpy(name, "dir", 3);
	memcpy(name + sizeof(name) - 5, "inner", 5);
	ck_assert_int_eq(root_open_file(&root, name, 4095, false, &file),
	    PROTOCOL_OK);
	root_close_file(&file);
}
END_TEST

START_TEST(test_unreadable)
{
	static const struct {
		const char *title, *name;
	} unreadable[] = {
	    {"a file", "file"},
	    {"in a folder", "dir/inner"},
	    {"missing, in a folder", "dir/nothing"},
	};
	enum protocol_status status;
	struct root_file file;
	char path[UNIT_PATH];
	uid_t uid = geteuid();
	size_t i;

	unit_path(path, served, "file");
	ck_assert_int_eq(chmod(path, 0), 0);
	unit_path(path, served, "dir");
	ck_assert_int_eq(chmod(path, 0), 0);
	/* The superuser may read everything. */
	if (uid == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	for (i = 0; i < UNIT_ROWS(unreadable); i++) {
		status = open_name(unreadable[i].name, &file);
		ck_assert_msg(status == PROTOCOL_DENIED, "%s: %s",
		    unreadable[i].title, protocol_status_name(status));
	}
	if (uid == 0)
		ck_assert_int_eq(seteuid(uid), 0);
	/* Lets the folder be removed. */
	ck_assert_int_eq(chmod(path, 0755), 0);
}
END_TEST

/* Magic links of proc(5) are refused, although they seem to stay inside. */
START_TEST(test_magic_links)
{
	struct root_file file;
	int fd;

	root_close(&root);
	ck_assert_int_eq(root_open(&root, "/proc/self", false, true), 0);
	ck_assert_int_eq(open_name("status", &file), PROTOCOL_OK);
	root_close_file(&file);
	ck_assert_int_eq(open_name("exe", &file), PROTOCOL_DENIED);
	ck_assert_int_eq(open_name("root/etc/passwd", &file), PROTOCOL_DENIED);
	/* The positive control. */
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

START_TEST(test_open_root)
{
	char path[UNIT_PATH];
	struct root other;

	unit_path(path, served, "nothing");
	ck_assert_int_eq(root_open(&other, path, false, true), -1);
	ck_assert_int_eq(errno, ENOENT);
	unit_path(path, served, "file");
	ck_assert_int_eq(root_open(&other, path, false, true), -1);
	ck_assert_int_eq(errno, ENOTDIR);
	/* Links in the operator's own path are followed. */
	unit_path(path, served, "out_dir");
	ck_assert_int_eq(root_open(&other, path, false, false), 0);
	root_close(&other);
}
END_TEST

/* A sealed page stays mapped after root_close, and another root can be opened.
 */
START_TEST(test_sealed)
{
	struct root_file file;
	void *sealed, *plain;

	sealed = (void *)(uintptr_t)root.ways;
	ck_assert(!root.sealed);
	if (root_seal(&root) != 0) {
		/* This kernel has no mseal(2); root is unchanged. */
		ck_assert(!root.sealed);
		ck_assert_int_eq(open_name("file", &file), PROTOCOL_OK);
		root_close_file(&file);
		return;
	}
	ck_assert(root.sealed);
	ck_assert_int_eq(open_name("file", &file), PROTOCOL_OK);
	root_close_file(&file);
	root_close(&root);
	ck_assert_int_eq(msync(sealed, 1, MS_ASYNC), 0);
	ck_assert_int_eq(munmap(sealed, 1), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(root_open(&root, served, false, true), 0);
	ck_assert(!root.sealed);
	plain = (void *)(uintptr_t)root.ways;
	ck_assert_ptr_ne(plain, sealed);
	root_close(&root);
	/* The control: a page that was not sealed is unmapped. */
	ck_assert_int_eq(msync(plain, 1, MS_ASYNC), -1);
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_int_eq(root_open(&root, served, false, true), 0);
}
END_TEST

Suite *
root_suite(void)
{
	Suite *suite = suite_create("root");
	TCase *tcase = unit_case(suite, "names");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_plain);
	tcase_add_test(tcase, test_no_links);
	tcase_add_test(tcase, test_naive_open_escapes);
	tcase_add_test(tcase, test_hidden_served);
	tcase_add_test(tcase, test_open_file);
	tcase_add_test(tcase, test_long_names);
	tcase_add_test(tcase, test_unreadable);
	tcase_add_test(tcase, test_magic_links);
	tcase_add_test(tcase, test_open_root);
	tcase_add_test(tcase, test_sealed);
	return suite;
}
