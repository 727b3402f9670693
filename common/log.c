/*
 * A line is put together in memory and leaves in one write(2), which the
 * kernel does not interleave with another for a file, a pipe (up to PIPE_BUF)
 * or a terminal. The write never waits for a reader that has stopped: a pipe
 * and a terminal are opened anew without blocking, a socket is sent to without
 * blocking. The memory is one line for all threads, under a lock: a buffer on
 * each thread's stack would stay with every idle connection. What does not fit
 * a line is cut.
 *
 * A line of which nothing was written is lost and counted, whatever the reason.
 * One that was written in part is completed before anything else is. The next
 * line that can be written is preceded by the count of those lost.
 */

#include <sys/socket.h>
#include <sys/stat.h>

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
	LOG_REPORT = 128,   /* of lost lines */
	LOG_PATIENCE = 100, /* ms that a stopped reader is given */
};

/* At least so long between two waits for a reader that has stopped. */
#define LOG_IMPATIENCE CLOCK_SEC

/* Set once by log_open, before there are threads. */
static enum log_level max_level = LOG_LEVEL_REQUESTS;
static enum log_format format = LOG_FORMAT_TEXT;
static int log_fd = STDERR_FILENO;
static bool is_socket;
static bool may_block; /* a write to log_fd */

/* lock guards all of these. rest is what is missing of a line that was written
 * in part, cut_size the size of the log after that. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char line[LOG_LINE];
static char message[LOG_MESSAGE];
static char rest[LOG_LINE];
static size_t rest_len;
static off_t cut_size;
static unsigned lost;	      /* lines, since the last that was written */
static int64_t patient_again; /* time from which a reader is waited for */

void
log_open(enum log_level level, enum log_format log_format)
{
	struct stat stat = {0};
	int fd = -1;

	max_level = level;
	format = log_format;
	(void)fstat(STDERR_FILENO, &stat);
	is_socket = S_ISSOCK(stat.st_mode);
	may_block = S_ISFIFO(stat.st_mode) || isatty(STDERR_FILENO) == 1;
	if (may_block)
		fd = open("/proc/self/fd/2",
		    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	may_block = may_block && fd < 0;
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
 * Returns whether standard error takes something now. A reader that has stopped
 * is waited for once, at most every second; lines are lost until it goes on:
 * the log must not hold the server up.
 */
static bool
is_writable(void)
{
	struct pollfd fd = {.fd = log_fd, .events = POLLOUT};
	int64_t now;
	bool ready;

	if (poll(&fd, 1, 0) != 0)
		return true;
	now = clock_now();
	if (lost > 0 || now < patient_again)
		return false;
	ready = poll(&fd, 1, LOG_PATIENCE) != 0;
	patient_again = clock_now() + LOG_IMPATIENCE;
	return ready;
}

/* As write(2), without blocking. */
static ssize_t
write_now(const char *bytes, size_t len)
{
	if (is_socket)
		return send(log_fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* poll(2) says that it takes something, not how much; but where it
	 * could not be opened anew, no more is known. */
	if (may_block && !is_writable()) {
		errno = EAGAIN;
		return -1;
	}
	return write(log_fd, bytes, len);
}

/* The size of the log, or 0 where it is no file. */
static off_t
log_size(void)
{
	struct stat stat;

	return fstat(log_fd, &stat) == 0 && S_ISREG(stat.st_mode) ?
	    stat.st_size :
	    0;
}

/* Writes a line, or what is missing of one; keeps what was not taken of it.
 * Returns whether any of it was taken. */
static bool
put_line(const char *bytes, size_t len)
{
	ssize_t taken;

	taken = write_now(bytes, len);
	if (taken < 0 && errno == EAGAIN && !may_block && is_writable())
		taken = write_now(bytes, len);
	if (taken <= 0)
		return false;
	rest_len = len - (size_t)taken;
	memmove(rest, bytes + taken, rest_len);
	if (rest_len > 0)
		cut_size = log_size();
	return true;
}

/* Returns whether the last line is complete, or can be no longer. */
static bool
complete_line(void)
{
	if (rest_len == 0)
		return true;
	/* A log that was emptied has the line's beginning no more. */
	if (log_size() != cut_size) {
		rest_len = 0;
		lost++;
		return true;
	}
	return put_line(rest, rest_len) && rest_len == 0;
}

/* Reports the lost lines, if there are any; returns whether the next line may
 * follow. */
static bool
report_lost(void)
{
	char text[LOG_REPORT];
	int len;

	if (lost == 0)
		return true;
	len = snprintf(text, sizeof(text),
	    format == LOG_FORMAT_JSON ? "{\"event\":\"lost\",\"lines\":%u}\n" :
					"%u lines of the log were lost\n",
	    lost);
	if (!put_line(text, (size_t)len))
		return false;
	lost = 0;
	return rest_len == 0;
}

/* Under the lock. len is what snprintf returned: too much where it cut. */
static void
write_line(int len)
{
	if (len < 0)
		return;
	if (len > LOG_LINE - 2)
		len = LOG_LINE - 2;
	line[len] = '\n';
	/* A failure can be told to nobody: the log is where it would be told.
	 */
	if (!complete_line() || !report_lost() ||
	    !put_line(line, (size_t)len + 1))
		lost++;
}

void
log_close(void)
{
	pthread_mutex_lock(&lock);
	(void)(complete_line() && report_lost());
	pthread_mutex_unlock(&lock);
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
	    ",\"ms\":%s,\"complete\":%s%s%s%s",
	    r->status, r->sent, r->announced, elapsed,
	    r->aborted == NULL ? "true" : "false",
	    r->aborted == NULL ? "" : ",\"aborted\":\"",
	    r->aborted == NULL ? "" : r->aborted,
	    r->aborted == NULL ? "" : "\"");
	if (r->repeated > 0)
		len += snprintf(line + len, (size_t)(LOG_LINE - len),
		    ",\"repeated\":%" PRIu64, r->repeated);
	line[len++] = '}';
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
	if (r->repeated > 0)
		len += snprintf(line + len, (size_t)(LOG_LINE - len),
		    " REPEATED: %" PRIu64 " more like it", r->repeated);
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
