/*
 * A plain client: a GET and its reply, on blocking sockets with a time limit.
 * Shares no code with the programs under test.
 */

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/clock.h"
#include "tests/attack/dial.h"
#include "tests/attack/honest.h"
#include "tests/bench/channel.h"
#include "tests/harness/scratch.h"

enum {
	HONEST_BLOCK = 256 * 1024, /* bytes received at once */
	HONEST_HEADER = 8,	   /* bytes of a reply header */
	HONEST_PATIENCE = 10,	   /* s without a byte */
};

static int
say_why(const char **why, const char *what)
{
	*why = what;
	return -1;
}

/* Receives a reply and compares it with the expected one. Returns 0, or -1 with
 * *why set. */
static int
compare_reply(const struct honest *honest, struct channel *channel, char *block,
    const char **why)
{
	size_t at = 0, room;
	ssize_t n;

	while (at < honest->size) {
		room = honest->size - at;
		n = channel_receive(channel, block,
		    !honest->encrypted && room < HONEST_BLOCK ? room :
								HONEST_BLOCK,
		    0);
		if (n == 0)
			return say_why(why, "the reply was cut");
		if (n < 0)
			return say_why(why,
			    errno == EAGAIN ? "no byte for 10 s" :
					      strerror(errno));
		if ((size_t)n > room)
			return say_why(why, "more bytes than the reply has");
		if (at == 0 && block[0] != 0)
			return say_why(why, block[0] == 9 ? "BUSY" : "refused");
		if (memcmp(block, honest->wanted + at, (size_t)n) != 0)
			return say_why(why, "wrong bytes");
		at += (size_t)n;
	}
	return 0;
}

static int
fetch_once(const struct honest *honest, char *block, const char **why)
{
	struct channel channel = {
	    .fd = dial(&(struct dial){.port = honest->port,
		.from = DIAL_FROM(1),
		.patience = HONEST_PATIENCE})};
	int result = -1;
	bool full;

	if (channel.fd < 0)
		return say_why(why,
		    errno == EINPROGRESS ? "no connection for 10 s" :
					   strerror(errno));
	if (honest->encrypted && channel_encrypt(&channel, "fileserv/1") != 0)
		*why = "TLS could not be prepared";
	else if (channel_send(&channel, honest->request, honest->request_len, 0,
		     &full) == (ssize_t)honest->request_len)
		result = compare_reply(honest, &channel, block, why);
	else
		*why = honest->encrypted ? "no handshake, or no request" :
					   "the request could not be sent";
	channel_close(&channel);
	return result;
}

static void *
fetch_all(void *argument)
{
	struct honest *honest = argument;
	struct pollfd stop = {.fd = honest->stop_fd, .events = POLLIN};
	char *block = malloc(HONEST_BLOCK);
	const char *why = "out of memory";
	int64_t began, time;

	while (poll(&stop, 1, HONEST_PAUSE) == 0) {
		began = clock_now();
		if (block != NULL && fetch_once(honest, block, &why) == 0) {
			time = clock_now() - began;
			histogram_add(&honest->latency, time);
			honest->time += time;
			honest->fetched++;
		} else if (honest->failed++ == 0) {
			strlcpy(honest->error, why, sizeof(honest->error));
		}
	}
	free(block);
	return NULL;
}

/* Builds the expected reply: a header and the file's bytes. */
static void
read_wanted(struct honest *honest, const char *name)
{
	char path[256], *bytes;
	size_t len, i;

	snprintf(path, sizeof(path), "served/%s", name);
	bytes = scratch_read(path, &len);
	ck_assert_msg(bytes != NULL, "no %s", path);
	honest->size = len + HONEST_HEADER;
	honest->wanted = malloc(honest->size);
	ck_assert_ptr_nonnull(honest->wanted);
	for (i = 0; i < HONEST_HEADER; i++)
		honest->wanted[i] = (char)(len >> (8 * (7 - i)));
	memcpy(honest->wanted + HONEST_HEADER, bytes, len);
	free(bytes);
}

