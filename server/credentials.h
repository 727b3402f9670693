#ifndef SERVER_CREDENTIALS_H
#define SERVER_CREDENTIALS_H

/* The server's key, or its certificate, and its list of clients, as they are
 * found at the start. */

struct reload;
struct server_options;

enum {
	CREDENTIALS_ERROR = 1024, /* bytes of an error line */
};

/*
 * Finds the files that the options name, makes a key if there is none yet, and
 * reads all of them once, in the way in which reload reads them again. Refuses
 * files that clients could fetch. The key of a share is in no file. Called as
 * the user that the server stays, before it is confined and before the first
 * thread, after reload_open. Returns 0, or -1 with a line in error.
 */
int credentials_open(struct reload *reload,
    const struct server_options *options, char error[CREDENTIALS_ERROR]);

#endif
