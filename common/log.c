/*
 * A line is put together in memory and leaves in one write(2), which the
 * kernel does not interleave with another for a file, a pipe (up to PIPE_BUF)
 * or a terminal, and which does not wait for a reader that has stopped (a
 * terminal is opened anew for that, without blocking: poll(2) says that it
 * takes something, not how much). The memory is one line for all threads, under
 * a lock: a buffer on each thread's stack would stay with every idle
 * connection. What does not fit a line is cut.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"

enum {
	LOG_LINE = 2048, /* bytes; below PIPE_BUF (4096) */
	LOG_NAME = 1024, /* bytes of a name, escaped, that are shown */
	LOG_MESSAGE = 512,
	LOG_TIME = 32,
	LOG_PATIENCE = 100, /* ms that a stopped reader is given */
};

/* Set once by log_open, before there are threads. */
static enum log_level max_level = LOG_LEVEL_REQUESTS;
static enum log_format format = LOG_FORMAT_TEXT;
static int log_fd = STDERR_FILENO;

/* lock guards line, message, lost and cut. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char line[LOG_LINE];
static char message[LOG_MESSAGE];
static unsigned lost; /* lines, since the last that was written */
static bool cut;      /* the last one was written in part */

void
log_open(enum log_level level, enum log_format log_format)
{
	int fd = -1;

	max_level = level;
	format = log_format;
	if (isatty(STDERR_FILENO) == 1)
		fd = open("/proc/self/fd/2",
		    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	log_fd = fd < 0 ? STDERR_FILENO : fd;
}

bool
log_wants(enum log_level level)
{
	return level <= max_level;
}

/* 2026-11-20T18:38:54.123Z: RFC 3339, in UTC. */
static void
print_time(char text[LOG_TIME])
{
	struct timespec now;
	struct tm tm;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(text, LOG_TIME, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, LOG_TIME - len, ".%03ldZ",
	    now.tv_nsec / (long)CLOCK_MS);
}

/*
 * Whether standard error takes a line now. A reader that has stopped is given
 * a moment once; from then on lines are lost, and counted, until it goes on:
 * the log must not hold the server up.
 */
static bool
is_writable(void)
{
	struct pollfd fd = {.fd = log_fd, .events = POLLOUT};

	return poll(&fd, 1, lost == 0 ? LOG_PATIENCE : 0) != 0;
}

/* Under the lock. len is what snprintf returned: too much where it cut. */
static void
write_line(int len)
{
	ssize_t written;

	if (len < 0)
		return;
	if (!is_writable()) {
		lost++;
		return;
	}
	if (lost > 0)
		dprintf(log_fd,
		    format == LOG_FORMAT_JSON ?
			"%s{\"event\":\"lost\",\"lines\":%u}\n" :
			"%s%u lines of the log were lost\n",
		    cut ? "\n" : "", lost);
	lost = 0;
	if (len > LOG_LINE - 2)
		len = LOG_LINE - 2;
	line[len] = '\n';
	/* Nobody could be told that the log cannot be written. */
	written = write(log_fd, line, (size_t)len + 1);
	cut = written >= 0 && written <= len;
	lost += cut || (written < 0 && errno == EAGAIN);
}

static int
print_event_json(enum log_level level, const char *peer, uint64_t connection,
    const char *time)
{
	int len;

	len = snprintf(line, LOG_LINE - LOG_NAME,
	    "{\"time\":\"%s\",\"event\":\"%s\",\"peer\":\"%s\","
	    "\"connection\":%" PRIu64 ",\"message\":",
	    time,
	    level == LOG_LEVEL_PROBLEMS ? "problem" :
		peer == NULL		? "server" :
					  "connection",
	    peer == NULL ? "" : peer, connection);
	len += (int)text_json(line + len, LOG_NAME, message, strlen(message));
	line[len++] = '}';
	return len;
}

static int
print_event_text(const char *peer, uint64_t connection, const char *time)
{
	int len;

	if (peer == NULL)
		len = snprintf(line, LOG_LINE - LOG_NAME, "%s ", time);
	else
		len = snprintf(line, LOG_LINE - LOG_NAME, "%s %s #%" PRIu64 " ",
		    time, peer, connection);
	text_escape(line + len, LOG_NAME, message, strlen(message));
	return len + (int)strlen(line + len);
}

void
log_event(enum log_level level, const char *peer, uint64_t connection,
    const char *text, ...)
{
	char time[LOG_TIME];
	int saved = errno;
	va_list ap;

	if (!log_wants(level))
		return;
	print_time(time);
	pthread_mutex_lock(&lock);
	va_start(ap, text);
	vsnprintf(message, sizeof(message), text, ap);
	va_end(ap);
	write_line(format == LOG_FORMAT_JSON ?
		print_event_json(level, peer, connection, time) :
		print_event_text(peer, connection, time));
	pthread_mutex_unlock(&lock);
	errno = saved;
}

/* Milliseconds with three places: printf's own way needs far more stack. */
static void
print_elapsed(int64_t elapsed, char text[LOG_TIME])
{
	snprintf(text, LOG_TIME, "%" PRId64 ".%03d", elapsed / CLOCK_MS,
	    (int)(elapsed % CLOCK_MS / 1000));
}

/*
 * The line's head, then the name, escaped where it will stand, then the tail.
 * What follows the name has LOG_LINE - LOG_NAME bytes at the least.
 */
static int
print_request_json(const struct log_request *r, const char *time)
{
	char elapsed[LOG_TIME];
	int len;

	print_elapsed(r->elapsed, elapsed);
	len = snprintf(line, LOG_LINE - LOG_NAME,
	    "{\"time\":\"%s\",\"event\":\"request\",\"peer\":\"%s\","
	    "\"connection\":%" PRIu64 ",\"request\":%" PRIu64 ","
	    "\"verb\":\"%s\",\"name\":",
	    time, r->peer, r->connection, r->request, r->verb);
	len += (int)text_json(line + len, LOG_NAME, r->name, r->name_len);
	len += snprintf(line + len, (size_t)(LOG_LINE - len),
	    ",\"status\":\"%s\",\"sent\":%" PRIu64 ",\"announced\":%" PRIu64
	    ",\"ms\":%s,\"complete\":%s%s%s%s}",
	    r->status, r->sent, r->announced, elapsed,
	    r->aborted == NULL ? "true" : "false",
	    r->aborted == NULL ? "" : ",\"aborted\":\"",
	    r->aborted == NULL ? "" : r->aborted,
	    r->aborted == NULL ? "" : "\"");
	return len;
}

static int
print_request_text(const struct log_request *r, const char *time)
{
	char elapsed[LOG_TIME];
	int len;

	print_elapsed(r->elapsed, elapsed);
	len = snprintf(line, LOG_LINE - LOG_NAME,
	    "%s %s #%" PRIu64 ".%" PRIu64 " %s ", time, r->peer, r->connection,
	    r->request, r->verb);
	if (r->name_len > 0)
		text_escape_word(line + len, LOG_NAME, r->name, r->name_len);
	else
		strlcpy(line + len, "-", LOG_NAME);
	len += (int)strlen(line + len);
	len += snprintf(line + len, (size_t)(LOG_LINE - len),
	    " %s %" PRIu64 "/%" PRIu64 " %sms%s%s", r->status, r->sent,
	    r->announced, elapsed, r->aborted == NULL ? "" : " ABORTED: ",
	    r->aborted == NULL ? "" : r->aborted);
	return len;
}

void
log_request(const struct log_request *request)
{
	char time[LOG_TIME];
	int saved = errno;

	if (!log_wants(LOG_LEVEL_REQUESTS))
		return;
	print_time(time);
	pthread_mutex_lock(&lock);
	write_line(format == LOG_FORMAT_JSON ?
		print_request_json(request, time) :
		print_request_text(request, time));
	pthread_mutex_unlock(&lock);
	errno = saved;
}
