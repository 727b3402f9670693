/*
 * errno does not say which of two names it is about, or which file has that
 * name, so these functions look. A part file stays after a failure that may go
 * away, such as a full disk: its download may have taken hours.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "client/store/write_failure.h"

bool
write_failure_keeps_part(int error)
{
	switch (error) {
	case EACCES:
	case EBUSY:
	case EDQUOT:
	case EFBIG:
	case EIO:
	case ENOSPC:
	case EPERM:
	case EROFS:
		return true;
	default:
		return false;
	}
}

/* Returns when the same command continues the part file. */
static const char *
find_remedy(int error)
{
	switch (error) {
	case EDQUOT:
	case ENOSPC:
		return "when there is room";
	case EFBIG:
		return "where a file may be larger (ulimit -f)";
	default:
		return "from there";
	}
}

int
write_failure_set(struct folder *folder, int fd, bool is_kept,
    struct failure *failure)
{
	int error = errno;

	if (error == ENOSPC || error == EDQUOT)
		folder->volume->is_full = true;
	if (is_kept && fd >= 0)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	errno = error;
	if (!is_kept)
		return failure_set_errno(failure, error,
		    "cannot write here: %s", strerror(error));
	return failure_set_errno(failure, error,
	    "cannot write here: %s; what has come is kept, and the same "
	    "command goes on %s",
	    strerror(error), find_remedy(error));
}

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

/* Returns what is known besides the text of errno, or NULL. */
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
		return folder->is_new ?
		    "there is one by now: another name of this run has it, "
		    "which this file system takes for the same, or somebody "
		    "else has made it" :
		    NULL;
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
write_failure_set_create(const struct folder *folder,
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
	errno = saved;
	return failure_set_errno(failure, saved,
	    "cannot create a file here: %s%s", strerror(saved), more);
}

int
write_failure_set_name(const struct folder *folder, const char *part,
    const char *final, const struct store_settings *settings,
    struct failure *failure)
{
	int saved = errno;
	const char *reason = find_reason(folder, part, final, settings, saved);

	errno = saved;
	if (reason == NULL)
		return failure_set_errno(failure, saved,
		    "cannot give it its name %s here: %s", final,
		    strerror(saved));
	return failure_set_errno(failure, saved,
	    "cannot give it its name %s here: %s (%s)", final, reason,
	    strerror(saved));
}
