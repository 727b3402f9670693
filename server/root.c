/*
 * Opening a FIFO or a device has side effects, so a file is looked at (statx(2)
 * or O_PATH) before it is opened, and refused unless it is regular. Another
 * program may swap the name in between: the state of the opened descriptor is
 * checked again, and O_NONBLOCK keeps open from waiting. A folder that cannot
 * be opened is looked at once more, only to choose between two statuses.
 */

#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/beneath.h"
#include "common/names.h"
#include "common/protocol.h"
#include "common/syscalls.h"
#include "server/root.h"
#include "server/sandbox.h"
#include "server/state.h"
#include "server/storage.h"
#include "server/ways.h"

#define ROOT_SHORT 256 /* bytes; longer names take open_long */

/* The ways, and behind them those of root_without_links. */
#define WAYS (2 * ROOT_WAYS)

/* Returns the read-only page of ways; NULL with errno. */
static const struct open_how *
make_ways(uint64_t resolve)
{
	static const int flags[ROOT_WAYS] = {
	    [ROOT_FILE] = O_RDONLY | O_NONBLOCK | O_NOCTTY,
	    [ROOT_FOLDER] = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_NOCTTY,
	    [ROOT_PATH] = O_PATH,
	    [ROOT_PLAIN] = O_PATH,
	};
	struct open_how ways[WAYS] = {0};
	int i;

	for (i = 0; i < ROOT_WAYS; i++) {
		ways[i].flags = (uint64_t)(flags[i] | O_CLOEXEC);
		ways[i].resolve = resolve;
		ways[ROOT_WAYS + i].flags = ways[i].flags;
		ways[ROOT_WAYS + i].resolve = resolve | RESOLVE_NO_SYMLINKS;
	}
	ways[ROOT_PLAIN].resolve |= RESOLVE_NO_SYMLINKS;
	return ways_make(ways, WAYS);
}

int
root_open(struct root *root, const char *path, bool hidden, bool links)
{
	uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
	struct stat stat;
	int probe = -1, saved;

	if (!links)
		resolve |= RESOLVE_NO_SYMLINKS;
	root->hidden = hidden;
	root->sealed = false;
	root->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0)
		return -1;
	root->ways = make_ways(resolve);
	/* Fails at the start, not at the first request, without openat2. */
	if (root->ways != NULL)
		probe = beneath_open(root->fd, ".", &root->ways[ROOT_FOLDER]);
	if (probe >= 0 && state_read(probe, "", &stat) == 0) {
		root->device = stat.st_dev;
		root->network = storage_find_network(probe, stat.st_dev);
		close(probe);
		return 0;
	}
	saved = errno;
	if (probe >= 0)
		close(probe);
	root_close(root);
	errno = saved;
	return -1;
}

void
root_without_links(const struct root *root, struct root *plain)
{
	*plain = *root;
	plain->ways = root->ways + ROOT_WAYS;
}

int
root_seal(struct root *root)
{
	if (ways_seal(root->ways, WAYS) != 0)
		return -1;
	root->sealed = true;
	return 0;
}

struct sandbox_folder
root_sandbox_folder(const struct root *root)
{
	return (
	    struct sandbox_folder){root->fd, root->ways, WAYS, root->sealed};
}

void
root_close(struct root *root)
{
	close(root->fd);
	root->fd = -1;
	/* A sealed page cannot be unmapped. */
	if (!root->sealed)
		ways_free(root->ways, WAYS);
	root->ways = NULL;
}

enum protocol_status
root_status(const struct root *root, int code)
{
	switch (code) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return PROTOCOL_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EXDEV: /* leads outside */
	case ELOOP: /* a forbidden link, or a circle of links */
		return PROTOCOL_DENIED;
	case ENXIO: /* a socket, or a device without a driver */
	case ENODEV:
	case EISDIR:
		return PROTOCOL_NOT_A_FILE;
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return PROTOCOL_BUSY;
	default:
		return storage_may_come_back(code, root->network != NULL) ?
		    PROTOCOL_BUSY :
		    PROTOCOL_IO_ERROR;
	}
}

