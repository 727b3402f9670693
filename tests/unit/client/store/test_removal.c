/*
 * --delete in one folder: it removes names that were not listed, only in the
 * state that was seen, and none where the file system folds case.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/removal.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct leftovers leftovers;
static struct name_filter filter;

static void
setup(void)
{
	target_open(&target);
	leftovers_open(&leftovers, &target.folder, &target.settings.store,
	    &filter, false);
}

static void
teardown(void)
{
	leftovers_close(&leftovers);
	target_close(&target);
}

static void
make_folder(const char *name)
{
	ck_assert_int_eq(mkdirat(target.folder.fd, name, 0755), 0);
}

/* Reads the names in the target folder. */
static struct local_names *
read_here(void)
{
	struct local_names *names = local_names_read(target.folder.fd);

	ck_assert_ptr_nonnull(names);
	return names;
}

/* Adds what is here, but for "kept", which the server lists. */
static void
collect(void)
{
	const struct leftovers_place place = {.path = ".",
	    .name = "t",
	    .below = 2};
	struct local_names *names = read_here();
	ssize_t n;

	local_names_mark(names, target.folder.fd, "kept");
	n = leftovers_add(&leftovers, &place, target.folder.fd, names);
	ck_assert_int_ge(n, 0);
	local_names_free(names);
	ck_assert_int_eq(leftovers_complete(&leftovers), 0);
}

/* Removes all; returns how many names were told to be removed. */
static unsigned
remove_all(void)
{
	struct removal removal;
	unsigned n = 0;

	removal_open(&removal, &leftovers);
	while (removal_next(&removal)) {
		ck_assert_ptr_nonnull(removal.path);
		ck_assert_int_eq(strncmp(removal.name, "t/", 2), 0);
		ck_assert_str_eq(removal.name + 2, removal.path);
		ck_assert_int_eq(removal.error, 0);
		n += !removal.is_changed;
	}
	ck_assert_int_eq(removal_close(&removal), 0);
	return n;
}

START_TEST(test_removed)
{
	target_write(&target, "kept", "k");
	target_write(&target, "old", "o");
	make_folder("d");
	make_folder("d/e");
	target_write(&target, "d/e/f", "f");
	target_write(&target, "d/g", "g");
	collect();
	ck_assert_uint_eq(remove_all(), 5);
	ck_assert_int_eq(target_count(&target), 1);
	ck_assert(target_has(&target, "kept"));
}
END_TEST

/* Something stays deep in a folder: so do the folders above it. */
START_TEST(test_folders_that_are_not_empty)
{
	make_folder("d");
	make_folder("d/e");
	target_write(&target, "d/e/.dot", "");
	target_write(&target, "d/e/f", "f");
	target_write(&target, "d/g", "g");
	collect();
	ck_assert_uint_eq(remove_all(), 2);
	ck_assert(target_has(&target, "d/e/.dot"));
	ck_assert(!target_has(&target, "d/e/f"));
	ck_assert(!target_has(&target, "d/g"));
}
END_TEST

/* Between the look and the removal, each name is changed in another way. */
START_TEST(test_what_has_changed_stays)
{
	struct stat stat;

	target_write(&target, "longer", "a");
	target_write(&target, "replaced", "a");
	target_write(&target, "touched", "a");
	target_write(&target, "a-folder-now", "a");
	target_write(&target, "a-link-now", "a");
	target_write(&target, "gone", "a");
	make_folder("filled");
	make_folder("a-file-now");
	make_folder("moved");
	collect();
	target_write(&target, "longer", "ab");
	target_write(&target, "other", "a");
	ck_assert_int_eq(renameat(target.folder.fd, "other", target.folder.fd,
			     "replaced"),
	    0);
	ck_assert_int_eq(utimensat(target.folder.fd, "touched",
			     (struct timespec[2]){{5, 5}, {5, 5}}, 0),
	    0);
	ck_assert_int_eq(unlinkat(target.folder.fd, "a-folder-now", 0), 0);
	make_folder("a-folder-now");
	ck_assert_int_eq(unlinkat(target.folder.fd, "a-link-now", 0), 0);
	ck_assert_int_eq(symlinkat("longer", target.folder.fd, "a-link-now"),
	    0);
	ck_assert_int_eq(unlinkat(target.folder.fd, "gone", 0), 0);
	target_write(&target, "filled/new", "a");
	ck_assert_int_eq(unlinkat(target.folder.fd, "a-file-now", AT_REMOVEDIR),
	    0);
	target_write(&target, "a-file-now", "a");
	target_write(&target, "appeared", "a");
	make_folder("elsewhere");
	target_write(&target, "elsewhere/f", "a");
	ck_assert_int_eq(unlinkat(target.folder.fd, "moved", AT_REMOVEDIR), 0);
	ck_assert_int_eq(symlinkat("elsewhere", target.folder.fd, "moved"), 0);
	ck_assert_uint_eq(remove_all(), 0);
	ck_assert(target_has(&target, "longer"));
	ck_assert(target_has(&target, "replaced"));
	ck_assert(target_has(&target, "touched"));
	ck_assert(target_has(&target, "a-folder-now"));
	ck_assert(target_has(&target, "a-file-now"));
	ck_assert(target_has(&target, "filled/new"));
	ck_assert(target_has(&target, "appeared"));
	ck_assert(target_has(&target, "elsewhere/f"));
	ck_assert_int_eq(fstatat(target.folder.fd, "moved", &stat,
			     AT_SYMLINK_NOFOLLOW),
	    0);
	ck_assert(S_ISLNK(stat.st_mode));
}
END_TEST

