/*
 * An errno alone does not say on which side something failed, nor which of
 * several names was meant: what can be seen afterwards is looked at.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "client/store/obstacle.h"

/* Returns whether the folder itself has been removed. */
static bool
is_gone(const struct folder *folder)
{
	struct stat stat;

	return fstat(folder->fd, &stat) == 0 && stat.st_nlink == 0;
}

static bool
is_there(const struct folder *folder, const char *name)
{
	struct stat stat;

	return name != NULL &&
	    fstatat(folder->fd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0;
}

/* More than strerror(3) says, or NULL. */
static const char *
find_reason(const struct folder *folder, const char *part, const char *final,
    const struct store_settings *settings, int error)
{
	switch (error) {
	case ENOENT:
		if (is_gone(folder))
			return "the folder that it goes into has been removed";
		return part != NULL && !is_there(folder, part) ?
		    "its part file has been removed or renamed meanwhile" :
		    NULL;
	case EEXIST:
		if (settings->no_clobber)
			return "there is one by now, which is not replaced "
			       "(-n)";
		return folder->is_new ? FOLDER_TWICE : NULL;
	case EILSEQ:
	case EINVAL:
		return "the file system may not take that name";
	case EISDIR:
	case ENOTEMPTY:
		return "there is a folder of that name";
	case EACCES:
	case EPERM:
		return is_there(folder, final) ?
		    "what has that name must not be replaced (it is immutable, "
		    "or another's in a sticky folder?)" :
		    "nothing may be renamed in this folder";
	default:
		return NULL;
	}
}

int
obstacle_tell(const struct folder *folder, const char *part, const char *final,
    const struct store_settings *settings, struct failure *failure)
{
	int saved = errno;
	const char *reason = find_reason(folder, part, final, settings, saved);

	if (reason == NULL)
		failure_set(failure, EXIT_LOCAL,
		    "cannot give it its name %s here: %s", final,
		    strerror(saved));
	else
		failure_set(failure, EXIT_LOCAL,
		    "cannot give it its name %s here: %s (%s)", final, reason,
		    strerror(saved));
	errno = saved;
	return -1;
}

int
obstacle_tell_create(const struct folder *folder,
    const struct store_settings *settings, struct failure *failure)
{
	int saved = errno;
	bool is_name = saved == EINVAL || saved == EILSEQ ||
	    saved == ENAMETOOLONG || saved == EPROTO;
	const char *more = "";

	if (saved == ENOENT && is_gone(folder))
		more = "; the folder that it goes into has been removed";
	else if (is_name && !settings->is_named && !settings->is_tree)
		more = "; the file system may not take that name: -o gives it "
		       "another";
	else if (is_name)
		more = "; the file system may not take that name";
	failure_set(failure, EXIT_LOCAL, "cannot create a file here: %s%s",
	    strerror(saved), more);
	errno = saved;
	return -1;
}
