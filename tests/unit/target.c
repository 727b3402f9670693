/*
 * A folder to write into. Names of part files are built here and not by the
 * code under test, because part files of one version of fileget must be usable
 * by another.
 */

#include <sys/syscall.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "client/store/part_name.h"
#include "tests/unit/target.h"

enum {
	TEXT = 4096, /* bytes of a compared file */
};

long target_name_max, target_magic;

/* Replaces the C library's function. */
int
fstatfs(int fd, struct statfs *kind)
{
	int result;

	if (target_name_max < 0)
		return -1;
	result = (int)syscall(SYS_fstatfs, fd, kind);
	if (target_name_max != 0)
		kind->f_namelen = target_name_max;
	if (target_magic != 0)
		kind->f_type = target_magic;
	return result;
}

void
target_serve(struct target *target, const char *host, uint16_t port)
{
	server_list_open(&target->servers);
	ck_assert_int_eq(server_list_add(&target->servers, host, port), 0);
	target->settings.connection.servers = &target->servers;
	target->settings.connection.host = host;
}

void
target_open(struct target *target)
{
	memset(target, 0, sizeof(*target));
	target->settings.store.resume = true;
	target->settings.store.verify = true;
	target->report_settings.quiet = true;
	target->settings.store.max_size = UINT64_MAX;
	target->settings.connection.timeout = UNIT_TIMEOUT * CLOCK_SEC;
	target->settings.connection.connect_timeout = UNIT_TIMEOUT * CLOCK_SEC;
	target->settings.connection.retry = 5;
	target_serve(target, "test", 1);
	unit_folder(target->path);
	target->settings.directory = target->path;
	ck_assert_int_eq(folder_open(&target->folder, target->path), 0);
}

void
target_close(struct target *target)
{
	folder_close(&target->folder);
}

void
target_reopen(struct target *target)
{
	folder_close(&target->folder);
	ck_assert_int_eq(folder_open(&target->folder, target->path), 0);
}

void
target_write(const struct target *target, const char *name, const char *text)
{
	unit_write(target->path, name, text, strlen(text));
}

bool
target_has(const struct target *target, const char *name)
{
	return faccessat(target->folder.fd, name, F_OK, AT_SYMLINK_NOFOLLOW) ==
	    0;
}

void
target_expect(const struct target *target, const char *name, const char *text)
{
	char got[TEXT + 1];
	ssize_t len;
	int fd;

	fd = openat(target->folder.fd, name, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
	len = read(fd, got, TEXT);
	close(fd);
	ck_assert_int_ge(len, 0);
	got[len] = '\0';
	ck_assert_str_eq(got, text);
}

void
target_expect_bytes(const struct target *target, const char *name,
    const void *bytes, size_t size)
{
	uint8_t *got = malloc(size + 1);
	int fd = openat(target->folder.fd, name, O_RDONLY | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
	ck_assert_int_eq(read(fd, got, size + 1), (ssize_t)size);
	ck_assert(memcmp(got, bytes, size) == 0);
	close(fd);
	free(got);
}

int
target_count(const struct target *target)
{
	DIR *dir = opendir(target->path);
	struct dirent *entry;
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		n += strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return n;
}

void
target_part_name(char name[UNIT_PATH], const char *final,
    struct protocol_token token)
{
	snprintf(name, UNIT_PATH, "%s.%016" PRIx64 "%016" PRIx64 ".part", final,
	    token.id, token.version);
}

const char *
target_part_of(const char *final, const struct protocol_attributes *attributes,
    const char *slot)
{
	static char name[PART_NAME];

	part_name_print(NAME_MAX, final, protocol_content_token(attributes),
	    slot, name);
	return name;
}
