/* One thread sends requests and receives replies on all connections. */

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/bench/caller.h"
#include "tests/bench/round.h"
#include "tests/bench/swarm.h"

enum {
	SWARM_EVENTS = 256,
};

#define SWARM_WARM_UP CLOCK_SEC /* at most */

struct member {
	struct caller caller;
	bool waits_to_send;
	bool is_cold;	/* no reply since swarm_warm_up began */
	int64_t *since; /* start time of each request in flight */
};

struct swarm {
	struct swarm_plan plan;
	struct swarm_score *score;
	struct member *members;
	int64_t *since;
	struct round round;
	uint8_t *buffer;
	uint64_t reply_len; /* bytes */
	int64_t now;
	uint64_t asked; /* requests of all members */
	unsigned alive;
	unsigned cold; /* members without a reply */
	int epoll;
};

static int
open_member(struct swarm *swarm, struct member *member)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = member};

	member->waits_to_send = false;
	if (caller_open(&member->caller, &swarm->plan.address,
		swarm->plan.dialect, swarm->plan.encrypted, &swarm->round) != 0)
		return -1;
	if (epoll_ctl(swarm->epoll, EPOLL_CTL_ADD, member->caller.channel.fd,
		&event) == 0)
		return 0;
	caller_close(&member->caller);
	return -1;
}

static void
warm(struct swarm *swarm, struct member *member)
{
	swarm->cold -= member->is_cold ? 1 : 0;
	member->is_cold = false;
}

static void
lose_member(struct swarm *swarm, struct member *member)
{
	warm(swarm, member);
	swarm->score->errors++;
	swarm->alive--;
	caller_close(&member->caller);
}

static void
ask_one(struct swarm *swarm, struct member *member)
{
	member->since[member->caller.asked % swarm->plan.depth] = swarm->now;
	caller_ask(&member->caller);
}

/* Keeps depth requests in flight; waits for EPOLLOUT while the socket is
 * full. */
static int
ask_member(struct swarm *swarm, struct member *member)
{
	struct caller *caller = &member->caller;
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = member};
	bool waits;

	while (caller->asked - caller->answered < swarm->plan.depth &&
	    (swarm->plan.count == 0 || swarm->asked < swarm->plan.count)) {
		swarm->asked++;
		ask_one(swarm, member);
	}
	if (caller_send(caller, MSG_DONTWAIT) != 0)
		return -1;
	waits = caller->full;
	if (waits == member->waits_to_send)
		return 0;
	member->waits_to_send = waits;
	if (waits)
		event.events |= EPOLLOUT;
	return epoll_ctl(swarm->epoll, EPOLL_CTL_MOD, caller->channel.fd,
	    &event);
}

/* Returns 0, also if nothing has arrived, or -1 with errno set. */
static int
receive_member(struct swarm *swarm, struct member *member, int flags)
{
	uint64_t answered = member->caller.answered;
	int64_t since;
	ssize_t n;

	n = caller_receive(&member->caller, swarm->buffer, flags);
	if (n <= 0)
		return (int)n;
	swarm->now = clock_now();
	swarm->score->bytes += (uint64_t)n;
	while (answered < member->caller.answered) {
		since = member->since[answered++ % swarm->plan.depth];
		warm(swarm, member);
		swarm->score->requests++;
		histogram_add(&swarm->score->latency, swarm->now - since);
	}
	return 0;
}

/* Makes one request and receives its reply. Returns 0, or -1 with errno set. */
static int
exchange(struct swarm *swarm, struct member *member)
{
	uint64_t wanted = member->caller.answered + 1;

	swarm->now = clock_now();
	ask_one(swarm, member);
	if (caller_send(&member->caller, 0) != 0)
		return -1;
	while (member->caller.answered < wanted)
		if (receive_member(swarm, member, 0) != 0)
			return -1;
	return 0;
}

static int
reconnect(struct swarm *swarm, struct member *member)
{
	caller_close(&member->caller);
	swarm->asked -= member->caller.asked - member->caller.answered;
	swarm->now = clock_now();
	return open_member(swarm, member);
}

