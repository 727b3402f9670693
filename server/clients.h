#ifndef SERVER_CLIENTS_H
#define SERVER_CLIENTS_H

/*
 * The list of clients that is in force. It can be replaced while sessions run:
 * each of them learns it at its next request (server/access.h). Any thread may
 * call these functions after clients_init.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "server/client_list.h"
#include "server/own_files.h"
#include "server/root.h"

struct clients {
	pthread_mutex_t lock;	  /* guards list */
	struct client_list *list; /* NULL: no --clients, everybody reads all */
	atomic_uint edition;	  /* grows with each replacement of list */
};

/* Starts without a list. */
void clients_init(struct clients *clients);

/* Ends without a list; no other thread may use clients any more. */
void clients_close(struct clients *clients);

/*
 * Reads a list from a regular file of this user or of root that neither group
 * nor others can write, and puts it in force if each of its folders can be
 * opened below plain, a root_without_links. Logs how many clients it has.
 * Returns 0, or -1 with nothing changed and a message in error that names the
 * file, escaped.
 */
int clients_load(struct clients *clients, const struct own_file *file,
    const struct root *plain, char error[OWN_FILES_ERROR]);

/* Puts a list in force; its reference passes to clients. A list is never taken
 * away again. */
void clients_replace(struct clients *clients, struct client_list *list);

/* Returns the list in force with a further reference, or NULL if there is none.
 * Sets *edition to that of the list. */
struct client_list *clients_hold(struct clients *clients, unsigned *edition);

/* Returns a number that differs from the one of clients_hold as soon as another
 * list is in force. */
unsigned clients_edition(const struct clients *clients);

/* Returns whether the peer with this key is on the list in force: admits of
 * struct tls_peer (common/tls.h), with the struct clients as arg. */
bool clients_admit(void *clients, const struct key_name *key);

#endif
