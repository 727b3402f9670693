/*
 * A file gets its final name: each test makes what has the name before, and
 * looks at it again afterwards.
 */

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/output.h"
#include "client/store/publish.h"
#include "common/clock.h"
#include "common/syscalls.h"
#include "tests/unit/child.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct failure failure;
static int outside = -1; /* a folder that links lead to */

static void
setup(void)
{
	char folder[UNIT_PATH], path[UNIT_PATH];

	target_open(&target);
	unit_folder(folder);
	outside = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(outside, 0);
	unit_write(folder, "file", "outside", 7);
	unit_path(path, folder, "file");
	ck_assert_int_eq(symlinkat(path, target.folder.fd, "link"), 0);
	ck_assert_int_eq(symlinkat("nowhere", target.folder.fd, "dangling"), 0);
	ck_assert_int_eq(mkdirat(target.folder.fd, "folder", 0755), 0);
	ck_assert_int_eq(mkfifoat(target.folder.fd, "fifo", 0644), 0);
	target_write(&target, "file", "old");
	target_write(&target, "part", "new");
}

static void
teardown(void)
{
	close(outside);
	target_close(&target);
}

static int
open_part(void)
{
	int fd = openat(target.folder.fd, "part", O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static int
publish(const char *final, const struct protocol_attributes *attributes)
{
	int fd = open_part(), result;

	errno = 0;
	result = publish_part(&target.folder, fd, "part", final, attributes,
	    &target.settings.store, &failure);
	close(fd);
	return result;
}

/* Returns the state of what has this name; links are not followed. */
static struct stat
look(const char *name)
{
	struct stat stat;

	ck_assert_int_eq(fstatat(target.folder.fd, name, &stat,
			     AT_SYMLINK_NOFOLLOW),
	    0);
	return stat;
}

START_TEST(test_attributes)
{
	static const struct {
		const char *row;
		int64_t mtime_ns;
		uint32_t mode;
		mode_t umask;
		int64_t seconds, nanoseconds;
		mode_t expected;
	} rows[] = {
	    {"usual", 1234567890 * CLOCK_SEC + 5, 0100644, 022, 1234567890, 5,
		0644},
	    {"the beginning", 0, 0100777, 0, 0, 0, 0777},
	    {"umask", CLOCK_SEC, 0100777, 077, 1, 0, 0700},
	    {"before 1970", -1, 0100400, 022, -1, 999999999, 0400},
	    {"a second before", -CLOCK_SEC, 0100640, 022, -1, 0, 0640},
	    {"long before", -1500 * CLOCK_MS, 0100644, 022, -2, 500000000,
		0644},
	    {"set-id and sticky bits", 0, 0107755, 0, 0, 0, 0755},
	    {"a mode that is none", 0, UINT32_MAX, 022, 0, 0, 0755},
	    {"none may", 0, 0100000, 0, 0, 0, 0},
	};
	struct protocol_attributes attributes = {.size = 3};
	struct stat stat;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target_write(&target, "part", "new");
		target.folder.umask = rows[i].umask;
		attributes.mtime_ns = rows[i].mtime_ns;
		attributes.mode = rows[i].mode;
		ck_assert_msg(publish("final", &attributes) == 0, "%s: %s",
		    rows[i].row, strerror(errno));
		stat = look("final");
		ck_assert_msg(stat.st_mtim.tv_sec == rows[i].seconds &&
			stat.st_mtim.tv_nsec == rows[i].nanoseconds,
		    "%s: %lld.%09ld", rows[i].row,
		    (long long)stat.st_mtim.tv_sec, stat.st_mtim.tv_nsec);
		ck_assert_msg((stat.st_mode & 07777) == rows[i].expected,
		    "%s: %o", rows[i].row, stat.st_mode);
	}
}
END_TEST

/*
 * Only the name is replaced: a link is not followed, and other names and open
 * descriptors of the old file keep it.
 */
START_TEST(test_replace)
{
	static const char *const finals[] = {"nothing", "file", "link",
	    "dangling", "fifo"};
	const struct protocol_attributes attributes = {.mode = 0644};
	char bytes[8] = "";
	int before;
	size_t i;

	ck_assert_int_eq(linkat(target.folder.fd, "file", target.folder.fd,
			     "second", 0),
	    0);
	before = openat(target.folder.fd, "file", O_RDONLY | O_CLOEXEC);
	for (i = 0; i < UNIT_ROWS(finals); i++) {
		target.settings.store.fsync = i % 2 == 1;
		target_write(&target, "part", "new");
		ck_assert_msg(publish(finals[i], &attributes) == 0, "%s: %s",
		    finals[i], strerror(errno));
		ck_assert(S_ISREG(look(finals[i]).st_mode));
		target_expect(&target, finals[i], "new");
		ck_assert(!target_has(&target, "part"));
	}
	target_expect(&target, "second", "old");
	ck_assert_int_eq(read(before, bytes, sizeof(bytes)), 3);
	ck_assert_str_eq(bytes, "old");
	close(before);
	ck_assert(!target_has(&target, "nowhere"));
	before = openat(outside, "file", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(before, bytes, sizeof(bytes)), 7);
	ck_assert_mem_eq(bytes, "outside", 7);
	close(before);
}
END_TEST

/* With -n a file that has the name stays, even one made after folder_check. */
START_TEST(test_no_clobber)
{
	static const char *const finals[] = {"file", "link", "dangling",
	    "folder", "fifo"};
	const struct protocol_attributes attributes = {.mode = 0644};
	struct stat before, after;
	size_t i;

	target.settings.store.no_clobber = true;
	for (i = 0; i < UNIT_ROWS(finals); i++) {
		before = look(finals[i]);
		ck_assert_int_eq(publish(finals[i], &attributes), -1);
		ck_assert_msg(errno == EEXIST, "%s: %s", finals[i],
		    strerror(errno));
		after = look(finals[i]);
		ck_assert_uint_eq(after.st_ino, before.st_ino);
		ck_assert_uint_eq(after.st_mode, before.st_mode);
		target_expect(&target, "part", "new");
	}
	target_expect(&target, "file", "old");
	target_expect(&target, "link", "outside");
	ck_assert(!target_has(&target, "nowhere"));
	ck_assert_int_eq(publish("nothing", &attributes), 0);
	target_expect(&target, "nothing", "new");
	ck_assert(!target_has(&target, "part"));
}
END_TEST

/* From here on renameat2(2) fails as on a file system that lacks it. */
static int
take_renameat2(void)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		(unsigned)offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {UNIT_ROWS(filter), filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ?
	    -1 :
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Exits with the number of the step that failed. */
static void
publish_without(void *nothing)
{
	const struct protocol_attributes attributes = {.mode = 0644};

	(void)nothing;
	if (take_renameat2() != 0)
		exit(1);
	if (syscalls_renameat2(target.folder.fd, "part", target.folder.fd,
		"nothing", RENAME_NOREPLACE) == 0 ||
	    errno != EINVAL)
		exit(2);
	if (publish("file", &attributes) != -1 || errno != EEXIST ||
	    publish("dangling", &attributes) != -1 || errno != EEXIST)
		exit(3);
	if (publish("nothing", &attributes) != 0)
		exit(4);
}

/* Without RENAME_NOREPLACE, as on NFS, -n holds too. */
START_TEST(test_no_clobber_without)
{
	struct child child;

	target.settings.store.no_clobber = true;
	child_run(&child, publish_without, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	target_expect(&target, "file", "old");
	ck_assert(S_ISLNK(look("dangling").st_mode));
	target_expect(&target, "nothing", "new");
	ck_assert(!target_has(&target, "part"));
	ck_assert_uint_eq(look("nothing").st_nlink, 1);
}
END_TEST

/* The process is killed where it would rename a file. */
static int
die_at_rename(void)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		(unsigned)offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat, 1, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {UNIT_ROWS(filter), filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ?
	    -1 :
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void
publish_and_die(void *nothing)
{
	const struct protocol_attributes attributes = {{1, 2}, 3, 0, 0640};
	int fd = folder_create_nameless(&target.folder, 0640);

	(void)nothing;
	if (fd < 0 || write(fd, "new", 3) != 3)
		exit(1);
	if (die_at_rename() != 0)
		exit(2);
	(void)publish_nameless(&target.folder, fd, "file", &attributes,
	    &target.settings.store, &failure);
}

/* A file without a name whose run is killed before it replaces another file is
 * a part file to the next run: settings->resume continues it, and it is gone
 * once the name was fetched. */
START_TEST(test_killed)
{
	struct protocol_attributes attributes = {{3, 4}, 0, 0, 0640};
	int before = target_count(&target);
	struct output *output;
	struct child child;

	child_run(&child, publish_and_die, NULL);
	if (child.code == 1)
		return;
	ck_assert_int_eq(child.code, -1);
	target_expect(&target, "file", "old");
	ck_assert_int_eq(target_count(&target), before + 1);

	target_reopen(&target);
	target.settings.store.resume = _i == 1;
	output = output_new(NULL, &target.settings.store, &target.folder,
	    "file", false);
	ck_assert_uint_eq(output_size(output), _i == 1 ? 3 : 0);
	if (_i == 1)
		attributes = (struct protocol_attributes){{1, 2}, 3, 0, 0640};
	ck_assert_int_eq(output_begin(output, &attributes, false, &failure), 0);
	ck_assert_int_eq(output_finish(output, &attributes, &failure), 0);
	output_free(output);
	target_expect(&target, "file", _i == 1 ? "new" : "");
	ck_assert_int_eq(target_count(&target), before);
}
END_TEST

START_TEST(test_failures)
{
	const struct protocol_attributes attributes = {.mode = 0644};
	char name[300];
	int fd;

	/* A folder is never replaced, empty or not. */
	ck_assert_int_eq(publish("folder", &attributes), -1);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert(S_ISDIR(look("folder").st_mode));
	target_expect(&target, "part", "new");

	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	ck_assert_int_eq(publish(name, &attributes), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	target_expect(&target, "part", "new");

	/* Somebody else has removed the part file. */
	fd = open_part();
	ck_assert_int_eq(unlinkat(target.folder.fd, "part", 0), 0);
	ck_assert_int_eq(publish_part(&target.folder, fd, "part", "file",
			     &attributes, &target.settings.store, &failure),
	    -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_nonnull(
	    strstr(failure.text, "its part file has been removed"));
	target_expect(&target, "file", "old");
	close(fd);
}
END_TEST

Suite *
publish_suite(void)
{
	Suite *suite = suite_create("publish");
	TCase *tcase = unit_case(suite, "part");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_attributes);
	tcase_add_test(tcase, test_replace);
	tcase_add_test(tcase, test_no_clobber);
	if (unit_is_native("publish: refused and killed")) {
		tcase_add_test(tcase, test_no_clobber_without);
		tcase_add_loop_test(tcase, test_killed, 0, 2);
	}
	tcase_add_test(tcase, test_failures);
	return suite;
}
