#ifndef CLIENT_PROMPT_REMOTE_CWD_H
#define CLIENT_PROMPT_REMOTE_CWD_H

/* The prompt's current folder on the server. Sends no requests. One thread. */

#include <stdbool.h>
#include <stddef.h>

#include "common/names.h"

enum {
	REMOTE_CWD_NAME = NAMES_MAX + 1, /* bytes of a name, with its NUL */
};

/* A zeroed struct is at the top. */
struct remote_cwd {
	char folder[REMOTE_CWD_NAME]; /* "": the top */
};

/* Returns whether a byte is a space or tab. */
bool remote_cwd_is_blank(char byte);

/*
 * Resolves a typed name to a name from the top; "." is the top itself. A
 * leading '/' stands for the top and '..' for the folder above; empty
 * components and '.' are dropped. Sets *fixed, unless NULL, to the number of
 * bytes of the result that come from the current folder. Returns 0, or -1 if
 * the name leads above the top or is too long.
 */
int remote_cwd_resolve(const struct remote_cwd *place, const char *typed,
    char name[REMOTE_CWD_NAME], size_t *fixed);

/* Changes to a folder, a result of remote_cwd_resolve. */
void remote_cwd_go(struct remote_cwd *place, const char *name);

#endif
