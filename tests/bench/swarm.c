/*
 * One thread asks and takes what comes, whichever connection it comes on.
 * Small replies are received many at a time; a large body's bytes are dropped
 * in the kernel (tcp(7), MSG_TRUNC), so that taking them costs the generator
 * next to nothing, whichever server sent them.
 */

#include <sys/epoll.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/bench/round.h"
#include "tests/bench/swarm.h"

enum {
	SWARM_BUFFER = 256 * 1024, /* bytes received at once */
	SWARM_DROP = 64 * 1024,	   /* a body with so much left is dropped */
	SWARM_DROP_MAX = 16 * 1024 * 1024,
	SWARM_EVENTS = 256,
	SWARM_PATIENCE = 10, /* seconds without an answer: broken */
};

#define SWARM_WARM_UP CLOCK_SEC /* at most */

struct caller {
	int fd;
	int waits_to_send;
	int is_cold;	  /* not answered since swarm_warm_up began */
	uint64_t sent;	  /* bytes, of all its requests */
	uint64_t to_send; /* the same, when all are sent that may be */
	uint64_t body;	  /* bytes of the reply under way to come */
	size_t head_len;
	uint8_t head[DIALECT_HEAD]; /* the beginning of a reply */
	uint64_t asked, answered;   /* requests */
	int64_t *since;		    /* of each request under way */
};

struct swarm {
	struct swarm_plan plan;
	struct swarm_score *score;
	struct caller *callers;
	int64_t *since;
	struct round round;
	uint8_t *buffer;
	uint64_t reply_len; /* bytes */
	int64_t now;
	uint64_t asked; /* requests, of all callers */
	unsigned alive;
	unsigned cold; /* of them */
	int epoll;
};

