/*
 * open(2) gives the lowest number that is free.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/standard.h"

void
standard_open(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* The stream of standard_use; NULL: stdout is printed to. */
static FILE *used;

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

/* Why printing failed first; 0: it has not, as far as was noted. */
static int noted;

void
standard_note(void)
{
	if (ferror(standard_stream()) != 0 && noted == 0)
		noted = errno;
}

int
standard_end(void)
{
	int code;

	(void)fflush(standard_stream());
	standard_note();
	code = noted;
	/* Some of it went out before anyone looked. */
	if (code == 0 && ferror(standard_stream()) != 0)
		code = EIO;
	/* An interrupted close(2) has closed all the same. */
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
