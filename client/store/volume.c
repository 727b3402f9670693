/*
 * statfs(2) is asked when a folder of the file system is opened. The rest is
 * tried when it is first needed; a call that was refused is not tried again
 * (store/publish.c, store/same_file.c).
 */

#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "client/store/part_name.h"
#include "client/store/volume.h"
#include "common/magic.h"

/* Notes what is known of a type of file system. Errors of writing may show only
 * at close(2), as on NFS, unless the type reports them at write(2). */
static void
set_type(struct volume *volume, uint32_t type)
{
	switch (type) {
	case BTRFS_SUPER_MAGIC:
	case EXT4_SUPER_MAGIC: /* ext2 and ext3 too */
	case F2FS_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case XFS_SUPER_MAGIC:
		volume->tells_late = false;
		break;
	case AFS_SUPER_MAGIC:
	case CEPH_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case FUSE_SUPER_MAGIC:
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case V9FS_MAGIC:
		volume->is_remote = true;
		break;
	case MSDOS_SUPER_MAGIC:
		volume->file_max = UINT32_MAX;
		break;
	default:
		break;
	}
}

void
volume_open(struct volume *volume, int fd, struct stat *folder)
{
	struct statfs kind = {0}; /* unknown */

	memset(folder, 0, sizeof(*folder));
	(void)fstat(fd, folder);
	(void)fstatfs(fd, &kind);
	*volume = (struct volume){
	    .device = folder->st_dev,
	    .name_max =
		kind.f_namelen < PART_NAME_LEAST || kind.f_namelen > NAME_MAX ?
		NAME_MAX :
		(size_t)kind.f_namelen,
	    .tells_late = true,
	    /* A file without a name gets its first one by way of /proc. */
	    .has_nameless = access("/proc/self/fd", X_OK) == 0,
	    .has_noreplace = true,
	    .has_links = true,
	    .file_max = UINT64_MAX,
	    .probe = -1,
	};
	set_type(volume, (uint32_t)kind.f_type);
}

void
volume_close(struct volume *volume)
{
	if (volume->has_probe && volume->probe >= 0)
		close(volume->probe);
	volume->has_probe = false;
}

/* Returns whether chmod(2) is obeyed: some file systems refuse it, others
 * report success and change nothing. */
static bool
obeys_chmod(int fd, mode_t mode)
{
	const mode_t other = mode ^ S_IRGRP;
	struct stat stat;

	return fchmod(fd, other) == 0 && fstat(fd, &stat) == 0 &&
	    (stat.st_mode & 0777) == other && fchmod(fd, mode) == 0;
}

bool
volume_keeps_mode(struct volume *volume, int fd, mode_t mode)
{
	if (volume->sets_mode == VOLUME_UNKNOWN)
		volume->sets_mode =
		    obeys_chmod(fd, mode) ? VOLUME_YES : VOLUME_NO;
	return volume->sets_mode == VOLUME_NO;
}

bool
volume_is_one(const struct volume *volume, const struct stat *a,
    const struct stat *b)
{
	if (a->st_dev != b->st_dev ||
	    (a->st_mode & S_IFMT) != (b->st_mode & S_IFMT))
		return false;
	if (a->st_ino == b->st_ino)
		return true;
	return volume->is_remote && a->st_uid == b->st_uid &&
	    a->st_size == b->st_size &&
	    memcmp(&a->st_mtim, &b->st_mtim, sizeof(a->st_mtim)) == 0 &&
	    memcmp(&a->st_ctim, &b->st_ctim, sizeof(a->st_ctim)) == 0;
}

DIR *
volume_open_names(int folder_fd)
{
	int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL && fd >= 0)
		close(fd);
	return dir;
}

int
volume_flush(const struct volume *volume, int fd)
{
	int copy;

	if (!volume->tells_late)
		return 0;
	copy = dup(fd);
	if (copy < 0)
		return -1;
	return close(copy) == 0 || errno == EINTR ? 0 : -1;
}

bool
volume_is_named(const struct volume *volume, int folder_fd, const char *name,
    int fd)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 &&
	    fstatat(folder_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    volume_is_one(volume, &opened, &named);
}
