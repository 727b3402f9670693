/*
 * Files without a name until they are whole: published, also where the name was
 * taken meanwhile; and outputs that use such a file, or cannot.
 */

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/output.h"
#include "client/store/publish.h"
#include "common/clock.h"
#include "tests/unit/child.h"
#include "tests/unit/feed.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static const struct protocol_attributes attributes = {{1, 2}, 4,
    5 * CLOCK_SEC + 6, 0100640};
static struct target target;
static struct feed feed;
static struct failure failure;

static void
setup(void)
{
	target_open(&target);
	feed_open(&feed);
}

static void
teardown(void)
{
	feed_close(&feed);
	target_close(&target);
}

/* Returns -1 if the file system has no such files: nothing can be tested. */
static int
create(const char *text)
{
	int fd = folder_create_nameless(&target.folder, 0640);

	ck_assert(target.folder.volume->has_nameless == (fd >= 0));
	if (fd >= 0)
		ck_assert_int_eq(write(fd, text, strlen(text)),
		    (ssize_t)strlen(text));
	return fd;
}

static int
publish(int fd, const char *final)
{
	int result;

	errno = 0;
	result = publish_nameless(&target.folder, fd, final, &attributes,
	    &target.settings.store, &failure);
	close(fd);
	return result;
}

START_TEST(test_publish)
{
	mode_t before = umask(0);
	struct written_files written = {.files = {.n = 0}};
	struct stat stat;
	int fd;

	target.folder.written = &written;
	target.settings.store.fsync = _i % 2 == 1;
	target.settings.store.no_clobber = _i >= 2;
	fd = create("text");
	umask(before);
	if (fd < 0)
		return;
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(target_count(&target), 0);
	ck_assert_int_eq(publish(fd, "f"), 0);
	target_expect(&target, "f", "text");
	ck_assert_int_eq(target_count(&target), 1);
	ck_assert_int_eq(fstatat(target.folder.fd, "f", &stat, 0), 0);
	ck_assert_uint_eq(stat.st_mode, 0100640);
	ck_assert_int_eq(stat.st_mtim.tv_sec, 5);
	ck_assert_int_eq(stat.st_mtim.tv_nsec, 6);
	ck_assert_uint_eq(stat.st_nlink, 1);
	ck_assert(inode_set_find(&written.files, &stat) != NULL);
	written_files_close(&written);
}
END_TEST

enum {
	/* Of the flags of linkat(2), a system call's last argument of five, the
	 * half of 64 bits that they are in. */
	FLAGS_AT = offsetof(struct seccomp_data, args[4]) +
	    (BYTE_ORDER == BIG_ENDIAN ? 4 : 0),
};

/* From here on linkat(2) with a descriptor alone fails, as before Linux 6.10
 * without CAP_DAC_READ_SEARCH. */
