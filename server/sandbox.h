#ifndef SERVER_SANDBOX_H
#define SERVER_SANDBOX_H

/*
 * What a server gives up once it listens, so that whoever takes over one of
 * its threads has won nothing but what is served anyway. All of it is had
 * without root, and none of it can be undone.
 */

struct root;

enum {
	SANDBOX_TEXT = 256, /* bytes that say which layers there are */
};

/* No core file is left, and no contents of one. While this process is still
 * who has started it: another user's has no say in it. */
void sandbox_forbid_cores(void);

/*
 * Keeps this process and the threads it will start from opening anything but
 * what is below the root, and that for reading only; from TCP connections
 * of its own; and from starting programs or processes. A system call that no
 * session needs ends the process (SIGSYS), but for a few that a C library tries
 * and can do without. Called after listening and before the first thread. The
 * root is the one that will be used; where it is sealed (root_seal), openat2(2)
 * is let through only as root.c calls it. The text says which layers are active
 * and which are not; returns 0 if all are, as far as this kernel's Landlock and
 * mseal(2) go, or -1.
 */
int sandbox_enter(const struct root *root, char layers[SANDBOX_TEXT]);

#endif