/* The folder itself became a link after it was listed. */
START_TEST(test_folder_becomes_a_link)
{
	const struct leftovers_place place = {.path = "d",
	    .top = 1,
	    .name = "t",
	    .below = 2};
	struct local_names *names;
	struct removal removal;
	int fd;

	make_folder("d");
	make_folder("mine");
	target_write(&target, "d/f", "a");
	ck_assert_int_eq(linkat(target.folder.fd, "d/f", target.folder.fd,
			     "mine/f", 0),
	    0);
	fd = openat(target.folder.fd, "d", O_RDONLY | O_DIRECTORY);
	names = local_names_read(fd);
	ck_assert_int_eq(leftovers_add(&leftovers, &place, fd, names), 1);
	local_names_free(names);
	close(fd);
	ck_assert_int_eq(leftovers_complete(&leftovers), 0);
	ck_assert_int_eq(renameat(target.folder.fd, "d", target.folder.fd,
			     "before"),
	    0);
	ck_assert_int_eq(symlinkat("mine", target.folder.fd, "d"), 0);
	removal_open(&removal, &leftovers);
	while (removal_next(&removal))
		ck_assert_int_eq(removal.error, ELOOP);
	removal_close(&removal);
	ck_assert(target_has(&target, "mine/f"));
	ck_assert(target_has(&target, "before/f"));
}
END_TEST

/* A dry run tells the same names and removes none. */
START_TEST(test_dry)
{
	target.settings.store.is_dry = true;
	target_write(&target, "old", "o");
	make_folder("d");
	make_folder("d/e");
	target_write(&target, "d/e/f", "f");
	make_folder("stays");
	target_write(&target, "stays/.dot", "");
	collect();
	ck_assert_uint_eq(remove_all(), 4);
	ck_assert(target_has(&target, "old"));
	ck_assert(target_has(&target, "d/e/f"));
}
END_TEST

/* A listed name is not among those that were read, but leads to something. */
START_TEST(test_doubt)
{
	struct local_names *names;

	target_write(&target, "a", "a");
	names = read_here();
	local_names_mark(names, target.folder.fd, "b");
	ck_assert(!local_names_in_doubt(names));
	/* As on a file system that ignores case. */
	target_write(&target, "A", "a");
	local_names_mark(names, target.folder.fd, "A");
	ck_assert(local_names_in_doubt(names));
	local_names_free(names);
}
END_TEST

/* The first reason stays. */
START_TEST(test_barred)
{
	leftovers_bar(&leftovers, "t", "one");
	leftovers_bar(&leftovers, "u", "two");
	ck_assert(leftovers.is_barred);
	ck_assert_str_eq(leftovers.where, "t");
	ck_assert_str_eq(leftovers.why.text, "one; nothing was removed");
	ck_assert_int_eq(leftovers.why.code, EXIT_LOCAL);
}
END_TEST

/* Times and modes of the folder that names are removed from. */
START_TEST(test_folder_stays_as_it_was)
{
	const struct timespec times[2] = {{5, 5}, {6, 6}};
	struct stat stat;

	unit_drop_power();
	target_write(&target, "old", "o");
	ck_assert_int_eq(chmod(target.path, 0555), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, target.path, times, 0), 0);
	collect();
	ck_assert_uint_eq(remove_all(), 1);
	ck_assert(!target_has(&target, "old"));
	ck_assert_int_eq(fstat(target.folder.fd, &stat), 0);
	ck_assert_uint_eq(stat.st_mode & 07777, 0555);
	ck_assert_int_eq(stat.st_mtim.tv_sec, 6);
	ck_assert_int_eq(chmod(target.path, 0755), 0);
}
END_TEST

Suite *
removal_suite(void)
{
	Suite *suite = suite_create("removal");
	TCase *tcase = unit_case(suite, "removal");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_removed);
	tcase_add_test(tcase, test_folders_that_are_not_empty);
	tcase_add_test(tcase, test_what_has_changed_stays);
	tcase_add_test(tcase, test_folder_becomes_a_link);
	tcase_add_test(tcase, test_dry);
	tcase_add_test(tcase, test_doubt);
	tcase_add_test(tcase, test_barred);
	tcase_add_test(tcase, test_folder_stays_as_it_was);
	return suite;
}
