/*
 * root, while others change the folder: a name that is swapped for a link to
 * outside, and files that change while they are open.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/syscalls.h"
#include "server/root.h"
#include "server/state.h"
#include "tests/unit/unit.h"

enum {
	RACES = 5000
};

static char base[UNIT_PATH], served[UNIT_PATH];
static struct root root;
static atomic_bool stop;

static void
setup(void)
{
	unit_folder(base);
	unit_path(served, base, "served");
	ck_assert_int_eq(mkdir(served, 0755), 0);
	ck_assert_int_eq(root_open(&root, served, false, true), 0);
}

static void
teardown(void)
{
	root_close(&root);
}

/* ---- the race ----------------------------------------------------------- */

static void *
swap(void *argument)
{
	(void)argument;
	while (!atomic_load(&stop))
		if (syscalls_renameat2(root.fd, "door", root.fd, "link",
			RENAME_EXCHANGE) != 0)
			return (void *)(intptr_t)errno;
	return NULL;
}

static void
make_doors(void)
{
	char path[UNIT_PATH];

	unit_path(path, base, "outside");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_write(path, "prize", "outside", 7);
	unit_path(path, served, "door");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_write(path, "prize", "inside", 6);
	unit_path(path, served, "link");
	ck_assert_int_eq(symlink("../outside", path), 0);
	/* A look-up with "..", which renames elsewhere disturb. */
	unit_write(served, "file", "inside", 6);
	unit_path(path, served, "dir");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_path(path, served, "dir/up");
	ck_assert_int_eq(symlink("../file", path), 0);
}

/* Returns true if open(2) leads outside at this moment. */
static bool
naive_escapes(void)
{
	char path[UNIT_PATH], got[8] = "";
	int fd;

	unit_path(path, served, "door/prize");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(read(fd, got, sizeof(got)), 6);
	close(fd);
	return got[0] == 'o';
}

/* Opens a name; asserts that no byte comes from outside. Returns the status. */
static enum protocol_status
open_confined(const char *name)
{
	enum protocol_status status;
	struct root_file file;
	char got[8] = "";

	status = root_open_file(&root, (const uint8_t *)name, strlen(name),
	    false, &file);
	if (status != PROTOCOL_OK)
		return status;
	ck_assert_int_eq(read(file.fd, got, sizeof(got)), 6);
	ck_assert_mem_eq(got, "inside", 6);
	root_close_file(&file);
	return status;
}

/* Runs until each outcome was seen: open(2) got outside, and the root found the
 * door open and closed. */
START_TEST(test_swap_race)
{
	int n, opened = 0, denied = 0, escaped = 0;
	enum protocol_status status;
	pthread_t thread;
	void *code;

	make_doors();
	atomic_store(&stop, false);
	ck_assert_int_eq(pthread_create(&thread, NULL, swap, NULL), 0);
	for (n = 0; n < RACES || opened == 0 || denied == 0 || escaped == 0;
	     n++) {
		status = open_confined("door/prize");
		ck_assert_msg(status == PROTOCOL_OK ||
			status == PROTOCOL_DENIED,
		    "%s", protocol_status_name(status));
		opened += status == PROTOCOL_OK;
		denied += status == PROTOCOL_DENIED;
		status = open_confined("dir/up");
		ck_assert_msg(status == PROTOCOL_OK, "with '..': %s",
		    protocol_status_name(status));
		escaped += naive_escapes();
		if (n % 16 == 0)
			sched_yield();
	}
	atomic_store(&stop, true);
	pthread_join(thread, &code);
	ck_assert_msg(code == NULL, "renameat2: %s",
	    strerror((int)(intptr_t)code));
}
END_TEST

/* ---- changes ------------------------------------------------------------ */

static char path[UNIT_PATH];

static void
do_nothing(void)
{
}

static void
read_it(void)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(read(fd, &byte, 1), 1);
	close(fd);
}

static void
grow(void)
{
	ck_assert_int_eq(truncate(path, 2000), 0);
}

static void
shrink(void)
{
	ck_assert_int_eq(truncate(path, 10), 0);
}

static void
rewrite(void)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(pwrite(fd, "x", 1, 500), 1);
	close(fd);
}

