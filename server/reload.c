/*
 * Reads the files, replaces what is in force, and runs the thread that does so
 * at SIGHUP. The parsers are identity.c and clients.c; encryption.c and
 * clients.c hand out what is in force, by references. The main
 * thread adds the files and reads them at the start; afterwards the thread that
 * reload_start starts reads them alone.
 */

#include <errno.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/identity.h"
#include "common/log.h"
#include "server/access.h"
#include "server/clients.h"
#include "server/encryption.h"
#include "server/reload.h"

#define RELOAD_FAREWELL CLOCK_SEC /* that reload_stop waits */

int
reload_open(struct reload *reload, struct encryption *encryption,
    struct access_rules *rules)
{
	*reload = (struct reload){.encryption = encryption, .rules = rules};
	pthread_mutex_init(&reload->lock, NULL);
	clock_cond_init(&reload->changed);
	return own_files_open(&reload->files);
}

/* Returns NULL with a message in error. */
static struct identity *
read_identity(const struct reload *reload, char error[RELOAD_ERROR])
{
	const struct own_file *certificate = reload->certificate;
	struct identity *identity = NULL;
	int key_fd = own_file_open(reload->key, error), fd;

	if (key_fd < 0)
		return NULL;
	if (certificate == NULL) {
		identity =
		    identity_read(key_fd, reload->key->path, false, error);
	} else if ((fd = own_file_open(certificate, error)) >= 0) {
		identity = identity_read_authority(fd, certificate->path,
		    key_fd, reload->key->path, error);
		close(fd);
	}
	close(key_fd);
	return identity;
}

/* Puts the key that is in its file in force. */
static int
renew_key(struct reload *reload, char error[RELOAD_ERROR])
{
	struct identity *identity = read_identity(reload, error);
	int result;

	if (identity == NULL)
		return -1;
	result = encryption_replace(reload->encryption, identity, error);
	if (result == 0)
		reload->name = *identity_name(identity);
	identity_free(identity);
	return result;
}

static int
renew_clients(struct reload *reload, char error[RELOAD_ERROR])
{
	return clients_load(&reload->rules->clients, reload->clients,
	    &reload->rules->plain, error);
}

int
reload_add_key(struct reload *reload, const char *path,
    char error[RELOAD_ERROR])
{
	reload->key = own_files_add(&reload->files, path, error);
	return reload->key == NULL ? -1 : renew_key(reload, error);
}

int
reload_add_certificate(struct reload *reload, const char *path,
    const char *key_path, char error[RELOAD_ERROR])
{
	reload->certificate = own_files_add(&reload->files, path, error);
	if (reload->certificate == NULL)
		return -1;
	return reload_add_key(reload, key_path, error);
}

int
reload_add_clients(struct reload *reload, const char *path,
    char error[RELOAD_ERROR])
{
	reload->clients = own_files_add(&reload->files, path, error);
	return reload->clients == NULL ? -1 : renew_clients(reload, error);
}

/* Returns 0, or -1 with a line in the log. clients_load logs a success. */
static int
reload_clients(struct reload *reload)
{
	char error[RELOAD_ERROR];

	if (renew_clients(reload, error) == 0)
		return 0;
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
	    "SIGHUP: the list of clients from before stays in force: %s",
	    error);
	return -1;
}

static void
log_key(const struct key_name *name, const struct key_name *before)
{
	char now[KEY_NAME_TEXT], earlier[KEY_NAME_TEXT];

	key_name_format(name, now);
	key_name_format(before, earlier);
	if (key_name_equal(name, before))
		log_event(LOG_LEVEL_REQUESTS, NULL, 0,
		    "SIGHUP: the key is %s, as before", now);
	else
		log_event(LOG_LEVEL_REQUESTS, NULL, 0,
		    "SIGHUP: the key is %s now; before it was %s", now,
		    earlier);
}

/* Returns 0, or -1, with a line in the log. */
static int
reload_key(struct reload *reload)
{
	struct key_name before = reload->name;
	char error[RELOAD_ERROR];

	if (renew_key(reload, error) == 0) {
		log_key(&reload->name, &before);
		return 0;
	}
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
	    "SIGHUP: the key from before stays in force: %s", error);
	return -1;
}

int
reload_now(struct reload *reload)
{
	int result = 0;

	/* The list comes first: a client that it no longer has must stop. */
	if (reload->clients != NULL && reload_clients(reload) != 0)
		result = -1;
	if (reload->key != NULL && reload_key(reload) != 0)
		result = -1;
	return result;
}

/* Waits until the files are to be read. Returns false if the thread must end.
 */
static bool
await_wish(struct reload *reload)
{
	bool ending;

	pthread_mutex_lock(&reload->lock);
	while (!reload->asked && !reload->ending)
		pthread_cond_wait(&reload->changed, &reload->lock);
	reload->asked = false;
	ending = reload->ending;
	pthread_mutex_unlock(&reload->lock);
	return !ending;
}

static void *
reload_main(void *argument)
{
	struct reload *reload = argument;

	while (await_wish(reload))
		(void)reload_now(reload);
	pthread_mutex_lock(&reload->lock);
	reload->ended = true;
	pthread_cond_broadcast(&reload->changed);
	pthread_mutex_unlock(&reload->lock);
	return NULL;
}

int
reload_start(struct reload *reload)
{
	int code;

	if (reload->files.n == 0)
		return 0;
	code = pthread_create(&reload->thread, NULL, reload_main, reload);
	reload->has_thread = code == 0;
	errno = code;
	return code == 0 ? 0 : -1;
}

void
reload_ask(struct reload *reload)
{
	pthread_mutex_lock(&reload->lock);
	reload->asked = true;
	pthread_cond_broadcast(&reload->changed);
	pthread_mutex_unlock(&reload->lock);
}

int
reload_stop(struct reload *reload)
{
	int64_t deadline = clock_now() + RELOAD_FAREWELL;
	bool ended = !reload->has_thread;

	pthread_mutex_lock(&reload->lock);
	reload->ending = true;
	pthread_cond_broadcast(&reload->changed);
	while (!ended && !reload->ended &&
	    clock_cond_wait(&reload->changed, &reload->lock, deadline) == 0)
		continue;
	ended = ended || reload->ended;
	pthread_mutex_unlock(&reload->lock);
	if (!ended)
		return -1;
	if (reload->has_thread)
		pthread_join(reload->thread, NULL);
	pthread_cond_destroy(&reload->changed);
	pthread_mutex_destroy(&reload->lock);
	own_files_close(&reload->files);
	return 0;
}
