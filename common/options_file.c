/* Splits the lines of a file of options; common/options.c acts on them. Who may
 * have written the file is for the caller to check. */

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/options_file.h"

/* Separates the name from the value. */
#define FILE_BLANKS " \t"

/* A file being read, and its place in messages. */
struct options_file {
	struct options *options;
	const char *path;
	unsigned line; /* counted from 1; 0: the whole file */
};

static int
refuse_file(const struct options_file *file, const char *why)
{
	struct options *options = file->options;

	if (file->line == 0)
		snprintf(options->error, sizeof(options->error), "%.400s: %s",
		    file->path, why);
	else
		snprintf(options->error, sizeof(options->error),
		    "%.400s:%u: %s", file->path, file->line, why);
	return -1;
}

/* Reads the whole file. Sets *len. */
static int
read_text(const struct options_file *file, int fd, char *text, size_t *len)
{
	struct stat stat;
	ssize_t got = 1;

	*len = 0;
	if (fstat(fd, &stat) != 0)
		return refuse_file(file, strerror(errno));
	if (S_ISDIR(stat.st_mode))
		return refuse_file(file, "it is a folder");
	if (!S_ISREG(stat.st_mode))
		return refuse_file(file, "it is not a regular file");
	while (got > 0 && *len <= OPTIONS_FILE_MOST) {
		got = read(fd, text + *len, OPTIONS_FILE_MOST + 1 - *len);
		if (got < 0 && errno != EINTR)
			return refuse_file(file, strerror(errno));
		if (got > 0)
			*len += (size_t)got;
		else if (got < 0)
			got = 1;
	}
	if (*len > OPTIONS_FILE_MOST)
		return refuse_file(file, "it has more than 16384 bytes");
	return 0;
}

/* Refuses a value that other programs would not take literally. */
static int
check_value(const struct options_file *file, const char *value)
{
	switch (value[0]) {
	case '=':
		return refuse_file(file,
		    "a blank separates name and value, not '='");
	case '\'':
	case '"':
		return refuse_file(file,
		    "no quotes are needed: the value is the rest of the line");
	case '~':
		return refuse_file(file,
		    "~ is not expanded here; write the whole path");
	default:
		return 0;
	}
}

/* Acts on a line, which is not empty. */
static int
read_line(const struct options_file *file, char *line)
{
	char source[PATH_MAX], *value;
	int result;

	value = line + strcspn(line, FILE_BLANKS);
	if (*value == '\0')
		value = NULL;
	else
		*value++ = '\0';
	if (value != NULL)
		value += strspn(value, FILE_BLANKS);
	if (value != NULL && check_value(file, value) != 0)
		return -1;
	snprintf(source, sizeof(source), "%.400s:%u", file->path, file->line);
	file->options->source = source;
	result = options_set_default(file->options, line, value);
	file->options->source = NULL;
	return result;
}

/* Returns true if the line has a control character other than a tab. */
static bool
has_control(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') ||
		    line[i] == 0x7f)
			return true;
	return false;
}

/* Ends the line with a NUL and returns it without blanks at both ends. */
static char *
trim_line(char *line, size_t len)
{
	while (len > 0 && strchr(FILE_BLANKS, line[len - 1]) != NULL)
		len--;
	line[len] = '\0';
	return line + strspn(line, FILE_BLANKS);
}

/* Reads the lines of a text of len bytes; the byte behind it may be written. */
static int
read_lines(struct options_file *file, char *text, size_t len)
{
	char *end = text + len, *line, *next;

	for (line = text; line < end; line = next + 1) {
		file->line++;
		next = memchr(line, '\n', (size_t)(end - line));
		if (next == NULL)
			next = end;
		len = (size_t)(next - line);
		if (len > 0 && line[len - 1] == '\r')
			len--;
		if (has_control(line, len))
			return refuse_file(file,
			    "a NUL byte or another control character");
		line = trim_line(line, len);
		if (*line != '\0' && *line != '#' && read_line(file, line) != 0)
			return -1;
	}
	return 0;
}

int
options_file_read(struct options *options, int fd, const char *path,
    char text[OPTIONS_FILE_MOST + 1])
{
	static const char mark[] = "\357\273\277"; /* UTF-8 byte order mark */
	struct options_file file = {.options = options, .path = path};
	size_t len, skipped = 0;
	int result;

	if (read_text(&file, fd, text, &len) != 0)
		return -1;
	if (len >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0)
		skipped = strlen(mark);
	if (read_lines(&file, text + skipped, len - skipped) != 0)
		return -1;
	options->source = path;
	result = options_end_defaults(options);
	options->source = NULL;
	return result;
}
