/*
 * One line a client: its name, its key, its folders, with blanks between them.
 * Nothing else is understood, so nothing is misunderstood: any other line makes
 * the file invalid, and so does a last line without a newline, which may be
 * the beginning of a longer folder's name. The folders are decoded in place, in
 * a copy of the text that the list keeps.
 */

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "server/client_list.h"

struct client_list {
	atomic_uint references;
	struct client *clients; /* in the order of their keys */
	size_t n;
	struct scope_name *names; /* of all scopes */
	size_t n_names;
	int64_t mtime_ns;
	char *text; /* has the bytes of the names */
};

/* A text that is taken apart. */
struct parser {
	struct client_list *list;
	char *at, *end;	 /* the bytes of the line that are left */
	unsigned number; /* of the line, from 1 */
	char *error;
};

static int __attribute__((format(printf, 2, 3)))
reject_line(const struct parser *parser, const char *format, ...)
{
	va_list ap;
	int len;

	len = snprintf(parser->error, CLIENT_LIST_ERROR,
	    "line %u: ", parser->number);
	va_start(ap, format);
	vsnprintf(parser->error + len, (size_t)(CLIENT_LIST_ERROR - len),
	    format, ap);
	va_end(ap);
	return -1;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the next word of the line. Returns false at the line's end. */
static bool
next_word(struct parser *parser, char **word, size_t *len)
{
	while (parser->at < parser->end && is_blank(*parser->at))
		parser->at++;
	*word = parser->at;
	while (parser->at < parser->end && !is_blank(*parser->at))
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
		if (word[i] == '\0' || strchr(letters, word[i]) == NULL)
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
read_folder(const struct parser *parser, struct client *client, char *word,
    size_t len)
{
	struct scope_name *name;

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
	name = &parser->list->names[parser->list->n_names++];
	*name = (struct scope_name){(const uint8_t *)word, len};
	client->scope.n++;
	return 0;
}

/* Reads a line that has a client. */
static int
read_client(struct parser *parser, char *word, size_t len)
{
	struct client_list *list = parser->list;
	struct client *client = &list->clients[list->n];
	char error[KEY_NAME_ERROR];

	client->scope = (struct scope){.names = &list->names[list->n_names],
	    .mtime_ns = list->mtime_ns};
	if (read_name(parser, client, word, len) != 0)
		return -1;
	if (!next_word(parser, &word, &len))
		return reject_line(parser, "no key behind the client's name");
	if (key_name_decode(&client->key, word, len, error) != 0)
		return reject_line(parser, "the key: %s", error);
	while (next_word(parser, &word, &len))
		if (read_folder(parser, client, word, len) != 0)
			return -1;
	if (client->scope.n == 0)
		return reject_line(parser,
		    "no folder behind the key; . allows everything");
	scope_arrange(&client->scope);
	list->n++;
	return 0;
}

/* Reads the line from parser->at to parser->end. */
static int
read_line(struct parser *parser)
{
	char *word, *c;
	size_t len;

	for (c = parser->at; c < parser->end; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return reject_line(parser, "%s",
			    *c == '\r' ? "a carriage return, as Windows puts "
					 "it at the end of lines: remove it" :
					 "a control character");
	if (!next_word(parser, &word, &len) || word[0] == '#')
		return 0;
	return read_client(parser, word, len);
}

static int
read_lines(struct parser *parser, char *text, size_t len)
{
	char *end = text + len, *newline;

	for (; text < end; text = newline + 1) {
		parser->number++;
		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL)
			return reject_line(parser,
			    "it is cut: the last line must end with a newline");
		parser->at = text;
		parser->end = newline;
		if (read_line(parser) != 0)
			return -1;
	}
	return 0;
}

static int
compare_clients(const void *a, const void *b)
{
	const struct client *x = a, *y = b;

	return strcmp(x->key.letters, y->key.letters);
}

/* Sorts the clients by key. Returns 0, or -1 if a key is there twice. */
static int
sort_clients(struct client_list *list, char error[CLIENT_LIST_ERROR])
{
	const struct client *client;
	size_t i;

	if (list->n > 0)
		qsort(list->clients, list->n, sizeof(list->clients[0]),
		    compare_clients);
	for (i = 1; i < list->n; i++) {
		client = &list->clients[i];
		if (compare_clients(client - 1, client) != 0)
			continue;
		snprintf(error, CLIENT_LIST_ERROR,
		    "the clients %s and %s have the same key: one line must "
		    "name all folders",
		    client[-1].name, client->name);
		return -1;
	}
	return 0;
}

/* Makes a list with room for all clients and folders that text can have. */
static struct client_list *
make_list(const char *text, size_t len)
{
	struct client_list *list = calloc(1, sizeof(*list));
	size_t lines = 0, words = 0, i;

	if (list == NULL)
		return NULL;
	for (i = 0; i < len; i++) {
		lines += text[i] == '\n';
		words += !is_blank(text[i]) && text[i] != '\n' &&
		    (i == 0 || is_blank(text[i - 1]) || text[i - 1] == '\n');
	}
	atomic_init(&list->references, 1);
	list->clients = calloc(lines + 1, sizeof(list->clients[0]));
	list->names = calloc(words + 1, sizeof(list->names[0]));
	list->text = malloc(len + 1);
	if (list->clients != NULL && list->names != NULL &&
	    list->text != NULL) {
		memcpy(list->text, text, len);
		return list;
	}
	client_list_release(list);
	return NULL;
}

struct client_list *
client_list_parse(const char *text, size_t len, int64_t mtime_ns,
    char error[CLIENT_LIST_ERROR])
{
	struct client_list *list = make_list(text, len);
	struct parser parser = {.list = list, .error = error};

	if (list == NULL) {
		snprintf(error, CLIENT_LIST_ERROR, "out of memory");
		return NULL;
	}
	list->mtime_ns = mtime_ns;
	if (read_lines(&parser, list->text, len) == 0 &&
	    sort_clients(list, error) == 0)
		return list;
	client_list_release(list);
	return NULL;
}

struct client_list *
client_list_hold(struct client_list *list)
{
	atomic_fetch_add(&list->references, 1);
	return list;
}

void
client_list_release(struct client_list *list)
{
	if (list == NULL || atomic_fetch_sub(&list->references, 1) > 1)
		return;
	free(list->clients);
	free(list->names);
	free(list->text);
	free(list);
}

const struct client *
client_list_find(const struct client_list *list, const struct key_name *key)
{
	const struct client wanted = {.key = *key};

	return list->n == 0 ? NULL :
			      bsearch(&wanted, list->clients, list->n,
				  sizeof(list->clients[0]), compare_clients);
}

size_t
client_list_length(const struct client_list *list)
{
	return list->n;
}

const struct client *
client_list_at(const struct client_list *list, size_t i)
{
	return &list->clients[i];
}
