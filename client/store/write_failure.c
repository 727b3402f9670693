/*
 * A download of many hours is not thrown away because the disk was full in its
 * last minute: the part file stays, is proved by the next run, and gone on
 * with.
 */

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

static const char *
advice(int error)
{
	switch (error) {
	case EDQUOT:
	case ENOSPC:
		return "; what has come is kept, and the same command goes on "
		       "when there is room";
	case EFBIG:
		return "; what has come is kept, and the same command goes on "
		       "where a file may be larger (ulimit -f)";
	default:
		return "; what has come is kept, and the same command goes on "
		       "from there";
	}
}

int
write_failure_set(struct folder *folder, int fd, const char *what, bool is_kept,
    struct failure *failure)
{
	int error = errno;

	if (error == ENOSPC || error == EDQUOT)
		folder->volume->is_full = true;
	if (is_kept && fd >= 0)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	failure_set(failure, EXIT_LOCAL, "%s: %s%s", what, strerror(error),
	    is_kept ? advice(error) : "");
	errno = error;
	return -1;
}
