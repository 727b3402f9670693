/*
 * One wrong line makes the file invalid, and so does a last line without a
 * newline, which may be the beginning of a longer folder's name. The lines are
 * decoded in place, in a copy of the text that the list keeps.
 */

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Reads a line without its newline. Returns 0, or -1 with a message in error.
 */
static int
add_line(struct client_list *list, char *line, size_t len, unsigned number,
    char error[CLIENT_LIST_ERROR])
{
	struct client *client = &list->clients[list->n];
	char why[CLIENT_LINE_ERROR];
	int got;

	client->scope = (struct scope){.names = &list->names[list->n_names],
	    .mtime_ns = list->mtime_ns};
	got = client_line_read(line, len, client, why);
	if (got == 1) {
		list->n_names += client->scope.n;
		list->n++;
	}
	if (got < 0)
		snprintf(error, CLIENT_LIST_ERROR, "line %u: %s", number, why);
	return got < 0 ? -1 : 0;
}

static int
add_lines(struct client_list *list, char *text, size_t len,
    char error[CLIENT_LIST_ERROR])
{
	char *end = text + len, *newline;
	unsigned number = 0;

	for (; text < end; text = newline + 1) {
		number++;
		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL) {
			snprintf(error, CLIENT_LIST_ERROR,
			    "line %u: it is cut: the last line must end with a "
			    "newline",
			    number);
			return -1;
		}
		if (add_line(list, text, (size_t)(newline - text), number,
			error) != 0)
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
		words += !client_line_is_blank(text[i]) && text[i] != '\n' &&
		    (i == 0 || client_line_is_blank(text[i - 1]) ||
			text[i - 1] == '\n');
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

	if (list == NULL) {
		snprintf(error, CLIENT_LIST_ERROR, "out of memory");
		return NULL;
	}
	list->mtime_ns = mtime_ns;
	if (add_lines(list, list->text, len, error) == 0 &&
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
