#ifndef SERVER_RELOAD_H
#define SERVER_RELOAD_H

/*
 * SIGHUP: the server reads its key, its certificate and its list of clients
 * again, in a thread of its own, because a file system may be slow. No
 * connection is dropped: later ones get the new key, and each client learns at
 * its next request that it may read other names or none (server/access.h). The
 * list, and the key with its certificate, are read independently; if one of
 * them cannot be read, the log says why, and what was read before stays in
 * force.
 */

#include <pthread.h>
#include <stdbool.h>

#include "common/key_name.h"
#include "server/own_files.h"

struct access_rules;
struct encryption;

enum {
	RELOAD_ERROR = OWN_FILES_ERROR, /* bytes of a message */
};

struct reload {
	struct own_files files;
	/* Of files; NULL: there is none. Either key alone, or a certificate of
	 * an authority and its key. */
	const struct own_file *certificate, *key, *clients;
	struct encryption *encryption;
	struct access_rules *rules;
	struct key_name name; /* of the key in force */

	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* guards asked, ending, ended */
	pthread_cond_t changed;
	bool asked;
	bool ending;
	bool ended;
};

/* Starts without files. encryption and rules outlive reload. Returns 0, or -1
 * with errno. */
int reload_open(struct reload *reload, struct encryption *encryption,
    struct access_rules *rules);

/*
 * Add the files: the server's key, a certificate and its key, the list of
 * clients. They open the folder of each (see server/own_files.h), read the
 * files and put them in force, as the user that the server stays, before the
 * process is confined. Return 0, or -1 with a message in error.
 */
int reload_add_key(struct reload *reload, const char *path,
    char error[RELOAD_ERROR]);
int reload_add_certificate(struct reload *reload, const char *path,
    const char *key_path, char error[RELOAD_ERROR]);
int reload_add_clients(struct reload *reload, const char *path,
    char error[RELOAD_ERROR]);

/* Reads all files again, as the thread does when it is asked. Returns 0, or -1
 * if a file could not be read, which the log says. */
int reload_now(struct reload *reload);

/* Starts the thread if there are files. Called in the sandbox. Returns 0, or -1
 * with errno. */
int reload_start(struct reload *reload);

/* Asks the thread to read all files again; does not wait. If it is reading,
 * it will read once more. */
void reload_ask(struct reload *reload);

/* Ends the thread. Returns 0, or -1 if it hangs in a file system and still uses
 * reload, encryption and rules. */
int reload_stop(struct reload *reload);

#endif
