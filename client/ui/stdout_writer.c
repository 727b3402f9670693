/*
 * A pipe or terminal is opened a second time, so that writing never blocks. If
 * that is refused (a socket, another user's pipe), poll(2) waits for room
 * before each write of at most PIPE_BUF bytes.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/interrupt.h"
#include "client/ui/stdout_writer.h"
#include "common/standard.h"

enum {
	STDOUT_WRITER_BUFFER = 16 * 1024, /* bytes that stdio gathers */
};

enum kind {
	STDOUT_WRITER_FILE,   /* never waits for a reader; or not opened */
	STDOUT_WRITER_OWN,    /* opened once more, does not block */
	STDOUT_WRITER_SHARED, /* may block */
};

static enum kind kind;
static int own = -1; /* descriptor of STDOUT_WRITER_OWN, never closed */

/* Returns the kind of standard output; sets own if it can be opened again. */
static enum kind
find_kind(void)
{
	struct stat stat;

	if (fstat(STDOUT_FILENO, &stat) != 0)
		return STDOUT_WRITER_FILE;
	if (S_ISSOCK(stat.st_mode))
		return STDOUT_WRITER_SHARED;
	if (!S_ISFIFO(stat.st_mode) && isatty(STDOUT_FILENO) != 1)
		return STDOUT_WRITER_FILE;
	own = open("/proc/self/fd/1",
	    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own >= 0 ? STDOUT_WRITER_OWN : STDOUT_WRITER_SHARED;
}

/* Waits for room. Returns 0, or -1 with errno ECANCELED after an interrupt. */
static int
await_room(void)
{
	struct pollfd fds[2] = {{.fd = own >= 0 ? own : STDOUT_FILENO,
				    .events = POLLOUT},
	    {.fd = interrupt_fd(), .events = POLLIN}};

	while (interrupt_check() == 0)
		if (poll(fds, 2, -1) > 0 && fds[0].revents != 0)
			return 0;
	return -1;
}

/* Writes as write(2) does, without waiting in it. */
static ssize_t
write_some(const uint8_t *bytes, size_t n)
{
	switch (kind) {
	case STDOUT_WRITER_OWN:
		return write(own, bytes, n);
	case STDOUT_WRITER_SHARED:
		if (await_room() != 0)
			return -1;
		return write(STDOUT_FILENO, bytes, n > PIPE_BUF ? PIPE_BUF : n);
	default:
		return write(STDOUT_FILENO, bytes, n);
	}
}

int
stdout_writer_write(const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	ssize_t written;

	while (n > 0) {
		written = write_some(at, n);
		if (written < 0 && errno == EAGAIN && await_room() == 0)
			continue;
		if (written < 0 && errno == EINTR && interrupt_check() == 0)
			continue;
		if (written < 0)
			return -1;
		at += written;
		n -= (size_t)written;
	}
	return 0;
}

int
stdout_writer_fail(struct failure *failure)
{
	if (interrupt_pending())
		return failure_set(failure, EXIT_INTERRUPTED, "interrupted");
	return failure_set(failure,
	    errno == EPIPE ? EXIT_READER_GONE : EXIT_LOCAL,
	    "cannot write to standard output: %s", strerror(errno));
}

static ssize_t
write_cookie(void *cookie, const char *bytes, size_t n)
{
	(void)cookie;
	return stdout_writer_write(bytes, n) == 0 ? (ssize_t)n : -1;
}

void
stdout_writer_open(void)
{
	cookie_io_functions_t functions = {.write = write_cookie};
	FILE *file;

	kind = find_kind();
	file = fopencookie(NULL, "w", functions);
	/* If memory is short, stdio writes by itself and may block. */
	if (file == NULL)
		return;
	setvbuf(file, NULL, isatty(STDOUT_FILENO) == 1 ? _IOLBF : _IOFBF,
	    STDOUT_WRITER_BUFFER);
	standard_use(file);
}
