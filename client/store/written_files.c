/*
 * A file found by a name, with device and inode of one that was written by
 * another name, may be three things: the same name to the file system, a hard
 * link, or a new file with a number used before. The names in the folder tell:
 * of a hard link both names are there, of one name to the file system only one.
 */

#include "client/store/written_files.h"

void
written_files_close(struct written_files *written)
{
	inode_set_close(&written->files);
	inode_set_close(&written->names);
}

/* Returns an entry for size and time, beside those of inodes, for file systems
 * whose inode numbers differ at each look. */
static struct stat
entry_of_state(const struct stat *stat)
{
	return (struct stat){
	    .st_dev = (dev_t)-1,
	    .st_ino = inode_set_hash_state(stat),
	};
}

int
written_files_add(struct written_files *written, const struct volume *volume,
    const char *final, const struct stat *stat)
{
	struct stat state = entry_of_state(stat);

	if (written == NULL)
		return 0;
	if (volume->is_remote &&
	    inode_set_add(&written->files, &state, final) != 0)
		return -1;
	return inode_set_add(&written->files, stat, final);
}

/* Reads the folder's names anew. Returns 0, or -1 if it cannot be read. */
static int
read_names(int folder_fd, struct inode_set *names)
{
	DIR *dir = volume_open_names(folder_fd);
	struct dirent *entry;
	struct stat name;
	int result = 0;

	if (dir == NULL)
		return -1;
	inode_set_close(names);
	while (result == 0 && (entry = readdir(dir)) != NULL) {
		name =
		    (struct stat){.st_ino = inode_set_hash_name(entry->d_name)};
		result = inode_set_add(names, &name, "");
	}
	closedir(dir);
	return result;
}

/* Returns whether the folder has a name, byte for byte. */
static bool
has_name(const struct inode_set *names, uint32_t hash)
{
	struct stat name = {.st_ino = hash};

	return inode_set_find(names, &name) != NULL;
}

bool
written_files_has_other(struct written_files *written,
    const struct volume *volume, int folder_fd, const char *final,
    const struct stat *stat)
{
	struct stat state = entry_of_state(stat);
	uint32_t name = inode_set_hash_name(final);
	const struct inode *found = NULL;
	bool by_state = false;

	if (written == NULL || written->files.n == 0)
		return false;
	found = inode_set_find(&written->files, stat);
	if (found == NULL && volume->is_remote) {
		found = inode_set_find(&written->files, &state);
		by_state = true;
	}
	if (found == NULL)
		return false;
	if (found->name == name)
		return !by_state && !written->may_repeat;
	if (has_name(&written->names, name) &&
	    has_name(&written->names, found->name))
		return false;
	/* Names may have come since they were read. Where they cannot be read,
	 * a file with several links has several names. */
	if (read_names(folder_fd, &written->names) != 0)
		return stat->st_nlink == 1;
	if (!has_name(&written->names, name))
		return true;
	return !by_state && !has_name(&written->names, found->name) &&
	    found->state == inode_set_hash_state(stat);
}