static void
serve_event(struct swarm *swarm, const struct epoll_event *event)
{
	struct member *member = event->data.ptr;
	bool ended = false, has_answers;

	if ((event->events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
		ended = receive_member(swarm, member, MSG_DONTWAIT) != 0;
	has_answers = member->caller.answered > 0;
	/* lighttpd ends a connection after 65,535 requests. An end before the
	 * first reply is an error. */
	if (ended && (errno != ECONNABORTED || !has_answers)) {
		lose_member(swarm, member);
		return;
	}
	if ((ended || (swarm->plan.reconnect && has_answers)) &&
	    reconnect(swarm, member) != 0) {
		lose_member(swarm, member);
		return;
	}
	if (ask_member(swarm, member) != 0)
		lose_member(swarm, member);
}

/* Handles epoll(7) events, waiting until end. Returns whether there were
 * any. */
static bool
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
begin_score(struct swarm *swarm, struct swarm_score *score)
{
	unsigned i;

	memset(score, 0, sizeof *score);
	swarm->score = score;
	swarm->now = clock_now();
	for (i = 0; i < swarm->plan.connections; i++)
		if (swarm->members[i].caller.channel.fd >= 0 &&
		    ask_member(swarm, &swarm->members[i]) != 0)
			lose_member(swarm, &swarm->members[i]);
}

void
swarm_warm_up(struct swarm *swarm, struct swarm_score *score)
{
	int64_t end = clock_now() + SWARM_WARM_UP;
	unsigned i;

	for (i = 0; i < swarm->plan.connections; i++)
		swarm->members[i].is_cold =
		    swarm->members[i].caller.channel.fd >= 0;
	swarm->cold = swarm->alive;
	begin_score(swarm, score);
	while (swarm->cold > 0 && clock_now() < end)
		(void)serve_events(swarm, end);
}

static bool
goes_on(const struct swarm *swarm, int64_t end)
{
	if (swarm->alive == 0)
		return false;
	if (swarm->plan.count > 0)
		return swarm->score->requests < swarm->plan.count;
	return clock_now() < end;
}

void
swarm_run(struct swarm *swarm, struct swarm_score *score)
{
	int64_t begun = clock_now(), end = begun + swarm->plan.time;

	begin_score(swarm, score);
	while (goes_on(swarm, end)) {
		if (swarm->plan.count > 0)
			end = clock_now() + CALLER_PATIENCE * CLOCK_SEC;
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
		if (exchange(swarm, &swarm->members[i]) != 0)
			lose_member(swarm, &swarm->members[i]);
	score->time = clock_now() - begun;
}

static int
prepare_swarm(struct swarm *swarm)
{
	const struct swarm_plan *plan = &swarm->plan;
	unsigned i;

	if (round_open(&swarm->round, plan->dialect, plan->name, plan->files,
		plan->depth) != 0)
		return -1;
	swarm->buffer = malloc(CALLER_BUFFER);
	swarm->members = calloc(plan->connections, sizeof *swarm->members);
	swarm->since = calloc((size_t)plan->connections * plan->depth,
	    sizeof *swarm->since);
	swarm->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (swarm->buffer == NULL || swarm->members == NULL ||
	    swarm->since == NULL || swarm->epoll < 0)
		return -1;
	for (i = 0; i < plan->connections; i++) {
		swarm->members[i].caller.channel.fd = -1;
		swarm->members[i].since = swarm->since + i * plan->depth;
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
	if (prepare_swarm(swarm) != 0)
		goto fail;
	for (i = 0; i < plan->connections; i++)
		if (open_member(swarm, &swarm->members[i]) != 0 ||
		    exchange(swarm, &swarm->members[i]) != 0)
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
	for (i = 0; swarm->members != NULL && i < swarm->plan.connections; i++)
		caller_close(&swarm->members[i].caller);
	if (swarm->epoll >= 0)
		(void)close(swarm->epoll);
	free(swarm->members);
	free(swarm->since);
	round_close(&swarm->round);
	free(swarm->buffer);
	free(swarm);
}
