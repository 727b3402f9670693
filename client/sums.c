/*
 * The format is that of GNU coreutils, "md5sum invocation" in its manual.
 */

#include <stdbool.h>
#include <string.h>

#include "client/sums.h"
#include "common/text.h"

enum {
	SUMS_HEX = 2 * SUMS_LENGTH,
};

/* Undoes the escapes of a name in place: 0, or -1 for an unknown one. */
static int
unescape(char *name)
{
	char *to = name;

	for (; *name != '\0'; name++) {
		if (*name != '\\') {
			*to++ = *name;
			continue;
		}
		name++;
		if (*name == 'n')
			*to++ = '\n';
		else if (*name == 'r')
			*to++ = '\r';
		else if (*name == '\\')
			*to++ = '\\';
		else
			return -1;
	}
	*to = '\0';
	return 0;
}

int
sums_parse(char *line, uint8_t sum[SUMS_LENGTH], char **name)
{
	bool escaped = line[0] == '\\';

	if (escaped)
		line++;
	if (strlen(line) < SUMS_HEX + 3 || line[SUMS_HEX] != ' ' ||
	    (line[SUMS_HEX + 1] != ' ' && line[SUMS_HEX + 1] != '*'))
		return -1;
	/* Digits are read to their end. */
	line[SUMS_HEX] = '\0';
	if (text_unhex(line, SUMS_LENGTH, sum) != 0)
		return -1;
	*name = line + SUMS_HEX + 2;
	if (escaped && unescape(*name) != 0)
		return -1;
	/* As find(1) writes names for it. */
	while (strncmp(*name, "./", 2) == 0)
		*name += 2;
	return 0;
}

void
sums_print(const uint8_t sum[SUMS_LENGTH], const char *name, char *line,
    size_t size)
{
	bool escapes = strpbrk(name, "\\\n\r") != NULL;
	size_t len = 0;

	if (escapes)
		line[len++] = '\\';
	text_hex(sum, SUMS_LENGTH, line + len);
	len += SUMS_HEX;
	line[len++] = ' ';
	line[len++] = ' ';
	/* Room for an escape, the newline and the NUL. */
	for (; *name != '\0' && len + 4 <= size; name++) {
		if (*name != '\\' && *name != '\n' && *name != '\r') {
			line[len++] = *name;
			continue;
		}
		line[len++] = '\\';
		line[len++] = *name == '\n' ? 'n' : *name == '\r' ? 'r' : '\\';
	}
	line[len++] = '\n';
	line[len] = '\0';
}
