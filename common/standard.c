/*
 * Printing to standard output goes through stdio. The module keeps the errno of
 * the first failed print, since ferror(3) tells only that one failed, and
 * returns it when the process ends.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/standard.h"

static FILE *used;	/* the stream given to standard_use, or NULL */
static int saved_error; /* errno of the first failed print, or 0 */

void
standard_open(void)
{
	int fd;

	/* open(2) returns the lowest free number. */
	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

FILE *
standard_stream(void)
{
	return used != NULL ? used : stdout;
}

void
standard_use(FILE *stream)
{
	used = stream;
}

void
standard_note(void)
{
	if (ferror(standard_stream()) != 0 && saved_error == 0)
		saved_error = errno;
}

int
standard_end(void)
{
	int code;

	(void)fflush(standard_stream());
	standard_note();
	code = saved_error;
	/* A print failed, and no call of standard_note followed it. */
	if (code == 0 && ferror(standard_stream()) != 0)
		code = EIO;
	/* close(2) closes the descriptor even if it fails with EINTR. */
	if (close(STDOUT_FILENO) != 0 && code == 0 && errno != EINTR)
		code = errno;
	errno = code;
	return code == 0 ? 0 : -1;
}

int
standard_print(const char *bytes, size_t n)
{
	ssize_t written;

	while (n > 0) {
		written = write(STDOUT_FILENO, bytes, n);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		bytes += written;
		n -= (size_t)written;
	}
	return 0;
}
