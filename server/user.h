#ifndef SERVER_USER_H
#define SERVER_USER_H

enum {
	USER_ERROR = 256, /* bytes of an error line */
};

/*
 * Gives the process to a user irrevocably: sets user and group, and drops all
 * other groups and all capabilities. text is USER or USER:GROUP, each a name or
 * a number. Without GROUP the group is that of the user; for a number that the
 * system does not know, it is the same number. Only root can do this; nothing
 * changes if the process belongs to that user already. Called before the first
 * thread. Returns 0, or -1 with a line in error.
 */
int user_become(const char *text, char error[USER_ERROR]);

#endif
