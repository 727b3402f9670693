#ifndef SERVER_CLIENT_LIST_H
#define SERVER_CLIENT_LIST_H

/*
 * The clients that may read, and what each may: the file of --clients, which
 * fileserv(8) describes. A list is not changed after it was made; any thread
 * may read it while it holds a reference.
 */

#include <stddef.h>

#include "common/key_name.h"
#include "server/client_line.h"

enum {
	CLIENT_LIST_ERROR = 344,   /* bytes of a message */
	CLIENT_LIST_MAX = 1 << 24, /* bytes of the file */
};

struct client_list;

/*
 * Makes a list, with one reference, of the bytes of a file that was modified at
 * mtime_ns. Any mistake makes the whole file invalid, so that a list never
 * allows more than was meant. Returns NULL with a message in error, which names
 * the line and is printable.
 */
struct client_list *client_list_parse(const char *text, size_t len,
    int64_t mtime_ns, char error[CLIENT_LIST_ERROR]);

/* Adds a reference. */
struct client_list *client_list_hold(struct client_list *list);

/* Drops a reference; the last one frees the list. NULL is ignored. */
void client_list_release(struct client_list *list);

/* Returns the client with this key, or NULL; valid as long as the list. */
const struct client *client_list_find(const struct client_list *list,
    const struct key_name *key);

/* Returns the number of clients, and each of them. */
size_t client_list_length(const struct client_list *list);
const struct client *client_list_at(const struct client_list *list, size_t i);

#endif
