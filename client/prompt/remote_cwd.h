#ifndef CLIENT_PROMPT_REMOTE_CWD_H
#define CLIENT_PROMPT_REMOTE_CWD_H

/*
 * Where the prompt stands among the server's folders, and what a name that is
 * typed there means. Nothing here asks the server. One thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/names.h"

enum {
	REMOTE_CWD_NAME = NAMES_MAX + 1, /* bytes of a name, with its NUL */
};

/* One that is zeroed stands at the top. */
struct remote_cwd {
	char folder[REMOTE_CWD_NAME]; /* "": the top */
};

/* Whether a byte is a blank, which is no part of what is typed when it stands
 * around it. */
bool remote_cwd_is_blank(char byte);

/*
 * What is typed, as a name from the top: "." for the top itself. A leading
 * '/' stands for the top, '..' for the folder above; empty parts, and '.',
 * for nothing. fixed, unless NULL, is how many bytes come from the place and
 * not from what was typed. 0, or -1 when it leads above the top or is too
 * long.
 */
int remote_cwd_resolve(const struct remote_cwd *place, const char *typed,
    char name[REMOTE_CWD_NAME], size_t *fixed);

/* Goes to a folder, as remote_cwd_resolve names it. */
void remote_cwd_go(struct remote_cwd *place, const char *name);

#endif
