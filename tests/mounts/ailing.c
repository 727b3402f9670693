/*
 * A FUSE file system that shows a folder and ails as it is told. The file
 * CONTROL has one line, read at each operation:
 *
 *	N AILMENT OPERATION PATH
 *
 * AILMENT: ESTALE, ENOTCONN or EIO is the answer of the next N operations (0:
 * of all); HANG never answers, unless the caller is killed; SLOW answers after
 * N ms. OPERATION: getattr, readdir, open, read, or all. PATH: "/" is the top,
 * "*" every file. Anything else: it is well.
 *
 * Nothing is cached. With "shuffle" each file has another inode and another
 * ctime in each second.
 *
 * usage: ailing FOLDER MOUNT-POINT CONTROL [shuffle]
 */

#define FUSE_USE_VERSION 31

#include <fuse3/fuse.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int folder = -1;
static const char *control;
static bool shuffles;
static atomic_uint struck; /* errors since the file system was well */

static const struct {
	const char *name;
	int error;
} ailments[] = {{"ESTALE", ESTALE}, {"ENOTCONN", ENOTCONN}, {"EIO", EIO}};

static int
strike(unsigned n, const char *ailment)
{
	size_t i;

	if (strcmp(ailment, "SLOW") == 0)
		usleep(n * 1000);
	while (strcmp(ailment, "HANG") == 0 && !fuse_interrupted())
		usleep(20 * 1000);
	if (strcmp(ailment, "HANG") == 0)
		return -EINTR;
	for (i = 0; i < sizeof(ailments) / sizeof(ailments[0]); i++)
		if (strcmp(ailment, ailments[i].name) == 0 &&
		    (n == 0 || atomic_fetch_add(&struck, 1) < n))
			return -ailments[i].error;
	return 0;
}

/* Returns 0, or the negative errno that this operation fails with. */
static int
suffer(const char *operation, const char *path)
{
	char line[512], ailment[16], where[16], whom[256];
	FILE *file = fopen(control, "re");
	unsigned n;
	bool ails;

	ails = file != NULL && fgets(line, sizeof(line), file) != NULL &&
	    sscanf(line, "%u %15s %15s %255s", &n, ailment, where, whom) == 4;
	if (file != NULL)
		fclose(file);
	if (!ails) {
		atomic_store(&struck, 0);
		return 0;
	}
	if ((strcmp(where, "all") != 0 && strcmp(where, operation) != 0) ||
	    (strcmp(whom, "*") != 0 && strcmp(whom, path) != 0))
		return 0;
	return strike(n, ailment);
}

/* Returns the path for calls relative to the folder. */
static const char *
below(const char *path)
{
	return path[1] == '\0' ? "." : path + 1;
}

static int
ailing_getattr(const char *path, struct stat *stat, struct fuse_file_info *info)
{
	int error = suffer("getattr", path);

	(void)info;
	if (error != 0)
		return error;
	if (fstatat(folder, below(path), stat, AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	if (shuffles) {
		stat->st_ctim.tv_sec = time(NULL);
		stat->st_ino += (ino_t)stat->st_ctim.tv_sec << 24;
	}
	return 0;
}

static int
ailing_readdir(const char *path, void *buffer, fuse_fill_dir_t fill,
    off_t offset, struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
	int error = suffer("readdir", path), fd;
	struct dirent *entry;
	DIR *entries;

	(void)offset;
	(void)info;
	(void)flags;
	if (error != 0)
		return error;
	fd = openat(folder, below(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	entries = fd < 0 ? NULL : fdopendir(fd);
	if (entries == NULL)
		return -errno;
	while ((entry = readdir(entries)) != NULL)
		(void)fill(buffer, entry->d_name, NULL, 0, 0);
	closedir(entries);
	return 0;
}

static int
ailing_open(const char *path, struct fuse_file_info *info)
{
	int error = suffer("open", path), fd;

	if (error != 0)
		return error;
	fd = openat(folder, below(path), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	info->fh = (uint64_t)fd;
	info->direct_io = 1;
	return 0;
}

static int
ailing_read(const char *path, char *bytes, size_t size, off_t offset,
    struct fuse_file_info *info)
{
	int error = suffer("read", path);
	ssize_t got;

	if (error != 0)
		return error;
	got = pread((int)info->fh, bytes, size, offset);
	return got < 0 ? -errno : (int)got;
}

static int
ailing_release(const char *path, struct fuse_file_info *info)
{
	(void)path;
	close((int)info->fh);
	return 0;
}

static void *
ailing_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	(void)connection;
	config->use_ino = 1;
	config->attr_timeout = config->entry_timeout = 0;
	config->negative_timeout = 0;
	return NULL;
}

static const struct fuse_operations operations = {
    .init = ailing_init,
    .getattr = ailing_getattr,
    .readdir = ailing_readdir,
    .open = ailing_open,
    .read = ailing_read,
    .release = ailing_release,
};

int
main(int argc, char **argv)
{
	char foreground[] = "-f", option[] = "-oallow_other";
	char *args[] = {argv[0], foreground, option, argv[2], NULL};

	if (argc < 4)
		return 2;
	folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return 1;
	control = argv[3];
	shuffles = argc > 4 && strcmp(argv[4], "shuffle") == 0;
	return fuse_main(4, args, &operations, NULL);
}
