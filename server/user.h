#ifndef SERVER_USER_H
#define SERVER_USER_H

enum {
	USER_ERROR = 256, /* bytes of a line that says why not */
};

/*
 * Makes the process that of a user, for good: its user and group, no other
 * groups and no capabilities. Only root can; for one who is that user already
 * nothing changes.
 * Called before the first thread. 0, or -1 with a line in error.
 */
int user_become(const char *name, char error[USER_ERROR]);

#endif
