/*
 * A removed folder has a link count of 0, except on overlayfs, where a folder
 * with a lower layer keeps 1; reading it fails with ENOENT on every file
 * system. Of a folder whose file system is gone the state cannot be read.
 *
 * The atomics are independent of other data, so their order does not matter:
 * next lets one thread a second check, trouble lets one thread log a change.
 */

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/presence.h"
#include "server/root.h"
#include "server/state.h"

#define PRESENCE_PERIOD CLOCK_SEC /* between two checks */

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

/* Returns true if this errno means that the file system is gone. */
static bool
is_lost(int trouble)
{
	return trouble == ENOTCONN || trouble == ESTALE;
}

static void
log_change(int trouble)
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
		    is_lost(trouble) ?
			"; its file system has gone, so fileserv ends: mount"
			" it again and restart fileserv" :
			"");
}

void
presence_check(struct presence *presence, const struct root *root,
    enum protocol_status status)
{
	int64_t now, next;
	int trouble;

	if (status != PROTOCOL_NOT_FOUND && status != PROTOCOL_IO_ERROR)
		return;
	now = clock_now();
	next = atomic_load_explicit(&presence->next, memory_order_relaxed);
	if (now < next ||
	    !atomic_compare_exchange_strong(&presence->next, &next,
		now + PRESENCE_PERIOD))
		return;
	trouble = find_trouble(root);
	if (atomic_exchange(&presence->trouble, trouble) == trouble)
		return;
	log_change(trouble);
	if (is_lost(trouble) && presence->wake_fd >= 0)
		(void)shutdown(presence->wake_fd, SHUT_RDWR);
}

bool
presence_is_lost(struct presence *presence)
{
	return is_lost(atomic_load(&presence->trouble));
}
