#ifndef SERVER_SANDBOX_H
#define SERVER_SANDBOX_H

/* Confines the process once it listens: an attacker in one of its threads
 * reaches only the served files. Needs no root, and cannot be undone. */

struct root;

enum {
	SANDBOX_TEXT = 512, /* bytes of the text about the layers */
};

/* Keeps this process's memory from core files and core handlers. Called before
 * the process changes its user: it could not write the setting afterwards. */
void sandbox_forbid_cores(void);

/*
 * Allows this process and its future threads only to open files below the root,
 * for reading; forbids TCP connections of its own, programs and new processes.
 * A system call that no session needs ends the process (SIGSYS); a few that a C
 * library tries and can do without fail instead. If the root is sealed
 * (root_seal), openat2(2) is allowed only with the arguments of root.c. Called
 * when the sockets listen, before the first thread.
 * Writes a text about the active and the missing layers. Returns 0 if Landlock
 * and seccomp are active, to the extent that this kernel has them, or -1.
 */
int sandbox_enter(const struct root *root, char layers[SANDBOX_TEXT]);

#endif
