#ifndef CLIENT_OPERANDS_H
#define CLIENT_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/wire/server_list.h"
#include "common/key_name.h"

enum {
	OPERANDS_ERROR = 1024, /* bytes of an error text with its NUL */
};

struct operands {
	bool is_list, is_tree;	     /* -l and -r, set by the caller */
	struct server_list *servers; /* opened by the caller */
	bool has_ports;		     /* HOST has all ports: there is no PORT */
	char **names;		     /* NULL at the end */
	int n_names;
	bool names_are_exact; /* from a link: none is a pattern */
	bool is_folder;	      /* the name in the link has a slash at its end */
	bool is_argument;     /* the link is not from standard input */
	/* Of a link: the key of its server, and its ticket. */
	bool has_key, has_ticket;
	struct key_name key, ticket;
};

/*
 * Reads the operands, list with n of them and NULL at its end: HOST PORT
 * NAME..., HOST:PORT NAME..., one link (files://HOST:PORT/NAME, see
 * client/link.h), or "-" for a link on a line of standard input. HOST may be a
 * list of servers; PORT is for those without a port. A link names one server.
 * Names are tidied in place: a leading "./" is removed, and with -r or -l
 * trailing slashes are; "/" is then
 * ".".
 *
 * Returns 0, or -1 with a line in error, escaped.
 */
int operands_read(struct operands *operands, int n, char **list,
    char error[OPERANDS_ERROR]);

/* Removes trailing slashes, which a shell's completion adds to the name of a
 * folder. Leaves a pattern, and a name of slashes alone, unchanged. Returns the
 * new length. */
size_t operands_trim_slashes(char *name, size_t len);

#endif