/* Finds the kind of file that path leads to by O_PATH, which opens no file.
 * Returns 0, or -1 with errno. */
static int
find_kind_of(const struct root *root, const char *path, enum root_way way,
    mode_t *kind)
{
	int fd = beneath_open(root->fd, path, &root->ways[way]);
	int result, saved;

	if (fd < 0)
		return -1;
	result = state_kind(fd, "", kind);
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

/*
 * Returns true if path leads to a regular file, which may then be opened:
 * opening a FIFO wakes its writer, and opening a device may start a watchdog or
 * rewind a tape. Returns false with errno otherwise.
 *
 * *plain is true if the caller knows that no folder on the path is a link; this
 * function sets it if it finds that out. A plain path without a link at its end
 * cannot leave the root, so statx(2) may look at it, which costs a third of
 * O_PATH.
 */
static bool
leads_to_file(const struct root *root, const char *path, bool *plain)
{
	mode_t kind = S_IFLNK;

	if (*plain || strchr(path, '/') == NULL) {
		if (state_kind(root->fd, path, &kind) != 0)
			return false;
		*plain = true;
	} else if (find_kind_of(root, path, ROOT_PLAIN, &kind) == 0) {
		*plain = true;
	} else if (errno != ELOOP) {
		return false;
	}
	if (S_ISLNK(kind) && find_kind_of(root, path, ROOT_PATH, &kind) != 0)
		return false;
	errno = ENXIO;
	return S_ISREG(kind);
}

/* Copies the name into path, terminates it and opens it. *plain is used for
 * ROOT_FILE alone. Returns a descriptor, or -1 with errno. */
static int
open_copy(const struct root *root, const uint8_t *name, size_t len,
    enum root_way way, bool *plain, char *path)
{
	memcpy(path, name, len);
	path[len] = '\0';
	if (way == ROOT_FILE && !leads_to_file(root, path, plain))
		return -1;
	return beneath_open(root->fd, path, &root->ways[way]);
}

/* Opens a long name. Kept out of line, so that short names never touch its page
 * of stack, which would stay resident in each thread. */
static __attribute__((noinline)) int
open_long(const struct root *root, const uint8_t *name, size_t len,
    enum root_way way, bool *plain)
{
	char path[NAMES_MAX + 1];

	return open_copy(root, name, len, way, plain, path);
}

/* Opens a name and reads the state. Returns 0, or -1 with errno and file->fd
 * -1. */
static int
open_once(const struct root *root, const uint8_t *name, size_t len,
    enum root_way way, struct root_file *file)
{
	char path[ROOT_SHORT];
	int saved;

	file->fd = len < sizeof(path) ?
	    open_copy(root, name, len, way, &file->is_plain, path) :
	    open_long(root, name, len, way, &file->is_plain);
	if (file->fd < 0)
		return -1;
	if (state_read(file->fd, "", &file->stat) == 0)
		return 0;
	saved = errno;
	root_close_file(file);
	errno = saved;
	return -1;
}

/* Opens a name by the policy for hidden names. For ROOT_FILE the caller sets
 * file->is_plain if it knows it, and false otherwise. Sets errno for BUSY and
 * IO_ERROR. */
static enum protocol_status
open_named(const struct root *root, const uint8_t *name, size_t len,
    enum root_way way, struct root_file *file)
{
	int result;

	file->fd = -1;
	if (!root->hidden && names_hidden(name, len))
		return PROTOCOL_DENIED;
	result = open_once(root, name, len, way, file);
	/* A network file system's server has replaced the file meanwhile: its
	 * name leads to the new one. */
	if (result != 0 && errno == ESTALE)
		result = open_once(root, name, len, way, file);
	return result == 0 ? PROTOCOL_OK : root_status(root, errno);
}

enum protocol_status
root_open_file(const struct root *root, const uint8_t *name, size_t len,
    bool beside, struct root_file *file)
{
	enum protocol_status status;

	file->is_plain = beside;
	status = open_named(root, name, len, ROOT_FILE, file);
	if (status == PROTOCOL_OK && !S_ISREG(file->stat.st_mode)) {
		root_close_file(file);
		return PROTOCOL_NOT_A_FILE;
	}
	return status;
}

void
root_find_storage(const struct root *root, struct root_file *file)
{
	file->on_network = file->stat.st_dev == root->device ?
	    root->network != NULL :
	    storage_find_network(file->fd, file->stat.st_dev) != NULL;
}

enum protocol_status
root_open_folder(const struct root *root, const uint8_t *name, size_t len,
    struct root_file *folder)
{
	enum protocol_status status;
	struct root_file file;

	status = open_named(root, name, len, ROOT_FOLDER, folder);
	if (status != PROTOCOL_NOT_FOUND)
		return status;
	/* ENOTDIR may be about the last component or an earlier one. */
	if (open_named(root, name, len, ROOT_PATH, &file) != PROTOCOL_OK)
		return status;
	root_close_file(&file);
	return PROTOCOL_NOT_A_FILE;
}

void
root_close_file(struct root_file *file)
{
	close(file->fd);
	file->fd = -1;
}

enum protocol_status
root_stat(const struct root *root, const uint8_t *name, size_t len,
    struct protocol_attributes *attributes)
{
	struct root_file file = {.fd = -1};
	enum protocol_status status;

	status = open_named(root, name, len, ROOT_PATH, &file);
	if (status != PROTOCOL_OK)
		return status;
	root_close_file(&file);
	if (!S_ISREG(file.stat.st_mode) && !S_ISDIR(file.stat.st_mode))
		return PROTOCOL_NOT_A_FILE;
	state_attributes(&file.stat, attributes);
	return PROTOCOL_OK;
}

ssize_t
root_read_folder(const struct root_file *folder, void *entries, size_t size)
{
	return syscall(SYS_getdents64, folder->fd, entries, size);
}

bool
root_shows(const struct root *root, const char *entry)
{
	if (strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0)
		return false;
	return root->hidden || entry[0] != '.';
}

/* Returns what a failed look-up of an entry, or of its link's target, says. */
static enum root_entry
judge_entry_errno(int code)
{
	switch (code) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG: /* the link's target cannot exist */
	case EXDEV:	   /* the link leads outside */
	case ELOOP:	   /* a circle, or links are refused */
		return ROOT_ENTRY_NONE;
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return ROOT_ENTRY_BUSY;
	default: /* such as the top of a mount whose server is away */
		return ROOT_ENTRY_UNSEEN;
	}
}

