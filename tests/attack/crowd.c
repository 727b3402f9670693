/*
 * One epoll descriptor for all connections. The events a connection waits for
 * are passed to epoll when they change; timed actions are due every 20 ms.
 */

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/attack/crowd.h"
#include "tests/attack/dial.h"
#include "tests/attack/saying.h"

enum {
	CROWD_BUFFER = 256 * 1024, /* bytes received at once */
	CROWD_EVENTS = 256,
	CROWD_TICK = 20,	/* ms */
	CROWD_SOURCE = 1 << 16, /* 127.1.0.1 */
};

struct member {
	int fd; /* -1 if there is no connection */
	bool connected;
	bool shut;  /* the server has shut its sending side */
	bool ended; /* and everything it sent was received */
	uint32_t events;
	uint64_t number;

	struct saying saying;
	int64_t later_due, take_due;

	struct replies replies;
	uint64_t got; /* bytes */
};

struct crowd {
	struct crowd_plan plan;
	struct crowd_score score;
	struct member *members;
	uint8_t *buffer;
	unsigned alive;
	int epoll;
};

/* Returns the source address of this member (host byte order); 0: any. */
static uint32_t
member_address(const struct crowd *crowd, const struct member *member)
{
	unsigned each = crowd->plan.each;

	if (each == 0)
		return 0;
	return DIAL_FROM(CROWD_SOURCE) +
	    (uint32_t)(member - crowd->members) / each;
}

/* Starts the next connection of this member, unless the plan's total is
 * reached. */
static void
connect_member(struct crowd *crowd, struct member *member)
{
	struct epoll_event event = {.events = EPOLLOUT | EPOLLRDHUP,
	    .data.ptr = member};

	member->fd = -1;
	if (crowd->score.made >= crowd->plan.total)
		return;
	*member = (struct member){.number = crowd->score.made++};
	saying_begin(&member->saying, &crowd->plan, member->number);
	member->events = event.events;
	member->fd = dial(&(struct dial){.port = crowd->plan.port,
	    .from = member_address(crowd, member),
	    .receive_buffer = crowd->plan.receive_buffer});
	if (member->fd >= 0 &&
	    epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, member->fd, &event) == 0) {
		crowd->alive++;
		return;
	}
	crowd->score.failed++;
	if (member->fd >= 0)
		close(member->fd);
	member->fd = -1;
	saying_end(&member->saying);
}

static void
close_member(struct crowd *crowd, struct member *member, bool reset)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	if (reset)
		(void)setsockopt(member->fd, SOL_SOCKET, SO_LINGER, &linger,
		    sizeof(linger));
	close(member->fd);
	saying_end(&member->saying);
	crowd->alive--;
	connect_member(crowd, member);
}

/* Counts a connection that the server ended. code: an errno, or 0 if it closed
 * its side. */
static void
count_end(struct crowd *crowd, const struct member *member, int code)
{
	if (!member->connected)
		crowd->score.failed++;
	else if (replies_under_way(&member->replies))
		crowd->score.cut++;
	else if (code != 0)
		crowd->score.reset++;
	else
		crowd->score.ended++;
}

static void
lose_member(struct crowd *crowd, struct member *member, int code)
{
	if (!member->ended)
		count_end(crowd, member, code);
	close_member(crowd, member, false);
}

/* Handles the end of the server's side. Returns false if the member has closed
 * its side too. */
static bool
handle_peer_end(struct crowd *crowd, struct member *member)
{
	if (!crowd->plan.clings) {
		lose_member(crowd, member, 0);
		return false;
	}
	if (!member->ended)
		count_end(crowd, member, 0);
	member->ended = true;
	return true;
}

/* Closes the connection if it has all that the plan wants. Returns whether it
 * did. */
static bool
leave_when_done(struct crowd *crowd, struct member *member)
{
	const struct crowd_plan *plan = &crowd->plan;
	bool aborts = plan->abort_each > 0 &&
	    member->number % plan->abort_each == 0 &&
	    member->got >= plan->abort_after;

	if (!aborts &&
	    (plan->replies == 0 || member->replies.done < plan->replies))
		return false;
	crowd->score.left++;
	close_member(crowd, member, aborts && !plan->gently);
	return true;
}

/* Receives up to most bytes of those that have arrived. Returns false once the
 * connection is gone. */
static bool
receive_some(struct crowd *crowd, struct member *member, size_t most)
{
	ssize_t n;

	while (most > 0) {
		n = recv(member->fd, crowd->buffer,
		    most < CROWD_BUFFER ? most : CROWD_BUFFER, MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n == 0)
			return handle_peer_end(crowd, member);
		if (n < 0) {
			lose_member(crowd, member, errno);
			return false;
		}
		crowd->score.bytes += (uint64_t)n;
		member->got += (uint64_t)n;
		most -= (size_t)n;
		replies_take(&member->replies, crowd->buffer, (size_t)n,
		    crowd->plan.body, crowd->plan.body_len,
		    &crowd->score.replies);
		if (leave_when_done(crowd, member))
			return false;
	}
	return true;
}

