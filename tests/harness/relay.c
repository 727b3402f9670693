/*
 * One thread that uses poll(2). Bytes wait in a queue of blocks, each with the
 * time at which to pass it on.
 */

#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/clock.h"
#include "tests/harness/relay.h"
#include "tests/harness/wire.h"

enum {
	RELAY_BLOCK = 64 * 1024, /* bytes */
	RELAY_MOST = 64,	 /* connections at a time */
};

struct block {
	STAILQ_ENTRY(block) next;
	int64_t due;
	size_t len, sent; /* len 0: the end of the connection */
	uint8_t bytes[RELAY_BLOCK];
};

STAILQ_HEAD(blocks, block);

/* One direction of a connection. */
struct way {
	struct blocks blocks;
	int from, to;
	bool ended;   /* the end was read */
	int64_t left; /* bytes before the cut, or -1 */
};

struct pair {
	struct way ways[2]; /* up, down */
	bool used;
};

static void
drop_pair(struct pair *pair, bool resets)
{
	struct linger linger = {.l_onoff = 1};
	struct block *block;
	int i;

	for (i = 0; i < 2; i++) {
		while ((block = STAILQ_FIRST(&pair->ways[i].blocks)) != NULL) {
			STAILQ_REMOVE_HEAD(&pair->ways[i].blocks, next);
			free(block);
		}
		if (resets)
			(void)setsockopt(pair->ways[i].from, SOL_SOCKET,
			    SO_LINGER, &linger, sizeof(linger));
		close(pair->ways[i].from);
	}
	pair->used = false;
}

static void
take_connection(struct relay *relay, struct pair *pairs)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port =
		htons(relay->other != 0 && atomic_load(&relay->taken) % 2 == 1 ?
			relay->other :
			relay->to),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int client = accept4(relay->listening, NULL, NULL, SOCK_CLOEXEC);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), i;
	struct pair *pair = pairs;

	while (pair < pairs + RELAY_MOST && pair->used)
		pair++;
	if (client < 0 || server < 0 || pair == pairs + RELAY_MOST ||
	    connect(server, (struct sockaddr *)(void *)&address,
		sizeof(address)) != 0) {
		close(client);
		close(server);
		return;
	}
	(void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &(int){1},
	    sizeof(int));
	(void)setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &(int){1},
	    sizeof(int));
	memset(pair, 0, sizeof(*pair));
	pair->used = true;
	for (i = 0; i < 2; i++) {
		STAILQ_INIT(&pair->ways[i].blocks);
		pair->ways[i].from = i == 0 ? client : server;
		pair->ways[i].to = i == 0 ? server : client;
		pair->ways[i].left = -1;
	}
	if (atomic_fetch_add(&relay->taken, 1) == 0)
		pair->ways[1].left = relay->cut;
}

/* Reads the bytes that have arrived. Returns false to close the connection. */
static bool
read_way(struct relay *relay, struct way *way)
{
	struct block *block = malloc(sizeof(*block));
	ssize_t n;

	if (block == NULL)
		return false;
	n = recv(way->from, block->bytes, sizeof(block->bytes), MSG_DONTWAIT);
	if (n < 0) {
		free(block);
		return errno == EAGAIN || errno == EINTR;
	}
	block->due = clock_now() + relay->delay;
	block->len = (size_t)n;
	block->sent = 0;
	way->ended = n == 0;
	STAILQ_INSERT_TAIL(&way->blocks, block, next);
	return true;
}

