#ifndef SERVER_SANDBOX_H
#define SERVER_SANDBOX_H

/* Confines the process once it listens: an attacker in one of its threads
 * reaches only the served files and the folders of the server's own. Needs no
 * root, and cannot be undone. */

#include <stdbool.h>
#include <stddef.h>

struct open_how;

enum {
	SANDBOX_FOLDERS = 8, /* at most */
	SANDBOX_TEXT = 512,  /* bytes of the text about the layers */
};

/* Keeps this process's memory from core files and core handlers. Called before
 * the process changes its user: it could not write the setting afterwards. */
void sandbox_forbid_cores(void);

/* A folder below which the server opens files. */
struct sandbox_folder {
	int fd; /* may be O_PATH */
	const struct open_how
	    *ways; /* all arguments of openat2(2), see ways.h */
	size_t n;
	bool sealed; /* ways_seal has succeeded */
};

/*
 * Allows this process and its future threads only to open files below n
 * folders, for reading; forbids TCP connections of its own, programs and new
 * processes. A system call that no session needs ends the process (SIGSYS); a
 * few that a C library tries and can do without fail instead. If the ways of
 * all folders are sealed, openat2(2) is allowed only with a folder and a way of
 * it. Called when the sockets listen, before the first thread.
 * Writes a text about the active and the missing layers. Returns 0 if Landlock
 * and seccomp are active, to the extent that this kernel has them, or -1.
 */
int sandbox_enter(const struct sandbox_folder *folders, size_t n,
    char layers[SANDBOX_TEXT]);

#endif
