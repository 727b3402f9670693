/*
 * Finds out about the root, and runs the thread that does. A removed folder has
 * a link count of 0, except on overlayfs, where a folder with a lower layer
 * keeps 1; reading it fails with ENOENT on every file system. Of a folder whose
 * file system is gone the state cannot be read.
 *
 * The thread alone looks, or, without it, one session a second: two sessions
 * look together only if a look takes longer. The atomics are independent of
 * other data, so their order does not matter.
 */

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/presence.h"
#include "server/root.h"
#include "server/stacks.h"
#include "server/state.h"
#include "server/storage.h"

#define PRESENCE_PERIOD	  CLOCK_SEC /* between two looks after trouble */
#define PRESENCE_FAREWELL CLOCK_SEC /* that presence_stop waits */

/* Returns true if the folder was removed; false if it cannot be opened. */
static bool
is_removed(const struct root *root)
{
	_Alignas(int64_t) uint8_t entries[512]; /* bytes; any entry fits */
	struct root_file folder;
	bool removed;

	if (root_open_folder(root, (const uint8_t *)".", 1, &folder) !=
	    PROTOCOL_OK)
		return false;
	removed = root_read_folder(&folder, entries, sizeof(entries)) < 0 &&
	    errno == ENOENT;
	root_close_file(&folder);
	return removed;
}

/* Returns 0 if the folder is there, ENOENT if it was removed, or the errno of
 * reading its state. */
static int
find_trouble(const struct root *root)
{
	struct stat stat;

	if (state_read(root->fd, "", &stat) != 0)
		return errno;
	return stat.st_nlink == 0 || is_removed(root) ? ENOENT : 0;
}

static void
log_trouble(int trouble)
{
	if (trouble == 0)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "the served folder can be reached again");
	else if (trouble == ENOENT)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "the served folder was removed, and nothing can be fetched:"
		    " if there is a new one in its place, restart fileserv");
	else
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "the served folder cannot be reached, and nothing can be"
		    " fetched: %s%s",
		    strerror(trouble),
		    storage_has_gone(trouble) ?
			"; its file system has gone, so fileserv ends: mount"
			" it again and restart fileserv" :
			"");
}

/* Looks once. Logs a change, and wakes the listener if the file system has
 * gone. */
static void
look_at_root(struct presence *presence)
{
	int trouble = find_trouble(presence->root);

	if (!storage_has_gone(trouble))
		atomic_store(&presence->gone, 0);
	else if (atomic_fetch_add(&presence->gone, 1) + 1 < PRESENCE_LOOKS)
		return;
	if (atomic_exchange(&presence->trouble, trouble) == trouble)
		return;
	log_trouble(trouble);
	if (storage_has_gone(trouble) && presence->wake_fd >= 0)
		(void)shutdown(presence->wake_fd, SHUT_RDWR);
}

/* Waits until a look is due. Returns false if the thread must end. */
static bool
await_look(struct presence *presence)
{
	int64_t now = clock_now();
	int64_t first = now + PRESENCE_PERIOD, last = now + PRESENCE_REST;
	bool again = atomic_load(&presence->gone) > 0 ||
	    atomic_load(&presence->trouble) != 0;
	bool ending;

	pthread_mutex_lock(&presence->lock);
	while (!presence->ending && now < last &&
	    (now < first || !(again || presence->asked))) {
		(void)clock_cond_wait(&presence->changed, &presence->lock,
		    again || presence->asked ? first : last);
		now = clock_now();
	}
	presence->asked = false;
	ending = presence->ending;
	pthread_mutex_unlock(&presence->lock);
	return !ending;
}

static void *
presence_main(void *argument)
{
	struct presence *presence = argument;

	do {
		atomic_store(&presence->looks_since, clock_now());
		look_at_root(presence);
		atomic_store(&presence->looks_since, 0);
	} while (await_look(presence));
	pthread_mutex_lock(&presence->lock);
	presence->ended = true;
	pthread_cond_signal(&presence->changed);
	pthread_mutex_unlock(&presence->lock);
	return NULL;
}

void
presence_init(struct presence *presence, const struct root *root, int wake_fd)
{
	*presence = (struct presence){.root = root, .wake_fd = wake_fd};
	pthread_mutex_init(&presence->lock, NULL);
	clock_cond_init(&presence->changed);
}

void
presence_start(struct presence *presence)
{
	pthread_attr_t attributes;

	if (presence->root->network == NULL)
		return;
	pthread_attr_init(&attributes);
	presence->has_thread =
	    pthread_attr_setstacksize(&attributes, WORKER_STACK) == 0 &&
	    pthread_create(&presence->thread, &attributes, presence_main,
		presence) == 0;
	pthread_attr_destroy(&attributes);
}

void
presence_check(struct presence *presence, enum protocol_status status)
{
	int64_t now, next;

	if (status != PROTOCOL_NOT_FOUND && status != PROTOCOL_BUSY &&
	    status != PROTOCOL_IO_ERROR)
		return;
	now = clock_now();
	next = atomic_load_explicit(&presence->next, memory_order_relaxed);
	if (now < next ||
	    !atomic_compare_exchange_strong(&presence->next, &next,
		now + PRESENCE_PERIOD))
		return;
	if (!presence->has_thread) {
		look_at_root(presence);
		return;
	}
	pthread_mutex_lock(&presence->lock);
	presence->asked = true;
	pthread_cond_signal(&presence->changed);
	pthread_mutex_unlock(&presence->lock);
}

void
presence_tend(struct presence *presence)
{
	int64_t since = atomic_load(&presence->looks_since);
	bool hangs = since != 0 && clock_now() - since > PRESENCE_HANG;

	if (hangs == presence->hang_logged)
		return;
	presence->hang_logged = hangs;
	if (hangs)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "the file system of the served folder (%s) does not "
		    "answer; requests that need it wait",
		    presence->root->network);
	else
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "the file system of the served folder answers again");
}

bool
presence_is_lost(struct presence *presence)
{
	return storage_has_gone(atomic_load(&presence->trouble));
}

int
presence_stop(struct presence *presence)
{
	int64_t deadline = clock_now() + PRESENCE_FAREWELL;
	bool ended = !presence->has_thread;

	pthread_mutex_lock(&presence->lock);
	presence->ending = true;
	pthread_cond_signal(&presence->changed);
	while (!ended && !presence->ended &&
	    clock_cond_wait(&presence->changed, &presence->lock, deadline) == 0)
		continue;
	ended = ended || presence->ended;
	pthread_mutex_unlock(&presence->lock);
	if (!ended)
		return -1;
	if (presence->has_thread)
		pthread_join(presence->thread, NULL);
	pthread_cond_destroy(&presence->changed);
	pthread_mutex_destroy(&presence->lock);
	return 0;
}
