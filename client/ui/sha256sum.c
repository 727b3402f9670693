/* Reads and prints lines in the format of GNU coreutils: "cksum invocation" in
 * its manual, and split_3 in its digest.c for what -c accepts. */

#include <stdbool.h>
#include <string.h>

#include "client/ui/sha256sum.h"
#include "common/text.h"

enum {
	SHA256SUM_HEX = 2 * SHA256SUM_LENGTH,
};

/* Unescapes a name in place. Returns 0, or -1 for an unknown escape. */
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

/* Reads "(name) = digits", which follow "SHA256". Returns 0 or -1. */
static int
parse_tagged(char *text, uint8_t sum[SHA256SUM_LENGTH], char **name)
{
	char *end = strrchr(text, ')');

	if (text[0] != '(' || end == NULL)
		return -1;
	*end++ = '\0';
	end += strspn(end, " \t");
	if (*end++ != '=')
		return -1;
	*name = text + 1;
	return text_unhex(end + strspn(end, " \t"), SHA256SUM_LENGTH, sum);
}

/* Reads digits and a name. Returns 0 or -1. All lines of a file must have the
 * same separator: a name may begin with a blank. */
static int
parse_columns(struct sha256sum_reader *reader, char *text,
    uint8_t sum[SHA256SUM_LENGTH], char **name)
{
	char *at = text + SHA256SUM_HEX;
	bool two;

	if (strlen(text) < SHA256SUM_HEX + 2 || (at[0] != ' ' && at[0] != '\t'))
		return -1;
	*at++ = '\0';
	if (text_unhex(text, SHA256SUM_LENGTH, sum) != 0)
		return -1;
	two = (at[0] == ' ' || at[0] == '*') && at[1] != '\0';
	if (!two && reader->columns == SHA256SUM_TWO)
		return -1;
	if (!two)
		reader->columns = SHA256SUM_ONE;
	if (two && reader->columns != SHA256SUM_ONE) {
		reader->columns = SHA256SUM_TWO;
		at++;
	}
	*name = at;
	return 0;
}

/* Returns true for a line of another algorithm: "MD5 (name) = digits", or a
 * different number of digits and a name. */
static bool
is_algorithm(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/";
	static const char digits[] = "0123456789abcdefABCDEF";
	size_t len = strspn(text, letters), n = strspn(text, digits);
	const char *behind = text + len;

	if (behind[0] == ' ')
		behind++;
	if (len >= 2 && behind[0] == '(' && strstr(behind, ")") != NULL &&
	    strchr(behind, '=') != NULL)
		return true;
	return n >= 32 && n % 8 == 0 && n != SHA256SUM_HEX &&
	    (text[n] == ' ' || text[n] == '\t') && text[n + 1] != '\0';
}

enum sha256sum_line
sha256sum_parse(struct sha256sum_reader *reader, char *line,
    uint8_t sum[SHA256SUM_LENGTH], char **name)
{
	static const char tag[] = "SHA256";
	char *text = line + strspn(line, " \t");
	bool escaped = text[0] == '\\' && !reader->nul, other;
	int result;

	if (line[0] == '\0' || line[0] == '#')
		return SHA256SUM_NOTHING;
	if (escaped)
		text++;
	other = is_algorithm(text);
	if (strncmp(text, tag, strlen(tag)) == 0) {
		text += strlen(tag);
		result = parse_tagged(text + (text[0] == ' '), sum, name);
		other = false;
	} else {
		result = parse_columns(reader, text, sum, name);
	}
	if (result == 0 && escaped)
		result = unescape(*name);
	if (result != 0)
		return other ? SHA256SUM_ALGORITHM : SHA256SUM_FOREIGN;
	/* find(1) puts "./" in front. */
	while (strncmp(*name, "./", 2) == 0)
		*name += 2;
	return SHA256SUM_SUM;
}

void
sha256sum_print(const uint8_t sum[SHA256SUM_LENGTH], const char *name,
    char *line, size_t size)
{
	bool escapes = strpbrk(name, "\\\n\r") != NULL;
	size_t len = 0;

	if (escapes)
		line[len++] = '\\';
	text_hex(sum, SHA256SUM_LENGTH, line + len);
	len += SHA256SUM_HEX;
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
