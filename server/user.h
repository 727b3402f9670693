#ifndef SERVER_USER_H
#define SERVER_USER_H

enum {
	USER_ERROR = 256, /* bytes of an error line */
};

/*
 * Gives the process to a user irrevocably: sets user and group, and drops all
 * other groups and all capabilities. Only root can do this; nothing changes if
 * the process belongs to that user already. Called before the first thread.
 * Returns 0, or -1 with a line in error.
 */
int user_become(const char *name, char error[USER_ERROR]);

#endif