/* Hides a change, as rsync --inplace or touch can. */
static void
rewrite_and_set_mtime_back(void)
{
	struct timespec times[2];
	struct stat before;

	ck_assert_int_eq(stat(path, &before), 0);
	rewrite();
	times[0] = before.st_atim;
	times[1] = before.st_mtim;
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
unlink_it(void)
{
	ck_assert_int_eq(unlink(path), 0);
}

/* Replaces the file by rename, which leaves the open file as it was. */
static void
rename_over(void)
{
	char other[UNIT_PATH];

	unit_write(served, "replacement", "new", 3);
	unit_path(other, served, "replacement");
	ck_assert_int_eq(rename(other, path), 0);
}

static void
unlink_other(void)
{
	char other[UNIT_PATH];

	unit_path(other, served, "other");
	unlink(other);
}

static void
link_it(void)
{
	char other[UNIT_PATH];

	unit_path(other, served, "other");
	ck_assert_int_eq(link(path, other), 0);
}

/* A changed number of names does not hide a write. */
static void
rewrite_and_link(void)
{
	rewrite_and_set_mtime_back();
	unlink_other();
	link_it();
}

static void
rewrite_and_unlink(void)
{
	rewrite_and_set_mtime_back();
	unlink_it();
}

static const struct {
	const char *title;
	void (*act)(void);
	bool changed;
	uint64_t size;
} changes[] = {
    {"nothing", do_nothing, false, 1000},
    {"read", read_it, false, 1000},
    {"grown", grow, true, 2000},
    {"shrunk", shrink, true, 10},
    {"rewritten", rewrite, true, 1000},
    {"rewritten, mtime set back", rewrite_and_set_mtime_back, true, 1000},
    {"unlinked", unlink_it, true, 1000},
    {"renamed over", rename_over, true, 1000},
    {"linked", link_it, true, 1000},
    {"rewritten, mtime set back, linked", rewrite_and_link, true, 1000},
    {"rewritten, mtime set back, unlinked", rewrite_and_unlink, true, 1000},
};

/* Waits until a change gets a later time stamp: the clock of file systems moves
 * in ticks. */
static void
wait_for_later(const struct stat *stat)
{
	struct timespec now;

	do {
		sched_yield();
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (now.tv_sec < stat->st_ctim.tv_sec ||
	    (now.tv_sec == stat->st_ctim.tv_sec &&
		now.tv_nsec <= stat->st_ctim.tv_nsec));
}

START_TEST(test_changes)
{
	static const uint8_t content[1000];
	struct root_file file;
	uint64_t size;
	bool changed;
	size_t i;

	unit_path(path, served, "file");
	for (i = 0; i < UNIT_ROWS(changes); i++) {
		unlink(path);
		unit_write(served, "file", content, sizeof(content));
		ck_assert_int_eq(root_open_file(&root, (const uint8_t *)"file",
				     4, false, &file),
		    PROTOCOL_OK);
		wait_for_later(&file.stat);
		changes[i].act();
		size = 1;
		changed = state_has_changed(file.fd, &file.stat, &size);
		ck_assert_msg(changed == changes[i].changed, "%s",
		    changes[i].title);
		ck_assert_msg(size == changes[i].size, "%s: %ju",
		    changes[i].title, (uintmax_t)size);
		root_close_file(&file);
	}
}
END_TEST

static struct protocol_attributes
attributes_of(const char *name)
{
	struct protocol_attributes attributes;

	ck_assert_int_eq(root_stat(&root, (const uint8_t *)name, strlen(name),
			     &attributes),
	    PROTOCOL_OK);
	return attributes;
}

/* The token's id stands for the file, its version for the state. */
START_TEST(test_token)
{
	static const uint8_t content[1000];
	struct protocol_attributes first, again, other;
	struct stat stat;

	unit_path(path, served, "file");
	unit_write(served, "file", content, sizeof(content));
	unit_write(served, "twin", content, sizeof(content));
	link_it();
	first = attributes_of("file");
	ck_assert_uint_ne(first.token.id, 0);
	ck_assert_uint_ne(first.token.version, 0);
	again = attributes_of("file");
	ck_assert_mem_eq(&first.token, &again.token, sizeof(first.token));
	other = attributes_of("other");
	ck_assert_mem_eq(&first.token, &other.token, sizeof(first.token));
	other = attributes_of("twin");
	ck_assert_uint_ne(other.token.id, first.token.id);

	ck_assert_int_eq(lstat(path, &stat), 0);
	wait_for_later(&stat);
	rewrite();
	again = attributes_of("file");
	ck_assert_uint_eq(again.token.id, first.token.id);
	ck_assert_uint_ne(again.token.version, first.token.version);
	ck_assert_int_gt(again.mtime_ns, first.mtime_ns);
	rename_over();
	again = attributes_of("file");
	ck_assert_uint_ne(again.token.id, first.token.id);
	ck_assert_uint_eq(again.size, 3);
}
END_TEST

Suite *
root_change_suite(void)
{
	Suite *suite = suite_create("root_change");
	TCase *tcase = unit_case(suite, "changes");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_swap_race);
	tcase_add_test(tcase, test_changes);
	tcase_add_test(tcase, test_token);
	return suite;
}
