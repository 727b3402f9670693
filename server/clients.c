/*
 * The lock is held for a few instructions: readers add a reference to the list
 * and read it without the lock. Reading the file and asking for its folders is
 * done before, by the thread that replaces the list.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/protocol.h"
#include "common/range.h"
#include "common/text.h"
#include "server/clients.h"
#include "server/state.h"

enum {
	CLIENTS_PATH = 160 /* bytes of the file's path in a message */
};

_Static_assert(CLIENTS_PATH + 2 + CLIENT_LIST_ERROR <= OWN_FILES_ERROR,
    "a message fits");

void
clients_init(struct clients *clients)
{
	pthread_mutex_init(&clients->lock, NULL);
	clients->list = NULL;
	atomic_init(&clients->edition, 0);
}

void
clients_close(struct clients *clients)
{
	client_list_release(clients->list);
	clients->list = NULL;
	pthread_mutex_destroy(&clients->lock);
}

/* Checks who can change the file: they decide who may read. Returns 0, or -1
 * with a message in error. */
static int
check_file(int fd, struct stat *stat, char error[CLIENT_LIST_ERROR])
{
	const char *why = NULL;

	if (state_read(fd, "", stat) != 0)
		why = strerror(errno);
	else if (!S_ISREG(stat->st_mode))
		why = "it is no regular file";
	else if (stat->st_uid != 0 && stat->st_uid != geteuid())
		why = "it belongs to another user: chown it to root, or to the "
		      "user that the server runs as";
	else if ((stat->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		why = "others can write it: chmod go-w";
	else if (stat->st_size > CLIENT_LIST_MAX)
		why = "it is larger than 16 MiB";
	if (why == NULL)
		return 0;
	snprintf(error, CLIENT_LIST_ERROR, "%s", why);
	return -1;
}

/* Reads and parses a file in this state. Returns NULL with a message in
 * error. */
static struct client_list *
read_list(int fd, const struct stat *stat, char error[CLIENT_LIST_ERROR])
{
	size_t size = (size_t)stat->st_size;
	char *text = malloc(size + 1);
	struct client_list *list = NULL;
	uint64_t now;

	if (text == NULL || range_read(fd, text, size, 0) != 0)
		snprintf(error, CLIENT_LIST_ERROR, "%s", strerror(errno));
	else if (state_has_changed(fd, stat, &now))
		snprintf(error, CLIENT_LIST_ERROR,
		    "it was written while it was read: try again");
	else
		list = client_list_parse(text, size, state_mtime(stat), error);
	free(text);
	return list;
}

/* Checks that a folder of the list is there and served, as a client of the list
 * would find it. Returns 0, or -1 with a message in error. */
static int
check_folder(const struct root *plain, const struct client *client,
    const struct scope_name *name, char error[CLIENT_LIST_ERROR])
{
	char shown[CLIENT_LIST_ERROR / 2];
	enum protocol_status status;
	struct root_file folder;

	status = root_open_folder(plain, name->bytes, name->len, &folder);
	if (status == PROTOCOL_OK) {
		root_close_file(&folder);
		return 0;
	}
	text_escape(shown, sizeof(shown), name->bytes, name->len);
	snprintf(error, CLIENT_LIST_ERROR, "client %s: %s: %s", client->name,
	    shown,
	    status == PROTOCOL_NOT_FOUND ? "no such folder" :
		status == PROTOCOL_NOT_A_FILE ?
					   "not a folder" :
		status == PROTOCOL_DENIED ?
					   "the server may not read it, a link "
					   "leads there, or its name needs "
					   "--hidden" :
					   "it cannot be opened now");
	return -1;
}

static int
check_folders(const struct client_list *list, const struct root *plain,
    char error[CLIENT_LIST_ERROR])
{
	const struct client *client;
	size_t i, k;

	for (i = 0; i < client_list_length(list); i++) {
		client = client_list_at(list, i);
		for (k = 0; k < client->scope.n; k++)
			if (check_folder(plain, client, &client->scope.names[k],
				error) != 0)
				return -1;
	}
	return 0;
}

static void
log_length(size_t n)
{
	if (n == 0)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "the list of clients is empty: nobody can read anything");
	else
		log_event(LOG_LEVEL_REQUESTS, NULL, 0, "clients listed: %zu",
		    n);
}

/* Returns the list in an open file, or NULL with a message in error. */
static struct client_list *
read_checked(int fd, const struct root *plain, char error[CLIENT_LIST_ERROR])
{
	struct client_list *list;
	struct stat stat;

	if (check_file(fd, &stat, error) != 0)
		return NULL;
	list = read_list(fd, &stat, error);
	if (list != NULL && check_folders(list, plain, error) != 0) {
		client_list_release(list);
		return NULL;
	}
	return list;
}

int
clients_load(struct clients *clients, const struct own_file *file,
    const struct root *plain, char error[OWN_FILES_ERROR])
{
	char why[CLIENT_LIST_ERROR], path[CLIENTS_PATH];
	struct client_list *list;
	int fd = own_file_open(file, error);

	if (fd < 0)
		return -1;
	list = read_checked(fd, plain, why);
	close(fd);
	if (list == NULL) {
		text_escape(path, sizeof(path), file->path, strlen(file->path));
		snprintf(error, OWN_FILES_ERROR, "%s: %s", path, why);
		return -1;
	}
	log_length(client_list_length(list));
	clients_replace(clients, list);
	return 0;
}

void
clients_replace(struct clients *clients, struct client_list *list)
{
	struct client_list *old;

	pthread_mutex_lock(&clients->lock);
	old = clients->list;
	clients->list = list;
	atomic_fetch_add(&clients->edition, 1);
	pthread_mutex_unlock(&clients->lock);
	client_list_release(old);
}

struct client_list *
clients_hold(struct clients *clients, unsigned *edition)
{
	struct client_list *list = NULL;

	pthread_mutex_lock(&clients->lock);
	*edition = atomic_load(&clients->edition);
	if (clients->list != NULL)
		list = client_list_hold(clients->list);
	pthread_mutex_unlock(&clients->lock);
	return list;
}

unsigned
clients_edition(const struct clients *clients)
{
	return atomic_load(&clients->edition);
}

bool
clients_admit(void *arg, const struct key_name *key)
{
	unsigned edition;
	struct client_list *list = clients_hold(arg, &edition);
	bool admits = list != NULL && client_list_find(list, key) != NULL;

	client_list_release(list);
	return admits;
}
