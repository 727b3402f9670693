/*
 * New files may have expected names only, no more permissions than a file
 * needs, and contents that the server sent; nothing is created beside the
 * folder.
 */

#include <sys/endian.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/digest.h"
#include "common/protocol.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/target.h"

enum {
	MOST = 64 * 1024, /* bytes of a file; no input is as long */
};

static char base[128];	    /* folder that holds the target folder */
static char path[128 + 16]; /* the target folder */
static int base_fd, path_fd;
static struct stat before; /* state of the folder above */
static char part_name[64];

static void
remove_all(void)
{
	rmdir(path);
	rmdir(base);
}

static void
make_all(void)
{
	const char *above = getenv("TMPDIR");
	char digits[2 * PROTOCOL_TOKEN_SIZE + 1];
	uint8_t token[PROTOCOL_TOKEN_SIZE];

	if (above == NULL || strlen(above) > sizeof(base) / 2)
		above = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(base, sizeof(base), "%s/fuzz.XXXXXX", above);
	FUZZ_REQUIRE(mkdtemp(base) != NULL);
	snprintf(path, sizeof(path), "%s/target", base);
	FUZZ_REQUIRE(mkdir(path, 0755) == 0);
	base_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	path_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_REQUIRE(base_fd >= 0 && path_fd >= 0);
	FUZZ_REQUIRE(fstat(base_fd, &before) == 0);
	memset(token, TARGET_TOKEN, sizeof(token));
	text_hex(token, sizeof(token), digits);
	snprintf(part_name, sizeof(part_name), "newf.%s.part", digits);
	atexit(remove_all);
}

static void
write_file(const char *name, const char *text)
{
	int fd = openat(path_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	FUZZ_REQUIRE(fd >= 0);
	FUZZ_REQUIRE(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

const char *
target_begin(const struct target *target)
{
	if (path[0] == '\0')
		make_all();
	if (target->old)
		write_file("newf", TARGET_OLD);
	if (target->part)
		write_file(part_name, TARGET_PART);
	return path;
}

static bool
is_part(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".part") == 0;
}

/*
 * Returns whether these n bytes are the body of a whole reply to FETCH, from an
 * offset of the file on: with correct lengths, an OK trailer and, if verified,
 * the correct digest.
 */
static bool
is_reply(const struct target *target, size_t at, const uint8_t *bytes, size_t n,
    uint64_t offset)
{
	const uint8_t *reply = target->said + at;
	const uint8_t *trailer =
	    reply + PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE + n;
	uint8_t digest[PROTOCOL_DIGEST_SIZE];

	if (be64dec(reply) !=
		PROTOCOL_ATTRIBUTES_SIZE + n + PROTOCOL_TRAILER_SIZE ||
	    be64dec(reply + PROTOCOL_REPLY_HEADER_SIZE + 16) != offset + n ||
	    trailer[0] != PROTOCOL_OK)
		return false;
	if (n > 0 && memcmp(trailer - n, bytes, n) != 0)
		return false;
	digest_of(bytes, n, digest);
	return !target->verified ||
	    memcmp(trailer + 8, digest, sizeof(digest)) == 0;
}

static bool
was_said(const struct target *target, const uint8_t *bytes, size_t n,
    uint64_t offset)
{
	size_t all = PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE + n +
	    PROTOCOL_TRAILER_SIZE;
	size_t at;

	for (at = 0; at + all <= target->len; at++)
		if (is_reply(target, at, bytes, n, offset))
			return true;
	return false;
}

/* Checks a file of an expected name. */
static void
check_file(struct target *target, int folder, const char *name)
{
	static uint8_t bytes[MOST];
	size_t old = strlen(TARGET_OLD), part = strlen(TARGET_PART);
	ssize_t got;
	int fd;

	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	FUZZ_REQUIRE(fd >= 0);
	got = read(fd, bytes, sizeof(bytes));
	close(fd);
	FUZZ_REQUIRE(got >= 0);
	if (folder == path_fd && strcmp(name, "newf") == 0 &&
	    (size_t)got == old && memcmp(bytes, TARGET_OLD, old) == 0) {
		target->still_old = true;
		return;
	}
	target->files++;
	if (target->said == NULL || was_said(target, bytes, (size_t)got, 0))
		return;
	/* The client resumed from the part file. */
	FUZZ_REQUIRE(target->part && (size_t)got >= part &&
	    memcmp(bytes, TARGET_PART, part) == 0 &&
	    was_said(target, bytes + part, (size_t)got - part, part));
}

static void check_folder(struct target *target, int above, const char *name);

static void
check_entry(struct target *target, int folder, const char *name)
{
	struct stat stat;

	FUZZ_REQUIRE(fstatat(folder, name, &stat, AT_SYMLINK_NOFOLLOW) == 0);
	FUZZ_REQUIRE((stat.st_mode & 07000) == 0);
	if (folder == path_fd)
		FUZZ_REQUIRE(strncmp(name, "new", 3) == 0);
	if (S_ISREG(stat.st_mode)) {
		(void)!fchmodat(folder, name, 0600, 0);
		if (!is_part(name))
			check_file(target, folder, name);
		FUZZ_REQUIRE(unlinkat(folder, name, 0) == 0);
		return;
	}
	FUZZ_REQUIRE(S_ISDIR(stat.st_mode) && target->tree);
	(void)!fchmodat(folder, name, 0700, 0);
	check_folder(target, folder, name);
	FUZZ_REQUIRE(unlinkat(folder, name, AT_REMOVEDIR) == 0);
}

/* Checks all files in a folder. */
static void
check_folder(struct target *target, int above, const char *name)
{
	int fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	DIR *dir;

	FUZZ_REQUIRE(fd >= 0);
	dir = fdopendir(fd);
	FUZZ_REQUIRE(dir != NULL);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			check_entry(target, above == base_fd ? path_fd : fd,
			    entry->d_name);
	closedir(dir);
}

void
target_check(struct target *target)
{
	struct stat now;

	target->still_old = false;
	target->files = 0;
	check_folder(target, base_fd, "target");
	FUZZ_REQUIRE(fstat(base_fd, &now) == 0);
	FUZZ_REQUIRE(now.st_mtim.tv_sec == before.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == before.st_mtim.tv_nsec &&
	    now.st_nlink == before.st_nlink);
}
