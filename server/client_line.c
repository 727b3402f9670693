/*
 * Words with blanks between them. Nothing else is understood, so nothing is
 * misunderstood: there are no quotes, no patterns and no rules that forbid.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/names.h"
#include "server/client_line.h"

/* A line that is taken apart. */
struct parser {
	char *at, *end; /* the bytes that are left */
	char *error;	/* CLIENT_LINE_ERROR bytes */
};

static int __attribute__((format(printf, 2, 3)))
reject_line(const struct parser *parser, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(parser->error, CLIENT_LINE_ERROR, format, ap);
	va_end(ap);
	return -1;
}

bool
client_line_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the next word of the line. Returns false at the line's end. */
static bool
next_word(struct parser *parser, char **word, size_t *len)
{
	while (parser->at < parser->end && client_line_is_blank(*parser->at))
		parser->at++;
	*word = parser->at;
	while (parser->at < parser->end && !client_line_is_blank(*parser->at))
		parser->at++;
	*len = (size_t)(parser->at - *word);
	return *len > 0;
}

static int
read_name(const struct parser *parser, struct client *client, const char *word,
    size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._@";
	size_t i;

	if (len > CLIENT_NAME_MAX)
		return reject_line(parser,
		    "a client's name has at most %d bytes", CLIENT_NAME_MAX);
	for (i = 0; i < len; i++)
		if (strchr(letters, word[i]) == NULL)
			return reject_line(parser,
			    "a client's name has letters, digits and -._@ "
			    "alone");
	memcpy(client->name, word, len);
	client->name[len] = '\0';
	return 0;
}

/* Decodes the escapes of a folder in place: a backslash and three octal digits
 * are a byte. Returns the new length, or 0 if there is another backslash. */
static size_t
decode_folder(char *word, size_t len)
{
	size_t from, to = 0;
	unsigned value;

	for (from = 0; from < len; from++) {
		if (word[from] != '\\') {
			word[to++] = word[from];
			continue;
		}
		if (len - from < 4 || word[from + 1] < '0' ||
		    word[from + 1] > '3' || word[from + 2] < '0' ||
		    word[from + 2] > '7' || word[from + 3] < '0' ||
		    word[from + 3] > '7')
			return 0;
		value = (unsigned)(word[from + 1] - '0') * 64 +
		    (unsigned)(word[from + 2] - '0') * 8 +
		    (unsigned)(word[from + 3] - '0');
		word[to++] = (char)value;
		from += 3;
	}
	return to;
}

static int
read_folder(const struct parser *parser, struct scope *scope, char *word,
    size_t len)
{
	len = decode_folder(word, len);
	if (len == 0)
		return reject_line(parser,
		    "a backslash begins three octal digits: \\040 is a blank, "
		    "\\134 a backslash");
	if (!(len == 1 && word[0] == '.') &&
	    !names_valid((const uint8_t *)word, len))
		return reject_line(parser,
		    "a folder is named from the served folder on, without "
		    "slashes at its ends and without .. in it; . is all");
	scope->names[scope->n++] =
	    (struct scope_name){(const uint8_t *)word, len};
	return 0;
}

/* Reads a client whose name is the word. */
static int
read_client(struct parser *parser, struct client *client, char *word,
    size_t len)
{
	char why[KEY_NAME_ERROR];

	if (read_name(parser, client, word, len) != 0)
		return -1;
	if (!next_word(parser, &word, &len))
		return reject_line(parser, "no key behind the client's name");
	if (key_name_decode(&client->key, word, len, why) != 0)
		return reject_line(parser, "the key: %s", why);
	client->scope.n = 0;
	while (next_word(parser, &word, &len))
		if (read_folder(parser, &client->scope, word, len) != 0)
			return -1;
	if (client->scope.n == 0)
		return reject_line(parser,
		    "no folder behind the key; . allows everything");
	scope_arrange(&client->scope);
	return 1;
}

int
client_line_read(char *line, size_t len, struct client *client,
    char error[CLIENT_LINE_ERROR])
{
	struct parser parser = {.at = line, .end = line + len, .error = error};
	const char *c;
	char *word;

	for (c = line; c < parser.end; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return reject_line(&parser, "%s",
			    *c == '\r' ? "a carriage return, as Windows puts "
					 "it at the end of lines: remove it" :
					 "a control character");
	if (!next_word(&parser, &word, &len) || word[0] == '#')
		return 0;
	return read_client(&parser, client, word, len);
}
