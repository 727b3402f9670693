/*
 * Uses a descriptor of the test's folder, so that no test depends on the
 * working directory. File contents come from splitmix64 (Steele, Lea, Flood
 * 2014), so that they are the same on each machine.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/removal.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

enum {
	HOLE = 1024 * 1024 /* bytes */
};

static char base[PATH_MAX / 2]; /* the folder above those of the tests */
static char folder[PATH_MAX / 2 + 32];
static int folder_fd = -1;

void
scratch_open(void)
{
	const char *above = getenv("TMPDIR");

	snprintf(base, sizeof(base), "%s/fileserv-e2e.XXXXXX",
	    above == NULL || above[0] != '/' ? "/tmp" : above);
	if (mkdtemp(base) == NULL)
		err(1, "%s", base);
}

void
scratch_close(void)
{
	removal_remove_tree(base);
}

/* Removes the folders of earlier tests, which failed. A full disk would fail
 * all later ones. */
static void
remove_leftovers(void)
{
	DIR *dir = opendir(base);
	struct dirent *entry;
	char path[PATH_MAX];

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", base, entry->d_name);
		removal_remove_tree(path);
	}
	if (dir != NULL)
		closedir(dir);
}

/* Programs find the settings that a test makes below "home", and no others. */
static void
set_home(void)
{
	char home[SCRATCH_PATH];

	ck_assert_int_eq(setenv("HOME", scratch_path(home, "home"), 1), 0);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("FILEGET_KEY_FILE");
	unsetenv("FILEGET_OPTIONS");
}

void
scratch_setup(void)
{
	remove_leftovers();
	snprintf(folder, sizeof(folder), "%s/%ld", base, (long)getpid());
	ck_assert_msg(mkdir(folder, 0755) == 0, "%s: %s", folder,
	    strerror(errno));
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(folder_fd, 0);
	set_home();
	scratch_mkdir("served");
	scratch_mkdir("outside");
	scratch_mkdir("here");
}

void
scratch_teardown(void)
{
	close(folder_fd);
	removal_remove_tree(folder);
}

int
scratch_fd(void)
{
	return folder_fd;
}

const char *
scratch_path(char path[SCRATCH_PATH], const char *name)
{
	snprintf(path, SCRATCH_PATH, "%s/%s", folder, name);
	return path;
}

/* Opens a file for writing with these additional flags. */
static int
open_file(const char *name, int flags)
{
	int fd = openat(folder_fd, name, O_WRONLY | O_CLOEXEC | flags, 0644);

	ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
	return fd;
}

static void
write_all(int fd, const uint8_t *bytes, size_t len, const char *name)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, bytes, len);
		ck_assert_msg(n > 0, "%s: %s", name, strerror(errno));
		bytes += n;
		len -= (size_t)n;
	}
}

void
scratch_write(const char *name, const void *bytes, size_t len)
{
	int fd = open_file(name, O_CREAT | O_TRUNC);

	write_all(fd, bytes, len, name);
	close(fd);
}

void
scratch_text(const char *name, const char *text)
{
	scratch_write(name, text, strlen(text));
}

static uint64_t
splitmix64(uint64_t state)
{
	state += UINT64_C(0x9e3779b97f4a7c15);
	state = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	state = (state ^ state >> 27) * UINT64_C(0x94d049bb133111eb);
	return state ^ state >> 31;
}

static void
write_random(int fd, uint64_t size, uint64_t seed, const char *name)
{
	uint64_t block[8192], done = 0, word = splitmix64(seed);
	size_t i, some;

	while (done < size) {
		for (i = 0; i < sizeof(block) / sizeof(block[0]); i++)
			block[i] = splitmix64(word++);
		some = size - done < sizeof(block) ? (size_t)(size - done) :
						     sizeof(block);
		write_all(fd, (const uint8_t *)block, some, name);
		done += some;
	}
}

