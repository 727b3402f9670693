/*
 * One request at a time, over one connection that is kept: at once while
 * there is more to be had, otherwise a second apart. What is to be asked, and
 * what a reply means, is follow/tail.c's.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "client/follow/follow.h"
#include "client/ui/interrupt.h"
#include "client/wire/connection.h"
#include "client/follow/tail.h"
#include "common/clock.h"

#define FOLLOW_PAUSE CLOCK_SEC	     /* between requests that bring nothing */
#define FOLLOW_LOOK  (20 * CLOCK_MS) /* where poll(2) itself fails */

enum {
	/* So often in a row something else is asked first, at once; not for as
	 * long as a server says so. */
	FOLLOW_AGAIN = 4,
};

struct follow {
	const struct follow_settings *settings;
	struct report *report;
	const char *name;
	struct connection connection;
	struct tail tail;
	bool answered;	 /* on this connection */
	int again;	 /* so often in a row it was asked at once */
	int64_t due;	 /* the next request, on clock_now's clock */
	int64_t give_up; /* waiting for the name, the same; 0: has not
			    begun */
	struct failure failure;
};

/*
 * Opens the file of -o. A link is not followed: somebody else may have put it
 * there. A pipe or device has to be ours or root's for the same reason; a pipe
 * of ours waits for a reader. -1 with errno, ENXIO for what is another's.
 */
static int
open_target(const char *path)
{
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, fd;
	struct stat stat;

	if (lstat(path, &stat) == 0 && S_ISFIFO(stat.st_mode) &&
	    stat.st_uid == geteuid())
		return open(path, flags & ~O_CREAT);
	fd = open(path, flags | O_NONBLOCK | O_NOCTTY, 0666);
	if (fd < 0)
		return -1;
	if (fstat(fd, &stat) == 0 &&
	    (S_ISREG(stat.st_mode) ?
		    ftruncate(fd, 0) == 0 :
		    stat.st_uid == geteuid() || stat.st_uid == 0) &&
	    fcntl(fd, F_SETFL, O_APPEND) == 0)
		return fd;
	if (!S_ISREG(stat.st_mode))
		errno = ENXIO;
	close(fd);
	return -1;
}

/* The file of -o takes the place of standard output, as from a shell. */
static int
redirect(struct follow *follow)
{
	const char *path = follow->settings->output;
	int fd = -1, result = -1;

	if (path == NULL || strcmp(path, "-") == 0)
		return 0;
	fd = open_target(path);
	if (fd >= 0)
		result = dup2(fd, STDOUT_FILENO);
	if (result < 0)
		failure_set(&follow->failure, EXIT_LOCAL,
		    "cannot write to %s here: %s", path,
		    errno == ELOOP ?
			"it is a link, and not followed; -o - writes to "
			"standard output" :
			errno == ENXIO ?
			"it is somebody else's pipe or device" :
			strerror(errno));
	if (fd >= 0 && fd != STDOUT_FILENO)
		close(fd);
	return result < 0 ? -1 : 0;
}

int
follow_redirect(const struct follow_settings *settings, const char *name,
    struct report *report)
{
	struct follow follow = {.settings = settings};

	if (redirect(&follow) == 0)
		return 0;
	report_failure(report, name, &follow.failure, NULL);
	return -1;
}

/*
 * Waits until the next request is due. Whoever reads from us may leave while
 * there is nothing to be written: a pipe without a reader shows as an error
 * (poll(2)). 0, or -1 with the failure set.
 */
static int
wait_until_due(struct follow *follow)
{
	struct pollfd fds[2] = {{.fd = interrupt_fd(), .events = POLLIN},
	    {.fd = STDOUT_FILENO}};
	int ready;

	do {
		ready = poll(fds, 2, clock_poll_timeout(follow->due));
		if (ready < 0 && errno != EINTR)
			clock_sleep(FOLLOW_LOOK);
		if (interrupt_pending())
			return failure_set(&follow->failure, EXIT_INTERRUPTED,
			    "interrupted");
		if (ready > 0 && fds[1].revents != 0)
			return failure_set(&follow->failure, EXIT_LOCAL,
			    "cannot write: the reader has gone");
	} while (clock_now() < follow->due);
	return 0;
}

/* There is no such name. 0 if it is waited for, or -1. */
static int
wait_for_name(struct follow *follow)
{
	int64_t now = clock_now();

	if (follow->tail.rotation.begun)
		return 0;
	if (follow->give_up == 0) {
		follow->give_up = now + follow->settings->wait;
		if (follow->settings->wait > 0)
			report_note(follow->report,
			    "%s: not there yet; waiting up to %" PRId64 " s",
			    follow->name, follow->settings->wait / CLOCK_SEC);
	}
	if (now >= follow->give_up) {
		follow->failure = follow->tail.failure;
		return -1;
	}
	/* The last time that it is asked for is when the time is over. */
	if (follow->due > follow->give_up)
		follow->due = follow->give_up;
	return 0;
}

/* The connection is of no use any more. A server may end one on which nothing
 * was asked for a while; that needs no patience. */
static void
reconnect(struct follow *follow, enum outcome outcome)
{
	const struct failure *why = &follow->tail.failure;

	if (outcome == OUTCOME_CLOSED && follow->answered)
		connection_close(&follow->connection);
	else
		connection_lost(&follow->connection, why->code, why->text);
	follow->answered = false;
}

/* One request and its reply, and when the next is due: 0, or -1 with the
 * failure set. */
static int
step(struct follow *follow)
{
	enum outcome outcome;

	if (connection_connect(&follow->connection) != 0) {
		follow->failure = follow->connection.failure;
		return -1;
	}
	outcome = tail_step(&follow->tail, &follow->connection);
	if (outcome == OUTCOME_FATAL) {
		follow->failure = follow->tail.failure;
		return -1;
	}
	if (outcome != OUTCOME_MORE)
		follow->due = clock_now() + FOLLOW_PAUSE;
	if (outcome == OUTCOME_CLOSED || outcome == OUTCOME_LOST) {
		reconnect(follow, outcome);
		return 0;
	}
	follow->answered = true;
	connection_answered(&follow->connection);
	if (outcome == OUTCOME_AGAIN && follow->again++ < FOLLOW_AGAIN)
		return 0;
	follow->again = 0;
	if (outcome != OUTCOME_AGAIN)
		connection_delivered(&follow->connection);
	if (outcome == OUTCOME_ABSENT && wait_for_name(follow) != 0)
		return -1;
	return wait_until_due(follow);
}

static const char *
hint(const struct follow *follow)
{
	if (follow->failure.code == EXIT_NOT_FOUND &&
	    follow->settings->wait == 0)
		return "--wait S waits for it";
	return report_server_hint(follow->report, &follow->failure);
}

void
follow_run(const struct follow_settings *settings, const char *name,
    struct report *report, struct rate *rate)
{
	struct follow follow = {
	    .settings = settings,
	    .report = report,
	    .name = name,
	};

	connection_open(&follow.connection, &settings->connection, report,
	    rate);
	tail_open(&follow.tail, settings, report, name);
	if (failure_check_name(&follow.failure, name, strlen(name)) == 0)
		while (step(&follow) == 0)
			continue;
	/* An interruption is how this is meant to end. */
	if (follow.failure.code != EXIT_INTERRUPTED)
		report_failure(report, follow.name, &follow.failure,
		    hint(&follow));
	connection_close(&follow.connection);
	tail_close(&follow.tail);
}