/* Finds the state of a link's target, from the root, since the target may be in
 * another folder. Kept out of line because of its page of stack. */
static __attribute__((noinline)) enum root_entry
stat_link(const struct root *root, const uint8_t *name, size_t len,
    const char *entry, struct stat *stat)
{
	char path[NAMES_MAX + 1];
	int fd, code = 0, n;

	if (len == 1 && name[0] == '.')
		n = snprintf(path, sizeof(path), "%s", entry);
	else
		n = snprintf(path, sizeof(path), "%.*s/%s", (int)len,
		    (const char *)name, entry);
	if (n < 0 || (size_t)n >= sizeof(path))
		return ROOT_ENTRY_UNSEEN;
	fd = beneath_open(root->fd, path, &root->ways[ROOT_PATH]);
	if (fd < 0)
		return judge_entry_errno(errno);
	if (state_read(fd, "", stat) != 0)
		code = errno;
	close(fd);
	return code == 0 ? ROOT_ENTRY_SEEN : judge_entry_errno(code);
}

enum root_entry
root_stat_entry(const struct root *root, const struct root_file *folder,
    const uint8_t *name, size_t len, const char *entry, struct stat *stat)
{
	if (state_read(folder->fd, entry, stat) != 0)
		return judge_entry_errno(errno);
	if (S_ISLNK(stat->st_mode))
		return stat_link(root, name, len, entry, stat);
	return ROOT_ENTRY_SEEN;
}