/* Passes the events that the member waits for to epoll, if they changed. */
static void
watch_member(struct crowd *crowd, struct member *member)
{
	struct epoll_event event = {.events = 0, .data.ptr = member};

	if (!member->shut)
		event.events |= EPOLLRDHUP;
	if (!member->connected || !saying_is_over(&member->saying))
		event.events |= EPOLLOUT;
	if (!crowd->plan.deaf && crowd->plan.take_every == 0 && !member->ended)
		event.events |= EPOLLIN;
	if (event.events == member->events)
		return;
	member->events = event.events;
	(void)epoll_ctl(crowd->epoll, EPOLL_CTL_MOD, member->fd, &event);
}

static void
connected(struct crowd *crowd, struct member *member)
{
	const struct crowd_plan *plan = &crowd->plan;
	int64_t now = clock_now();

	member->connected = true;
	crowd->score.connected++;
	member->later_due =
	    plan->later_after > 0 ? now + plan->later_after : CLOCK_NEVER;
	member->take_due = now + plan->take_every;
}

static void
serve_member(struct crowd *crowd, struct member *member, uint32_t events)
{
	if ((events & EPOLLOUT) != 0 && (events & EPOLLERR) == 0) {
		if (!member->connected)
			connected(crowd, member);
		if (saying_go_on(&member->saying, member->fd,
			&crowd->score.sent) &&
		    leave_when_done(crowd, member))
			return;
	}
	if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
		if (receive_some(crowd, member, SIZE_MAX))
			lose_member(crowd, member, ECONNRESET);
		return;
	}
	if ((events & EPOLLRDHUP) != 0) {
		member->shut = true;
		if (crowd->plan.deaf && !receive_some(crowd, member, SIZE_MAX))
			return;
	}
	if ((events & EPOLLIN) != 0 &&
	    !receive_some(crowd, member, CROWD_BUFFER))
		return;
	watch_member(crowd, member);
}

/* Performs the timed actions of all members. */
static void
run_timers(struct crowd *crowd)
{
	const struct crowd_plan *plan = &crowd->plan;
	int64_t now = clock_now();
	struct member *member;
	unsigned i;

	for (i = 0; i < plan->n; i++) {
		member = &crowd->members[i];
		if (member->fd < 0 || !member->connected)
			continue;
		if (now >= member->later_due) {
			saying_later(&member->saying, plan, member->fd,
			    &crowd->score.sent);
			member->later_due = plan->later_every > 0 ?
			    member->later_due + plan->later_every :
			    CLOCK_NEVER;
		}
		if (plan->take_every > 0 && now >= member->take_due) {
			member->take_due += plan->take_every;
			(void)receive_some(crowd, member, plan->take);
		}
	}
}

bool
crowd_run(struct crowd *crowd, int64_t deadline, bool (*done)(void *),
    void *argument)
{
	struct epoll_event events[CROWD_EVENTS];
	int64_t next = 0;
	int i, n;

	while (crowd->alive > 0) {
		if (clock_now() >= next) {
			run_timers(crowd);
			if (done != NULL && done(argument))
				return true;
			next = clock_now() + CROWD_TICK * CLOCK_MS;
		}
		n = epoll_wait(crowd->epoll, events, CROWD_EVENTS,
		    clock_poll_timeout(next < deadline ? next : deadline));
		for (i = 0; i < n; i++)
			serve_member(crowd, events[i].data.ptr,
			    events[i].events);
		if (crowd->alive > 0 && clock_now() >= deadline)
			return false;
	}
	return true;
}

void
crowd_say(struct crowd *crowd, unsigned first, unsigned n, const void *bytes,
    size_t len)
{
	struct member *member;
	unsigned i;

	for (i = first; i < first + n && i < crowd->plan.n; i++) {
		member = &crowd->members[i];
		if (member->fd >= 0 && member->connected &&
		    send(member->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
			(ssize_t)len)
			crowd->score.sent += len;
	}
}

void
crowd_listen(struct crowd *crowd)
{
	unsigned i;

	crowd->plan.deaf = false;
	crowd->plan.take_every = 0;
	for (i = 0; i < crowd->plan.n; i++)
		if (crowd->members[i].fd >= 0)
			watch_member(crowd, &crowd->members[i]);
}

struct crowd *
crowd_open(const struct crowd_plan *plan)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));
	unsigned i;

	ck_assert_ptr_nonnull(crowd);
	crowd->plan = *plan;
	if (crowd->plan.total == 0)
		crowd->plan.total = plan->n;
	crowd->members = calloc(plan->n, sizeof(*crowd->members));
	crowd->buffer = malloc(CROWD_BUFFER);
	crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
	ck_assert(crowd->members != NULL && crowd->buffer != NULL &&
	    crowd->epoll >= 0);
	for (i = 0; i < plan->n; i++)
		connect_member(crowd, &crowd->members[i]);
	return crowd;
}

void
crowd_close(struct crowd *crowd)
{
	unsigned i;

	crowd->plan.total = 0;
	for (i = 0; i < crowd->plan.n; i++)
		if (crowd->members[i].fd >= 0)
			close_member(crowd, &crowd->members[i], true);
	close(crowd->epoll);
	free(crowd->members);
	free(crowd->buffer);
	free(crowd);
}

const struct crowd_score *
crowd_score(const struct crowd *crowd)
{
	return &crowd->score;
}

unsigned
crowd_alive(const struct crowd *crowd)
{
	return crowd->alive;
}