/* Makes the request once and keeps the reply as the expected one. */
static void
learn_wanted(struct honest *honest)
{
	int fd = dial(&(struct dial){.port = honest->port,
	    .from = DIAL_FROM(1),
	    .patience = HONEST_PATIENCE});
	uint8_t header[HONEST_HEADER];
	size_t len = 0, i;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(send(fd, honest->request, honest->request_len,
			     MSG_NOSIGNAL),
	    (ssize_t)honest->request_len);
	ck_assert_int_eq(recv(fd, header, sizeof(header), MSG_WAITALL),
	    sizeof(header));
	for (i = 0; i < sizeof(header); i++)
		len = len << 8 | header[i];
	honest->size = len + sizeof(header);
	honest->wanted = malloc(honest->size);
	ck_assert_ptr_nonnull(honest->wanted);
	memcpy(honest->wanted, header, sizeof(header));
	ck_assert_int_eq(recv(fd, honest->wanted + sizeof(header), len,
			     MSG_WAITALL),
	    (ssize_t)len);
	close(fd);
}

void
honest_ask(struct honest *honest, uint16_t port, const uint8_t *request,
    size_t len)
{
	memset(honest, 0, sizeof(*honest));
	honest->port = port;
	ck_assert_uint_le(len, sizeof(honest->request));
	memcpy(honest->request, request, len);
	honest->request_len = len;
	learn_wanted(honest);
}

void
honest_begin(struct honest *honest)
{
	sigset_t all, before;

	honest->stop_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(honest->stop_fd, 0);
	/* Signals go to the main thread and do not interrupt a fetch. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ck_assert_int_eq(pthread_create(&honest->thread, NULL, fetch_all,
			     honest),
	    0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Prepares a GET of a file. */
static void
prepare_get(struct honest *honest, uint16_t port, const char *name)
{
	size_t len = strlen(name);

	memset(honest, 0, sizeof(*honest));
	honest->port = port;
	ck_assert_uint_lt(len, sizeof(honest->request) - 4);
	honest->request[3] = (char)len;
	memcpy(honest->request + 4, name, len);
	honest->request_len = 4 + len;
	read_wanted(honest, name);
}

void
honest_start(struct honest *honest, uint16_t port, const char *name)
{
	prepare_get(honest, port, name);
	honest_begin(honest);
}

void
honest_start_encrypted(struct honest *honest, uint16_t port, const char *name)
{
	prepare_get(honest, port, name);
	honest->encrypted = true;
	honest_begin(honest);
}

void
honest_stop(struct honest *honest)
{
	ck_assert_int_eq(eventfd_write(honest->stop_fd, 1), 0);
	pthread_join(honest->thread, NULL);
	close(honest->stop_fd);
	free(honest->wanted);
	honest->wanted = NULL;
}

void
honest_run(struct honest *honest, uint16_t port, const char *name, int64_t time)
{
	honest_start(honest, port, name);
	poll(NULL, 0, (int)(time / CLOCK_MS));
	honest_stop(honest);
}

double
honest_ms(const struct honest *honest, double fraction)
{
	return (double)histogram_at(&honest->latency, fraction) / CLOCK_MS;
}

double
honest_speed(const struct honest *honest)
{
	if (honest->time == 0)
		return 0;
	return (double)honest->fetched * (double)honest->size * 1e3 /
	    (double)honest->time;
}

const char *
honest_text(const struct honest *honest, char *text, size_t size)
{
	snprintf(text, size,
	    "%llu fetches, %llu failed%s%s%s, p50 %.2f ms, p99 %.2f ms, "
	    "max %.1f ms",
	    (unsigned long long)honest->fetched,
	    (unsigned long long)honest->failed, honest->failed > 0 ? " (" : "",
	    honest->error, honest->failed > 0 ? ")" : "",
	    honest_ms(honest, 0.5), honest_ms(honest, 0.99),
	    (double)honest->latency.max / CLOCK_MS);
	return text;
}
