/* Reads a file of known hosts whole, and adds lines at its end. What the lines
 * mean is in trust/known_hosts.c. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/trust/known_hosts_file.h"
#include "client/trust/user_file.h"
#include "common/folders.h"

enum {
	KNOWN_HOSTS_FILE_SIZE = 1024 * 1024, /* bytes */
};

static int
fail_file(char *why, const char *text)
{
	strlcpy(why, text, KNOWN_HOSTS_FILE_WHY);
	return -1;
}

static int
fail_file_errno(char *why)
{
	return fail_file(why, strerror(errno));
}

/* Reads the open file to its end. */
static int
read_text(struct known_hosts_file *file, int fd, char *why)
{
	struct stat state;
	ssize_t got;

	if (fstat(fd, &state) != 0)
		return fail_file_errno(why);
	if (!S_ISREG(state.st_mode))
		return fail_file(why, "it is not a regular file");
	file->text = malloc(KNOWN_HOSTS_FILE_SIZE);
	if (file->text == NULL)
		return fail_file_errno(why);
	while (file->len < KNOWN_HOSTS_FILE_SIZE) {
		got = read(fd, file->text + file->len,
		    KNOWN_HOSTS_FILE_SIZE - file->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_file_errno(why);
		if (got == 0)
			return 0;
		file->len += (size_t)got;
	}
	return fail_file(why, "it is larger than 1 MiB");
}

int
known_hosts_file_open(struct known_hosts_file *file, const char *path,
    char why[KNOWN_HOSTS_FILE_WHY])
{
	char reason[USER_FILE_WHY];
	int fd, result;

	*file = (struct known_hosts_file){.append_fd = -1};
	strlcpy(file->path, path, sizeof(file->path));
	if (path[0] == '\0')
		return 0;
	fd = user_file_open(path, reason);
	if (fd < 0)
		return reason[0] == '\0' ? 0 : fail_file(why, reason);
	result = read_text(file, fd, why);
	close(fd);
	return result;
}

int
known_hosts_file_open_append(struct known_hosts_file *file,
    char why[KNOWN_HOSTS_FILE_WHY])
{
	char folder[PATH_MAX];

	if (folders_make_above(file->path, folder) != 0)
		return fail_file_errno(why);
	file->append_fd = open(file->path,
	    O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	return file->append_fd < 0 ? fail_file_errno(why) : 0;
}

/* Adds the line by one write(2), behind a newline if the last line lacks one.
 * If the disk is full, cuts the file to its earlier length, since a part of a
 * line would make the whole file useless; that also removes a line that another
 * fileget has added meanwhile. */
static int
add_line(int fd, char *line, size_t len)
{
	struct stat state;
	ssize_t put;
	char last;

	if (fstat(fd, &state) != 0)
		return -1;
	if (state.st_size > 0 && pread(fd, &last, 1, state.st_size - 1) == 1 &&
	    last != '\n') {
		memmove(line + 1, line, len++);
		line[0] = '\n';
	}
	put = write(fd, line, len);
	if (put == (ssize_t)len)
		return fdatasync(fd);
	if (put >= 0) {
		(void)!ftruncate(fd, state.st_size);
		errno = ENOSPC;
	}
	return -1;
}

int
known_hosts_file_add(const struct known_hosts_file *file, const char *host,
    uint16_t port, const struct key_name *key, char why[KNOWN_HOSTS_FILE_WHY])
{
	char line[KNOWN_HOSTS_LINE + 1]; /* with a newline in front */
	size_t len = known_hosts_format(host, port, key, line);

	if (len == 0)
		return fail_file(why, "its name has a blank in it");
	return add_line(file->append_fd, line, len) == 0 ? 0 :
							   fail_file_errno(why);
}

void
known_hosts_file_close(struct known_hosts_file *file)
{
	free(file->text);
	file->text = NULL;
	if (file->append_fd >= 0)
		close(file->append_fd);
	file->append_fd = -1;
}