void
scratch_fill(const char *name, uint64_t size, uint64_t seed)
{
	int fd = open_file(name, O_CREAT | O_TRUNC);

	write_random(fd, size, seed, name);
	close(fd);
}

void
scratch_overwrite(const char *name, uint64_t offset, size_t len, uint64_t seed)
{
	int fd = open_file(name, 0);

	ck_assert(lseek(fd, (off_t)offset, SEEK_SET) == (off_t)offset);
	write_random(fd, len, seed, name);
	close(fd);
}

void
scratch_sparse(const char *name, uint64_t size)
{
	int fd = open_file(name, O_CREAT);

	ck_assert_msg(ftruncate(fd, (off_t)size) == 0, "%s: %s", name,
	    strerror(errno));
	close(fd);
}

bool
scratch_keeps_holes(void)
{
	static const char name[] = "hole";
	struct stat stat;
	bool keeps;

	scratch_sparse(name, HOLE);
	keeps = fstatat(folder_fd, name, &stat, 0) == 0 &&
	    (uint64_t)stat.st_blocks * 512 < HOLE / 2;
	scratch_remove(name);
	return keeps;
}

void
scratch_mkdir(const char *name)
{
	ck_assert_msg(mkdirat(folder_fd, name, 0755) == 0, "%s: %s", name,
	    strerror(errno));
}

void
scratch_symlink(const char *target, const char *name)
{
	ck_assert_msg(symlinkat(target, folder_fd, name) == 0, "%s: %s", name,
	    strerror(errno));
}

void
scratch_rename(const char *from, const char *to)
{
	ck_assert_msg(renameat(folder_fd, from, folder_fd, to) == 0,
	    "%s to %s: %s", from, to, strerror(errno));
}

void
scratch_remove(const char *name)
{
	ck_assert_msg(unlinkat(folder_fd, name, 0) == 0, "%s: %s", name,
	    strerror(errno));
}

void
scratch_clear(const char *name)
{
	char path[SCRATCH_PATH];

	removal_remove_tree(scratch_path(path, name));
	scratch_mkdir(name);
}

void
scratch_age(const char *name)
{
	/* 2020-09-13, with nanoseconds, which the file system must keep. */
	struct timespec times[2] = {{1600000000, 0}, {1600000000, 123456789}};

	ck_assert_int_eq(utimensat(folder_fd, name, times, 0), 0);
}

char *
scratch_read(const char *name, size_t *len)
{
	int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t done = 0;
	char *text;
	ssize_t n;

	*len = 0;
	if (fd < 0)
		return NULL;
	ck_assert_int_eq(fstat(fd, &st), 0);
	text = malloc((size_t)st.st_size + 1);
	ck_assert_ptr_nonnull(text);
	while (done < (size_t)st.st_size &&
	    (n = read(fd, text + done, (size_t)st.st_size - done)) > 0)
		done += (size_t)n;
	text[done] = '\0';
	close(fd);
	*len = done;
	return text;
}

void
scratch_append(const char *name, const char *text)
{
	int fd = openat(scratch_fd(), name, O_WRONLY | O_APPEND | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

struct sized {
	const char *name;
	uint64_t size;
};

static bool
has_size(void *argument)
{
	const struct sized *sized = argument;
	struct stat stat;

	return fstatat(scratch_fd(), sized->name, &stat, 0) == 0 &&
	    (uint64_t)stat.st_size >= sized->size;
}

void
scratch_await_size(const char *name, uint64_t size)
{
	struct sized sized = {name, size};

	ck_assert_msg(wait_until(has_size, &sized, WAIT_LIMIT),
	    "%s never had %llu bytes", name, (unsigned long long)size);
}

int
scratch_exists(const char *name)
{
	struct stat st;

	return fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

unsigned
scratch_count(const char *name)
{
	int fd = openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	unsigned n = 0;

	ck_assert_msg(dir != NULL, "%s: %s", name, strerror(errno));
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}
