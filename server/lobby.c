/*
 * Connections that have a place and wait for a thread, in the order of their
 * arrival, and those that are turned away. The listener's thread runs this, but
 * for lobby_leave, which a worker calls that has become free.
 */

#include <unistd.h>

#include "server/reply_writer.h"
#include "server/workers_private.h"

bool
lobby_enter(struct workers *workers, const struct newcomer *newcomer)
{
	unsigned last = workers->lobby_first + workers->lobby_n;

	if (workers->lobby_n == WORKERS_LOBBY)
		return false;
	workers->lobby[last % WORKERS_LOBBY] = *newcomer;
	workers->lobby_n++;
	return true;
}

struct newcomer *
lobby_leave(struct workers *workers)
{
	struct newcomer *first = &workers->lobby[workers->lobby_first];

	if (workers->lobby_n == 0)
		return NULL;
	workers->lobby_first = (workers->lobby_first + 1) % WORKERS_LOBBY;
	workers->lobby_n--;
	return first;
}

bool
lobby_refuse_first(struct workers *workers, int64_t now)
{
	struct newcomer *newcomer = NULL;
	int fd = -1;

	pthread_mutex_lock(&workers->lock);
	if (workers->lobby_n > 0 &&
	    workers->lobby[workers->lobby_first].deadline <= now)
		newcomer = lobby_leave(workers);
	if (newcomer != NULL) {
		fd = newcomer->fd;
		workers->count--;
		peers_leave(workers->peers, newcomer->peer);
	}
	pthread_mutex_unlock(&workers->lock);
	if (fd >= 0)
		workers_turn_away(workers, fd,
		    "too many connections, try again later");
	return fd >= 0;
}

void
workers_turn_away(const struct workers *workers, int fd, const char *message)
{
	if (encryption_is_on(&workers->shared->encryption))
		stream_refuse(fd, NULL, 0);
	else
		reply_writer_send_busy(fd, message);
	close(fd);
}