static int
connect_caller(struct swarm *swarm, struct caller *caller)
{
	struct timeval patience = {.tv_sec = SWARM_PATIENCE};
	struct epoll_event event;
	int on = 1;

	caller->sent = caller->to_send = caller->body = 0;
	caller->asked = caller->answered = 0;
	caller->head_len = 0;
	caller->waits_to_send = 0;
	caller->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (caller->fd < 0)
		return -1;
	(void)setsockopt(caller->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(caller->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof patience);
	event.events = EPOLLIN;
	event.data.ptr = caller;
	if (connect(caller->fd, (struct sockaddr *)&swarm->plan.address,
		sizeof swarm->plan.address) == 0 &&
	    epoll_ctl(swarm->epoll, EPOLL_CTL_ADD, caller->fd, &event) == 0)
		return 0;
	(void)close(caller->fd);
	caller->fd = -1;
	return -1;
}

static void
warm(struct swarm *swarm, struct caller *caller)
{
	swarm->cold -= caller->is_cold ? 1 : 0;
	caller->is_cold = 0;
}

static void
lose(struct swarm *swarm, struct caller *caller)
{
	warm(swarm, caller);
	swarm->score->errors++;
	swarm->alive--;
	if (caller->fd >= 0)
		(void)close(caller->fd);
	caller->fd = -1;
}

static int
send_more(struct swarm *swarm, struct caller *caller, int flags)
{
	const uint8_t *bytes;
	uint64_t len;
	ssize_t n;

	while (caller->sent < caller->to_send) {
		len = caller->to_send - caller->sent;
		bytes = round_bytes(&swarm->round, caller->sent, &len);
		n = send(caller->fd, bytes, len, MSG_NOSIGNAL | flags);
		if (n < 0)
			return errno == EAGAIN && flags != 0 ? 0 : -1;
		caller->sent += (uint64_t)n;
	}
	return 0;
}

/* Keeps depth requests under way, and epoll told when there is no room. */
static int
ask(struct swarm *swarm, struct caller *caller)
{
	struct epoll_event event;
	int waits;

	while (caller->asked - caller->answered < swarm->plan.depth &&
	    (swarm->plan.count == 0 || swarm->asked < swarm->plan.count)) {
		swarm->asked++;
		caller->since[caller->asked++ % swarm->plan.depth] = swarm->now;
		caller->to_send += swarm->round.request;
	}
	if (send_more(swarm, caller, MSG_DONTWAIT) != 0)
		return -1;
	waits = caller->sent < caller->to_send;
	if (waits == caller->waits_to_send)
		return 0;
	caller->waits_to_send = waits;
	event.events = EPOLLIN | (waits ? EPOLLOUT : 0);
	event.data.ptr = caller;
	return epoll_ctl(swarm->epoll, EPOLL_CTL_MOD, caller->fd, &event);
}

static void
count(struct swarm *swarm, struct caller *caller)
{
	int64_t since;

	since = caller->since[caller->answered++ % swarm->plan.depth];
	warm(swarm, caller);
	swarm->score->requests++;
	histogram_add(&swarm->score->latency, swarm->now - since);
}

/* The part of a body that was received. Whether it is all there now. */
static int
eat(struct caller *caller, const uint8_t **bytes, size_t *len)
{
	size_t n = caller->body < *len ? (size_t)caller->body : *len;

	caller->body -= n;
	*bytes += n;
	*len -= n;
	return caller->body == 0;
}

/* Goes through what was received. 0, or -1 for a reply that is none. */
static int
digest(struct swarm *swarm, struct caller *caller, const uint8_t *bytes,
    size_t len)
{
	size_t head;
	int whole;

	if (caller->body > 0) {
		if (!eat(caller, &bytes, &len))
			return 0;
		count(swarm, caller);
	}
	while (len > 0) {
		if (caller->asked == caller->answered)
			return -1;
		whole = dialect_head(swarm->plan.dialect, bytes, len, &head,
		    &caller->body);
		if (whole < 0 || (whole == 0 && len > DIALECT_HEAD))
			return -1;
		if (whole == 0) {
			memcpy(caller->head, bytes, len);
			caller->head_len = len;
			return 0;
		}
		bytes += head;
		len -= head;
		if (eat(caller, &bytes, &len))
			count(swarm, caller);
	}
	return 0;
}

static int
receive(struct swarm *swarm, struct caller *caller, int flags)
{
	size_t kept = caller->head_len;
	ssize_t n;

	if (caller->body >= SWARM_DROP) {
		n = recv(caller->fd, swarm->buffer,
		    caller->body < SWARM_DROP_MAX ? caller->body :
						    SWARM_DROP_MAX,
		    MSG_TRUNC | flags);
	} else {
		memcpy(swarm->buffer, caller->head, kept);
		n = recv(caller->fd, swarm->buffer + kept, SWARM_BUFFER - kept,
		    flags);
	}
	if (n < 0)
		return errno == EAGAIN && flags != 0 ? 0 : -1;
	errno = kept == 0 && caller->body == 0 ? ECONNABORTED : EPROTO;
	if (n == 0)
		return -1;
	errno = EPROTO;
	swarm->now = clock_now();
	swarm->score->bytes += (uint64_t)n;
	if (caller->body >= SWARM_DROP) {
		caller->body -= (uint64_t)n;
		if (caller->body == 0)
			count(swarm, caller);
		return 0;
	}
	caller->head_len = 0;
	return digest(swarm, caller, swarm->buffer, kept + (size_t)n);
}

/* One request and its whole answer. 0, or -1 with errno. */
static int
exchange(struct swarm *swarm, struct caller *caller)
{
	uint64_t wanted = caller->answered + 1;

	swarm->now = clock_now();
	caller->since[caller->asked++ % swarm->plan.depth] = swarm->now;
	caller->to_send += swarm->round.request;
	if (send_more(swarm, caller, 0) != 0)
		return -1;
	while (caller->answered < wanted)
		if (receive(swarm, caller, 0) != 0)
			return -1;
	return 0;
}

static int
reconnect(struct swarm *swarm, struct caller *caller)
{
	(void)close(caller->fd);
	swarm->asked -= caller->asked - caller->answered;
	swarm->now = clock_now();
	return connect_caller(swarm, caller);
}

static void
serve_event(struct swarm *swarm, const struct epoll_event *event)
{
	struct caller *caller = event->data.ptr;

	int again = swarm->plan.reconnect;

	if ((event->events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0 &&
	    receive(swarm, caller, MSG_DONTWAIT) != 0) {
		/* lighttpd ends a connection after 65,535 requests. */
		again = errno == ECONNABORTED;
		if (!again) {
			lose(swarm, caller);
			return;
		}
	}
	if (again && caller->answered > 0 && reconnect(swarm, caller) != 0) {
		lose(swarm, caller);
		return;
	}
	if (ask(swarm, caller) != 0)
		lose(swarm, caller);
}

/* Answers what epoll(7) has to say, waiting for it until end: whether it had
 * anything to say. */
static int
serve_events(struct swarm *swarm, int64_t end)
{
	struct epoll_event events[SWARM_EVENTS];
	int i, n;

	n = epoll_wait(swarm->epoll, events, SWARM_EVENTS,
	    clock_poll_timeout(end));
	for (i = 0; i < n; i++)
		serve_event(swarm, &events[i]);
	return n != 0;
}

static void
begin(struct swarm *swarm, struct swarm_score *score)
{
	unsigned i;

	memset(score, 0, sizeof *score);
	swarm->score = score;
	swarm->now = clock_now();
	for (i = 0; i < swarm->plan.connections; i++)
		if (swarm->callers[i].fd >= 0 &&
		    ask(swarm, &swarm->callers[i]) != 0)
			lose(swarm, &swarm->callers[i]);
}

void
swarm_warm_up(struct swarm *swarm, struct swarm_score *score)
{
	int64_t end = clock_now() + SWARM_WARM_UP;
	unsigned i;

	for (i = 0; i < swarm->plan.connections; i++)
		swarm->callers[i].is_cold = swarm->callers[i].fd >= 0;
	swarm->cold = swarm->alive;
	begin(swarm, score);
	while (swarm->cold > 0 && clock_now() < end)
		(void)serve_events(swarm, end);
}

static int
goes_on(const struct swarm *swarm, int64_t end)
{
	if (swarm->alive == 0)
		return 0;
	if (swarm->plan.count > 0)
		return swarm->score->requests < swarm->plan.count;
	return clock_now() < end;
}

void
swarm_run(struct swarm *swarm, struct swarm_score *score)
{
	int64_t begun = clock_now(), end = begun + swarm->plan.time;

	begin(swarm, score);
	while (goes_on(swarm, end)) {
		if (swarm->plan.count > 0)
			end = clock_now() + SWARM_PATIENCE * CLOCK_SEC;
		if (serve_events(swarm, end) || swarm->plan.count == 0)
			continue;
		score->errors++;
		break;
	}
	score->time = clock_now() - begun;
	score->replies = (double)score->bytes / (double)swarm->reply_len;
}

void
swarm_ask_each(struct swarm *swarm, struct swarm_score *score)
{
	int64_t begun = clock_now();
	unsigned i;

	memset(score, 0, sizeof *score);
	swarm->score = score;
	for (i = 0; i < swarm->plan.connections; i++)
		if (exchange(swarm, &swarm->callers[i]) != 0)
			lose(swarm, &swarm->callers[i]);
	score->time = clock_now() - begun;
}

static int
prepare(struct swarm *swarm)
{
	const struct swarm_plan *plan = &swarm->plan;
	unsigned i;

	if (round_open(&swarm->round, plan->dialect, plan->name, plan->files,
		plan->depth) != 0)
		return -1;
	swarm->buffer = malloc(SWARM_BUFFER);
	swarm->callers = calloc(plan->connections, sizeof *swarm->callers);
	swarm->since = calloc((size_t)plan->connections * plan->depth,
	    sizeof *swarm->since);
	swarm->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (swarm->buffer == NULL || swarm->callers == NULL ||
	    swarm->since == NULL || swarm->epoll < 0)
		return -1;
	for (i = 0; i < plan->connections; i++) {
		swarm->callers[i].fd = -1;
		swarm->callers[i].since = swarm->since + i * plan->depth;
	}
	return 0;
}

struct swarm *
swarm_open(const struct swarm_plan *plan)
{
	struct swarm_score ignored;
	struct swarm *swarm;
	unsigned i;
	int saved;

	if (plan->connections == 0) {
		errno = EINVAL;
		return NULL;
	}
	swarm = calloc(1, sizeof *swarm);
	if (swarm == NULL)
		return NULL;
	memset(&ignored, 0, sizeof ignored);
	swarm->plan = *plan;
	swarm->alive = plan->connections;
	swarm->epoll = -1;
	swarm->score = &ignored;
	if (prepare(swarm) != 0)
		goto fail;
	for (i = 0; i < plan->connections; i++)
		if (connect_caller(swarm, &swarm->callers[i]) != 0 ||
		    exchange(swarm, &swarm->callers[i]) != 0)
			goto fail;
	swarm->reply_len = ignored.bytes / plan->connections;
	return swarm;
fail:
	saved = errno;
	swarm_close(swarm);
	errno = saved;
	return NULL;
}

void
swarm_close(struct swarm *swarm)
{
	unsigned i;

	if (swarm == NULL)
		return;
	for (i = 0; swarm->callers != NULL && i < swarm->plan.connections; i++)
		if (swarm->callers[i].fd >= 0)
			(void)close(swarm->callers[i].fd);
	if (swarm->epoll >= 0)
		(void)close(swarm->epoll);
	free(swarm->callers);
	free(swarm->since);
	round_close(&swarm->round);
	free(swarm->buffer);
	free(swarm);
}
