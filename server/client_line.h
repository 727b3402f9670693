#ifndef SERVER_CLIENT_LINE_H
#define SERVER_CLIENT_LINE_H

/*
 * A line of the file of --clients: a client's name, its key, and the folders
 * that it may read. Pure; any thread may call this.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/key_name.h"
#include "server/scope.h"

enum {
	CLIENT_NAME_MAX = 64,	 /* bytes of a client's name */
	CLIENT_LINE_ERROR = 256, /* bytes of a message */
};

struct client {
	char name[CLIENT_NAME_MAX + 1]; /* printable, without blanks */
	struct key_name key;
	struct scope scope; /* what it may read */
};

/*
 * Reads a line of len bytes, without its newline; decodes the folders in place.
 * client->scope.names has room for as many names as there are words in the
 * line, and borrows the line. Returns 1; 0 if the line is empty or a comment;
 * or -1 with a message in error, which is printable.
 */
int client_line_read(char *line, size_t len, struct client *client,
    char error[CLIENT_LINE_ERROR]);

/* Returns true for the bytes between words. */
bool client_line_is_blank(char c);

#endif
