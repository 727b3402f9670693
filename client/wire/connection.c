/*
 * A first connection that fails is reported at once: the address may be
 * wrong. One that breaks later is made again, since what it was good for once
 * it may be good for again.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/wire/host.h"
#include "client/ui/interrupt.h"
#include "client/wire/connection.h"
#include "common/clock.h"
#include "common/socket.h"

enum {
	LINK_WAIT_MAX = 6, /* doublings: the longest wait is 64 s */
	/* What a connection must bring to count as progress, in bytes; a file
	 * that was finished counts too. */
	LINK_PROGRESS = 1024 * 1024,
};

void
link_open(struct link *link, const struct options *options,
    struct report *report, struct rate *rate)
{
	memset(link, 0, sizeof(*link));
	link->options = options;
	link->report = report;
	link->rate = rate;
	link->fd = -1;
}

void
link_close(struct link *link)
{
	if (link->fd < 0)
		return;
	stream_rest(&link->stream);
	close(link->fd);
	link->fd = -1;
	link->idle = false;
	link->received = 0;
}

void
link_name(const struct link *link, char *text, size_t size)
{
	/* An IPv6 address has colons of its own. */
	snprintf(text, size,
	    strchr(link->options->host, ':') == NULL ? "%s:%u" : "[%s]:%u",
	    link->options->host, link->options->port);
}

static int
interrupted(struct link *link)
{
	return failure_set(&link->failure, EXITS_INTERRUPTED, "interrupted");
}

/* Waits before another try: 1, 2, 4 ... seconds, a quarter more or less, so
 * that many clients do not come back all at once. */
static int
wait_before_try(struct link *link)
{
	int doublings =
	    link->tries - 1 < LINK_WAIT_MAX ? link->tries - 1 : LINK_WAIT_MAX;
	int64_t wait = CLOCK_SEC << doublings;

	wait += (int64_t)arc4random_uniform(500) * (wait / 1000) - wait / 4;
	report_note(link->report, "%s; trying again in %.1f s (%d of %d)",
	    link->failure.text, (double)wait / CLOCK_SEC, link->tries,
	    link->options->retry);
	return interrupt_wait(wait) ? 0 : interrupted(link);
}

/* No connection came of it, because of errno and this. */
static int
fail_to_connect(struct link *link, const char *why)
{
	if (errno == ETIMEDOUT)
		return failure_set(&link->failure, EXITS_CONNECT,
		    "cannot connect to %s after %" PRId64
		    " s (--connect-timeout)",
		    why, link->options->connect_timeout / CLOCK_SEC);
	return failure_set(&link->failure, EXITS_CONNECT,
	    "cannot connect to %s%s", why,
	    errno == ECONNREFUSED ?
		" (is fileserv running there, on that port?)" :
		"");
}

static int
connect_once(struct link *link)
{
	char error[NET_ERROR];

	link->fd = host_connect(link->options, interrupt_fd(), error);
	if (link->fd < 0 && interrupt_pending())
		return interrupted(link);
	if (link->fd < 0)
		return fail_to_connect(link, error);
	socket_tune_client(link->fd);
	stream_open(&link->stream, link->fd, interrupt_fd());
	if (link->options->rate > 0)
		stream_limit(&link->stream, link->rate);
	link->ever = true;
	return 0;
}

int
link_connect(struct link *link)
{
	if (link->fd >= 0)
		return 0;
	if (!link->ever && link->tries == 0)
		return connect_once(link);
	for (;;) {
		if (link->tries > link->options->retry)
			return -1;
		if (link->tries > 0 && wait_before_try(link) != 0)
			return -1;
		if (connect_once(link) == 0)
			return 0;
		if (link->failure.code == EXITS_INTERRUPTED)
			return -1;
		link->tries++;
	}
}

void
link_lost(struct link *link, enum exits code, const char *why)
{
	char name[FAILURE_TEXT / 2];

	link_name(link, name, sizeof(name));
	failure_set(&link->failure, code, "%s: %s", name, why);
	/* One that ended while it was idle is as good as none. */
	if (link->idle)
		link->ever = false;
	else
		link->tries++;
	link_close(link);
}

void
link_begin(struct link *link)
{
	link->tries = 0;
	link_idle(link);
	link->ever = link->idle;
}

void
link_idle(struct link *link)
{
	link->idle = link->fd >= 0;
}

void
link_persist(struct link *link)
{
	link->ever = true;
	link->tries++;
}

void
link_forgive(struct link *link)
{
	link->tries = 0;
}

void
link_answered(struct link *link)
{
	link->idle = false;
	link->report->answered = true;
}

const char *
link_hint(const struct link *link, const struct failure *failure)
{
	return failure->code == EXITS_PROTOCOL ||
		(failure->code == EXITS_STALLED && !link->report->answered) ?
	    "is it a fileserv?" :
	    NULL;
}

void
link_delivered(struct link *link)
{
	link->tries = 0;
}

void
link_received(struct link *link, uint64_t bytes)
{
	link->received += bytes;
	if (link->received >= LINK_PROGRESS)
		link->tries = 0;
}