static int
take_empty_path(int code)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		(unsigned)offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_linkat, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FLAGS_AT),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AT_EMPTY_PATH, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)code),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {UNIT_ROWS(filter), filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ?
	    -1 :
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Exits with the number of the step that failed. */
static void
publish_by_proc(void *argument)
{
	const int *code = argument;
	int fd;

	if (take_empty_path(*code) != 0)
		exit(1);
	fd = create("text");
	if (linkat(fd, "", target.folder.fd, "f", AT_EMPTY_PATH) == 0 ||
	    errno != *code)
		exit(2);
	if (publish(fd, "f") != 0)
		exit(3);
	target.settings.store.no_clobber = true;
	if (publish(create("other"), "f") != -1 || errno != EEXIST)
		exit(4);
}

static int codes[] = {ENOENT, EPERM, EINVAL};

START_TEST(test_by_way_of_proc)
{
	struct child child;
	int fd = create("");

	if (fd < 0)
		return;
	close(fd);
	child_run(&child, publish_by_proc, &codes[_i]);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	target_expect(&target, "f", "text");
	ck_assert_int_eq(target_count(&target), 1);
}
END_TEST

/* A name that was taken meanwhile is replaced, or kept with -n. No other name
 * is left behind. */
static const struct {
	const char *row;
	bool no_clobber;
	int code;
} taken[] = {
    {"file", false, 0},
    {"link", false, 0},
    {"dangling", false, 0},
    {"folder", false, EISDIR},
    {"file", true, EEXIST},
    {"link", true, EEXIST},
    {"dangling", true, EEXIST},
    {"folder", true, EEXIST},
};

static void
take(const char *row)
{
	target_write(&target, "other", "other");
	if (strcmp(row, "file") == 0)
		target_write(&target, "f", "old");
	else if (strcmp(row, "folder") == 0)
		ck_assert_int_eq(mkdirat(target.folder.fd, "f", 0755), 0);
	else
		ck_assert_int_eq(symlinkat(strcmp(row, "link") == 0 ? "other" :
								      "none",
				     target.folder.fd, "f"),
		    0);
}

START_TEST(test_taken)
{
	struct stat before, after;
	int fd = create("text"), result;

	if (fd < 0)
		return;
	take(taken[_i].row);
	ck_assert_int_eq(fstatat(target.folder.fd, "f", &before,
			     AT_SYMLINK_NOFOLLOW),
	    0);
	target.settings.store.no_clobber = taken[_i].no_clobber;
	result = publish(fd, "f");
	ck_assert_msg(result == (taken[_i].code == 0 ? 0 : -1) &&
		(result == 0 || errno == taken[_i].code),
	    "%s: %s", taken[_i].row, strerror(errno));
	ck_assert_int_eq(fstatat(target.folder.fd, "f", &after,
			     AT_SYMLINK_NOFOLLOW),
	    0);
	ck_assert((after.st_ino == before.st_ino) == (result != 0));
	if (result == 0)
		target_expect(&target, "f", "text");
	target_expect(&target, "other", "other");
	ck_assert(!target_has(&target, "none"));
	ck_assert_int_eq(target_count(&target), 2);
}
END_TEST

/* The longest name is replaced like any other. */
START_TEST(test_taken_long)
{
	char name[NAME_MAX + 1];
	int fd = create("text");

	if (fd < 0)
		return;
	memset(name, 'x', sizeof(name));
	name[target.folder.volume->name_max] = '\0';
	target_write(&target, name, "old");
	ck_assert_int_eq(publish(fd, name), 0);
	target_expect(&target, name, "text");
	ck_assert_int_eq(target_count(&target), 1);
}
END_TEST

/* A file system that refuses, as that of processes does, is not asked again. */
START_TEST(test_none)
{
	int proc = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(proc, 0);
	target.folder.volume->has_nameless = false;
	ck_assert_int_eq(folder_create_nameless(&target.folder, 0640), -1);
	target.folder.volume->has_nameless = true;
	ck_assert_int_eq(dup2(proc, target.folder.fd), target.folder.fd);
	close(proc);
	ck_assert_int_eq(folder_create_nameless(&target.folder, 0640), -1);
	ck_assert(!target.folder.volume->has_nameless);
}
END_TEST

static struct output *
begin(bool is_here)
{
	struct output *output = output_new(NULL, &target.settings.store,
	    &target.folder, "f", false);

	ck_assert_ptr_nonnull(output);
	ck_assert_int_eq(output_begin(output, &attributes, is_here, &failure),
	    0);
	feed_output(&feed, output, "text", 4);
	return output;
}

/* A body in the buffer needs no part file, unless a file is to be replaced
 * or the file system has none. */
START_TEST(test_output)
{
	static const struct {
		bool is_here, is_there, has;
	} rows[] = {
	    {true, false, true},
	    {true, true, true},
	    {true, false, false},
	    {false, false, true},
	};
	bool nameless = rows[_i].is_here && !rows[_i].is_there && rows[_i].has;
	uint8_t digest[DIGEST_LENGTH];
	struct output *output;
	int n;

	target.settings.store.verify = true;
	if (rows[_i].is_there)
		target_write(&target, "f", "old");
	if (!rows[_i].has)
		target.folder.volume->has_nameless = false;
	output = begin(rows[_i].is_here);
	nameless = nameless && target.folder.volume->has_nameless;
	n = (rows[_i].is_there ? 1 : 0) + (nameless ? 0 : 1);
	ck_assert_int_eq(target_count(&target), n);
	digest_of("text", 4, digest);
	ck_assert(file_writer_matches(output_writer(output), digest));
	ck_assert_int_eq(output_finish(output, &attributes, &failure), 0);
	output_free(output);
	target_expect(&target, "f", "text");
	ck_assert_int_eq(target_count(&target), 1);
}
END_TEST

/* After a discard nothing is left, and the output can begin with a part file.
 */
START_TEST(test_discard)
{
	struct output *output = begin(true);

	ck_assert_int_eq(output_discard(output), 0);
	ck_assert_int_eq(target_count(&target), 0);
	ck_assert_int_eq(output_begin(output, &attributes, false, &failure), 0);
	ck_assert_int_eq(target_count(&target), 1);
	output_free(output);
	ck_assert_int_eq(target_count(&target), 0);
	output = begin(true);
	output_free(output);
	/* A part file stays; a file without a name is gone. */
	ck_assert_int_eq(target_count(&target),
	    target.folder.volume->has_nameless ? 0 : 1);
}
END_TEST

/* A folder has taken the name meanwhile: a failure, and no file is left. */
START_TEST(test_refused)
{
	struct output *output = begin(true);

	ck_assert_int_eq(mkdirat(target.folder.fd, "f", 0755), 0);
	ck_assert_int_eq(output_finish(output, &attributes, &failure), -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_ptr_nonnull(strstr(failure.text, "there is a folder"));
	output_free(output);
	ck_assert_int_eq(target_count(&target), 1);
}
END_TEST

Suite *
folder_nameless_suite(void)
{
	Suite *suite = suite_create("folder_nameless");
	TCase *tcase = unit_case(suite, "nameless");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_publish, 0, 4);
	if (unit_is_native("folder_nameless: by /proc"))
		tcase_add_loop_test(tcase, test_by_way_of_proc, 0,
		    UNIT_ROWS(codes));
	tcase_add_loop_test(tcase, test_taken, 0, UNIT_ROWS(taken));
	tcase_add_test(tcase, test_taken_long);
	tcase_add_test(tcase, test_none);
	tcase_add_loop_test(tcase, test_output, 0, 4);
	tcase_add_test(tcase, test_discard);
	tcase_add_test(tcase, test_refused);
	return suite;
}