/* Passes on the blocks that are due. Returns false to close the connection. */
static bool
write_way(struct way *way)
{
	struct block *block;
	size_t some;
	ssize_t n;

	while ((block = STAILQ_FIRST(&way->blocks)) != NULL &&
	    block->due <= clock_now()) {
		some = block->len - block->sent;
		if (way->left >= 0 && some > (size_t)way->left)
			some = (size_t)way->left;
		if (block->len == 0)
			(void)shutdown(way->to, SHUT_WR);
		n = some == 0 ? 0 :
				send(way->to, block->bytes + block->sent, some,
				    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (way->left >= 0 && block->len > 0) {
			way->left -= n;
			if (way->left == 0)
				return false;
		}
		block->sent += (size_t)n;
		if (block->sent < block->len)
			return true;
		STAILQ_REMOVE_HEAD(&way->blocks, next);
		free(block);
	}
	return true;
}

/* Sets the poll events for a direction. */
static void
set_poll(const struct way *way, struct pollfd *in, struct pollfd *out,
    int64_t *soonest)
{
	const struct block *first = STAILQ_FIRST(&way->blocks);

	if (!way->ended)
		in->events |= POLLIN;
	if (first == NULL)
		return;
	if (first->due <= clock_now())
		out->events |= POLLOUT;
	else if (first->due < *soonest)
		*soonest = first->due;
}

static void
serve_pair(struct relay *relay, struct pair *pair, const struct pollfd *fds)
{
	bool good = true;
	int i;

	for (i = 0; i < 2 && good; i++) {
		if (!pair->ways[i].ended &&
		    (fds[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			good = read_way(relay, &pair->ways[i]);
		if (good)
			good = write_way(&pair->ways[i]);
	}
	if (!good)
		drop_pair(pair, true);
	else if (pair->ways[0].ended && pair->ways[1].ended &&
	    STAILQ_EMPTY(&pair->ways[0].blocks) &&
	    STAILQ_EMPTY(&pair->ways[1].blocks))
		drop_pair(pair, false);
}

static void *
run(void *argument)
{
	static struct pair pairs[RELAY_MOST];
	static struct pollfd fds[2 + 2 * RELAY_MOST];
	struct relay *relay = argument;
	int64_t soonest;
	int i;

	memset(pairs, 0, sizeof(pairs));
	for (;;) {
		soonest = clock_now() + 10 * CLOCK_SEC;
		fds[0] = (struct pollfd){relay->stop_fd, POLLIN, 0};
		fds[1] = (struct pollfd){relay->listening, POLLIN, 0};
		for (i = 0; i < RELAY_MOST; i++) {
			struct pollfd *at = fds + 2 + 2 * (ptrdiff_t)i;

			at[0] = at[1] = (struct pollfd){-1, 0, 0};
			if (!pairs[i].used)
				continue;
			at[0].fd = pairs[i].ways[0].from;
			at[1].fd = pairs[i].ways[1].from;
			set_poll(&pairs[i].ways[0], &at[0], &at[1], &soonest);
			set_poll(&pairs[i].ways[1], &at[1], &at[0], &soonest);
		}
		(void)poll(fds, 2 + 2 * RELAY_MOST,
		    clock_poll_timeout(soonest));
		if (fds[0].revents != 0)
			break;
		for (i = 0; i < RELAY_MOST; i++)
			if (pairs[i].used)
				serve_pair(relay, &pairs[i],
				    fds + 2 + 2 * (ptrdiff_t)i);
		if (fds[1].revents != 0)
			take_connection(relay, pairs);
	}
	for (i = 0; i < RELAY_MOST; i++)
		if (pairs[i].used)
			drop_pair(&pairs[i], true);
	return NULL;
}

static void
run_thread(struct relay *relay)
{
	relay->listening = wire_listen(&relay->port);
	relay->stop_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(relay->stop_fd, 0);
	ck_assert_int_eq(pthread_create(&relay->thread, NULL, run, relay), 0);
}

void
relay_start(struct relay *relay, uint16_t to, int64_t delay, int64_t cut)
{
	memset(relay, 0, sizeof(*relay));
	relay->to = to;
	relay->delay = delay;
	relay->cut = cut;
	run_thread(relay);
}

void
relay_start_between(struct relay *relay, uint16_t to, uint16_t other,
    int64_t cut)
{
	memset(relay, 0, sizeof(*relay));
	relay->to = to;
	relay->other = other;
	relay->cut = cut;
	run_thread(relay);
}
void
relay_stop(struct relay *relay)
{
	ck_assert_int_eq(eventfd_write(relay->stop_fd, 1), 0);
	ck_assert_int_eq(pthread_join(relay->thread, NULL), 0);
	close(relay->listening);
	close(relay->stop_fd);
}
