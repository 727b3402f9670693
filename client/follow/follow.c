/*
 * Sends one request after another over one connection: at once while there are
 * new bytes, else a second apart. follow/tail.c chooses the requests and acts
 * on the replies. Runs in the main thread.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "client/follow/follow.h"
#include "client/follow/tail.h"
#include "client/ui/interrupt.h"
#include "client/ui/stdout_writer.h"
#include "client/wire/connection.h"
#include "common/clock.h"

#define FOLLOW_PAUSE CLOCK_SEC	     /* after a request without news */
#define FOLLOW_LOOK  (20 * CLOCK_MS) /* after poll(2) has failed */

enum {
	/* OUTCOME_AGAIN in a row without a pause: a server could cause them
	 * endlessly. */
	FOLLOW_AGAIN = 4,
};

struct follow {
	const struct follow_settings *settings;
	struct report *report;
	const char *name;
	struct connection connection;
	struct tail tail;
	bool answered;	 /* the server has replied on this connection */
	int again;	 /* OUTCOME_AGAIN in a row */
	int64_t due;	 /* time of the next request, by clock_now */
	int64_t give_up; /* end of the wait for the name; 0: not begun */
	struct failure failure;
};

/*
 * Opens the file of -o, emptied. A symbolic link is not followed, since another
 * user may have planted it; a pipe or device must be ours or root's for the
 * same reason. A pipe of ours waits for a reader. Returns -1 with errno; ENXIO
 * if it is another user's.
 */
static int
open_output(const char *path)
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

int
follow_redirect(const struct follow_settings *settings, const char *name,
    struct report *report)
{
	const char *path = settings->output;
	int fd;

	if (path == NULL || strcmp(path, "-") == 0)
		return 0;
	fd = open_output(path);
	if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0) {
		if (fd != STDOUT_FILENO)
			close(fd);
		return 0;
	}
	report_error(report, name, EXIT_LOCAL, "cannot write to %s here: %s",
	    path,
	    errno == ELOOP ? "it is a symbolic link, which -o does not follow; "
			     "-o - writes to standard output" :
		errno == ENXIO ? "it is another user's pipe or device" :
				 strerror(errno));
	return -1;
}

/* Waits until the next request is due. poll(2) also reports a pipe of standard
 * output whose reader has gone. Returns 0, or -1 with the failure set. */
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
		if (ready > 0 && fds[1].revents != 0) {
			errno = EPIPE;
			return stdout_writer_fail(&follow->failure);
		}
	} while (clock_now() < follow->due);
	return 0;
}

/* The name does not exist. Returns 0 to wait, or -1 with the failure set. */
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
	/* Ask once more at the end of the wait. */
	if (follow->due > follow->give_up)
		follow->due = follow->give_up;
	return 0;
}

/* Closes a broken connection. One that was idle does not count as a try. */
static void
end_connection(struct follow *follow, enum outcome outcome)
{
	const struct failure *why = &follow->tail.failure;

	if (outcome == OUTCOME_CLOSED && follow->answered)
		connection_close(&follow->connection);
	else
		connection_lost(&follow->connection, why->code, why->text);
	follow->answered = false;
}

/* Sends a request, receives the reply and waits until the next request is due.
 * Returns 0, or -1 with the failure set. */
static int
run_step(struct follow *follow)
{
	enum outcome outcome;

	if (connection_connect(&follow->connection) != 0) {
		follow->failure = follow->connection.failure;
		return -1;
	}
	outcome = tail_step(&follow->tail, &follow->connection);
	if (outcome == OUTCOME_FATAL &&
	    connection_leave(&follow->connection, &follow->tail.failure)) {
		follow->answered = false;
		return 0;
	}
	if (outcome == OUTCOME_FATAL) {
		follow->failure = follow->tail.failure;
		return -1;
	}
	if (outcome != OUTCOME_MORE)
		follow->due = clock_now() + FOLLOW_PAUSE;
	if (outcome == OUTCOME_CLOSED || outcome == OUTCOME_LOST) {
		end_connection(follow, outcome);
		return 0;
	}
	follow->answered = true;
	connection_answered(&follow->connection);
	if (outcome == OUTCOME_AGAIN && follow->again++ < FOLLOW_AGAIN)
		return 0;
	follow->again = 0;
	if (outcome != OUTCOME_AGAIN)
		connection_delivered(&follow->connection);
	if (outcome == OUTCOME_NOT_YET && wait_for_name(follow) != 0)
		return -1;
	return wait_until_due(follow);
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
		while (run_step(&follow) == 0)
			continue;
	/* An interrupt is the normal end. */
	if (follow.failure.code != EXIT_INTERRUPTED)
		report_failure(report, follow.name, &follow.failure,
		    follow.failure.code == EXIT_NOT_FOUND &&
			    settings->wait == 0 ?
			"--wait S waits for it" :
			report_server_hint(report, &follow.failure));
	connection_close(&follow.connection);
	tail_close(&follow.tail);
}
