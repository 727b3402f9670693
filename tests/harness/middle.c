/* One thread that uses poll(2) and blocking sends. */

#include <sys/eventfd.h>
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

#include "tests/harness/middle.h"
#include "tests/harness/wire.h"

enum {
	MIDDLE_BLOCK = 64 * 1024, /* bytes received at once */
};

/* A connection; the end of a way is where its bytes come from. */
struct pair {
	int ends[MIDDLE_WAYS];
	int64_t passed[MIDDLE_WAYS]; /* bytes */
	bool ended[MIDDLE_WAYS];
};

static int
connect_server(const struct middle *middle)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons(middle->to),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)(void *)&address, sizeof(address)) !=
		0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
send_all(int fd, const uint8_t *bytes, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
record_bytes(struct middle_record *record, const uint8_t *bytes, size_t len)
{
	uint8_t *grown = realloc(record->bytes, record->len + len);

	if (grown == NULL)
		return false;
	memcpy(grown + record->len, bytes, len);
	record->bytes = grown;
	record->len += len;
	return true;
}

/* Passes len received bytes on. Returns whether the connection goes on. */
static bool
pass_bytes(struct middle *middle, struct pair *pair, enum middle_way way,
    uint8_t *bytes, size_t len)
{
	int64_t before = pair->passed[way], flip, left;

	if (!record_bytes(&middle->records[way], bytes, len))
		return false;
	pair->passed[way] += (int64_t)len;
	if (way == MIDDLE_UP && middle->answer != NULL)
		return before > 0 ||
		    send_all(pair->ends[MIDDLE_UP], middle->answer,
			middle->answer_len);
	if (way != middle->way)
		return send_all(pair->ends[1 - way], bytes, len);
	flip = middle->flip - before;
	if (middle->flip >= 0 && flip >= 0 && flip < (int64_t)len)
		bytes[flip] ^= middle->mask;
	left = middle->cut - before;
	if (middle->cut < 0 || (int64_t)len < left)
		return send_all(pair->ends[1 - way], bytes, len);
	(void)send_all(pair->ends[1 - way], bytes, (size_t)left);
	return false;
}

/* Receives once. Returns whether the connection goes on. */
static bool
pass_way(struct middle *middle, struct pair *pair, enum middle_way way)
{
	uint8_t bytes[MIDDLE_BLOCK];
	ssize_t n;

	n = recv(pair->ends[way], bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n > 0)
		return pass_bytes(middle, pair, way, bytes, (size_t)n);
	pair->ended[way] = true;
	if (pair->ends[1 - way] >= 0)
		(void)shutdown(pair->ends[1 - way], SHUT_WR);
	return middle->answer == NULL &&
	    !(pair->ended[MIDDLE_UP] && pair->ended[MIDDLE_DOWN]);
}

/* Ends both sides in an orderly way: what they still send is read, so that
 * close(2) sends no reset. */
static void
end_pair(struct pair *pair, int stop_fd)
{
	struct pollfd wait[MIDDLE_WAYS + 1];
	uint8_t bytes[MIDDLE_BLOCK];
	int way;

	for (way = 0; way < MIDDLE_WAYS; way++) {
		wait[way] = (struct pollfd){pair->ends[way], POLLIN, 0};
		if (pair->ends[way] >= 0)
			(void)shutdown(pair->ends[way], SHUT_WR);
	}
	wait[MIDDLE_WAYS] = (struct pollfd){stop_fd, POLLIN, 0};
	while (wait[MIDDLE_UP].fd >= 0 || wait[MIDDLE_DOWN].fd >= 0) {
		if (poll(wait, MIDDLE_WAYS + 1, -1) < 0 ||
		    wait[MIDDLE_WAYS].revents != 0)
			break;
		for (way = 0; way < MIDDLE_WAYS; way++)
			if (wait[way].fd >= 0 && wait[way].revents != 0 &&
			    recv(wait[way].fd, bytes, sizeof(bytes),
				MSG_DONTWAIT) <= 0)
				wait[way].fd = -1;
	}
	for (way = 0; way < MIDDLE_WAYS; way++)
		if (pair->ends[way] >= 0)
			close(pair->ends[way]);
}

/* Passes bytes on until the connection ends or the middle is stopped. */
static void
serve_pair(struct middle *middle, struct pair *pair)
{
	struct pollfd wait[MIDDLE_WAYS + 1];
	bool goes_on = true;
	int way;

	while (goes_on) {
		for (way = 0; way < MIDDLE_WAYS; way++)
			wait[way] =
			    (struct pollfd){pair->ended[way] ? -1 :
							       pair->ends[way],
				POLLIN, 0};
		wait[MIDDLE_WAYS] = (struct pollfd){middle->stop_fd, POLLIN, 0};
		if (poll(wait, MIDDLE_WAYS + 1, -1) < 0 && errno != EINTR)
			return;
		if (wait[MIDDLE_WAYS].revents != 0)
			return;
		for (way = 0; way < MIDDLE_WAYS && goes_on; way++)
			if (wait[way].revents != 0)
				goes_on = pass_way(middle, pair,
				    (enum middle_way)way);
	}
}

static void *
run_middle(void *argument)
{
	struct middle *middle = argument;
	struct pollfd wait[2] = {{middle->listening, POLLIN, 0},
	    {middle->stop_fd, POLLIN, 0}};
	struct pair pair;

	while (poll(wait, 2, -1) > 0 && wait[1].revents == 0) {
		memset(&pair, 0, sizeof(pair));
		pair.ends[MIDDLE_UP] =
		    accept4(middle->listening, NULL, NULL, SOCK_CLOEXEC);
		if (pair.ends[MIDDLE_UP] < 0)
			continue;
		pair.ends[MIDDLE_DOWN] =
		    middle->answer != NULL ? -1 : connect_server(middle);
		atomic_fetch_add(&middle->taken, 1);
		(void)setsockopt(pair.ends[MIDDLE_UP], IPPROTO_TCP, TCP_NODELAY,
		    &(int){1}, sizeof(int));
		serve_pair(middle, &pair);
		end_pair(&pair, middle->stop_fd);
	}
	return NULL;
}

void
middle_prepare(struct middle *middle, uint16_t to)
{
	memset(middle, 0, sizeof(*middle));
	middle->to = to;
	middle->flip = middle->cut = -1;
}

void
middle_start(struct middle *middle)
{
	middle->listening = wire_listen(&middle->port);
	middle->stop_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(middle->stop_fd, 0);
	ck_assert_int_eq(pthread_create(&middle->thread, NULL, run_middle,
			     middle),
	    0);
}

void
middle_stop(struct middle *middle)
{
	ck_assert_int_eq(eventfd_write(middle->stop_fd, 1), 0);
	ck_assert_int_eq(pthread_join(middle->thread, NULL), 0);
	close(middle->listening);
	close(middle->stop_fd);
}

void
middle_free(struct middle *middle)
{
	int way;

	for (way = 0; way < MIDDLE_WAYS; way++)
		free(middle->records[way].bytes);
}
