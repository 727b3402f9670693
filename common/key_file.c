/*
 * Reads and makes files of keys. A new file is written under another name,
 * brought to the disk and then linked to its own, which fails if another
 * program was faster. So nobody ever reads half a key, and no key is replaced.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/folders.h"
#include "common/key_file.h"
#include "common/text.h"

enum {
	FILE_MAX = 256 * 1024, /* bytes */
	SHOWN_MAX = 256,       /* bytes of a path in a message */
};

void
key_file_fail(char error[KEY_FILE_ERROR], const char *path, const char *format,
    ...)
{
	char shown[SHOWN_MAX];
	va_list ap;
	int n;

	text_escape(shown, sizeof(shown), path, strlen(path));
	n = snprintf(error, KEY_FILE_ERROR, "%s: ", shown);
	va_start(ap, format);
	(void)vsnprintf(error + n, KEY_FILE_ERROR - (size_t)n, format, ap);
	va_end(ap);
}

int
key_file_open(const char *path)
{
	return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Checks that a secret is readable by those alone who may read it. */
static int
check_readers(const struct stat *state, const char *path,
    enum key_file_readers readers, char error[KEY_FILE_ERROR])
{
	mode_t mode = readers == KEY_FILE_GROUP ? 0640 : 0600;
	bool by_all = (state->st_mode & S_IRWXO) != 0;

	if (state->st_uid != geteuid() && state->st_uid != 0)
		key_file_fail(error, path,
		    "it belongs to another user (%ju); it must belong to this "
		    "user (%ju) or root",
		    (uintmax_t)state->st_uid, (uintmax_t)geteuid());
	else if ((state->st_mode & 0077 & ~mode) != 0)
		key_file_fail(error, path,
		    "%s can read or write it (mode %04o); chmod %o keeps it "
		    "secret",
		    by_all ? "every user" : "its group",
		    (unsigned int)state->st_mode & 07777, (unsigned int)mode);
	else
		return 0;
	return -1;
}

static int
read_bytes(struct key_file *file, int fd, const char *path,
    char error[KEY_FILE_ERROR])
{
	ssize_t n;

	while ((n = read(fd, file->bytes + file->len,
		    FILE_MAX + 1 - file->len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			key_file_fail(error, path, "%s", strerror(errno));
			return -1;
		}
		file->len += (size_t)n;
	}
	if (file->len == 0)
		key_file_fail(error, path, "it is empty");
	else if (file->len > FILE_MAX)
		key_file_fail(error, path,
		    "it is too large for a key or a certificate");
	else
		return 0;
	return -1;
}

int
key_file_read(struct key_file *file, int fd, const char *path,
    enum key_file_readers readers, char error[KEY_FILE_ERROR])
{
	struct stat state;

	if (fstat(fd, &state) != 0) {
		key_file_fail(error, path, "%s", strerror(errno));
		return -1;
	}
	if (!S_ISREG(state.st_mode)) {
		key_file_fail(error, path, "it is not a regular file");
		return -1;
	}
	if (readers != KEY_FILE_ALL &&
	    check_readers(&state, path, readers, error) != 0)
		return -1;
	/* One byte more shows a file that is too large, one is for the NUL. */
	*file = (struct key_file){.bytes = calloc(1, FILE_MAX + 2)};
	if (file->bytes == NULL) {
		key_file_fail(error, path, "%s", strerror(errno));
		return -1;
	}
	if (read_bytes(file, fd, path, error) == 0)
		return 0;
	key_file_free(file);
	return -1;
}

void
key_file_free(struct key_file *file)
{
	if (file->bytes != NULL)
		explicit_bzero(file->bytes, file->len);
	free(file->bytes);
	*file = (struct key_file){0};
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, bytes, len);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	/* A umask may have taken rights from the owner. */
	return fchmod(fd, 0600) == 0 ? fsync(fd) : -1;
}

/* Writes the file beside path and links it there. Returns 1, 0 if path exists
 * already, or -1 with errno. */
static int
write_file(const char *path, const void *bytes, size_t len)
{
	char beside[PATH_MAX];
	int fd, result, code;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >=
	    sizeof(beside)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = write_all(fd, bytes, len);
	if (result == 0 && linkat(AT_FDCWD, beside, AT_FDCWD, path, 0) == 0)
		result = 1;
	else if (result == 0 && errno != EEXIST)
		result = -1;
	code = errno;
	(void)unlinkat(AT_FDCWD, beside, 0);
	close(fd);
	errno = code;
	return result;
}

int
key_file_make(const char *path, const void *bytes, size_t len, bool *made,
    char error[KEY_FILE_ERROR])
{
	char folder[PATH_MAX];
	int result;

	*made = false;
	if (folders_make_above(path, folder) != 0) {
		key_file_fail(error, folder,
		    "cannot make this folder for a key: %s", strerror(errno));
		return -1;
	}
	result = write_file(path, bytes, len);
	if (result < 0 || folders_sync_above(path) != 0) {
		key_file_fail(error, path,
		    "cannot make this file for a key: %s", strerror(errno));
		return -1;
	}
	*made = result == 1;
	return 0;
}
