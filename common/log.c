/*
 * Each line is built in memory and written by one write(2), which the kernel
 * does not interleave with others to a file, a pipe (up to PIPE_BUF bytes) or a
 * terminal. All threads share one line buffer under a lock: a buffer on each
 * thread's stack would cost memory for every idle connection.
 *
 * A reader that stops reading must not stop the server. A pipe or terminal is
 * opened again as non-blocking, and a socket is sent to with MSG_DONTWAIT. A
 * line that cannot be written is lost and counted; the next line written is
 * preceded by the count. A line written in part is completed first.
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
	LOG_NAME = 1024, /* bytes of an escaped name or message, with a NUL */
	LOG_MESSAGE = 512,
	LOG_TIME = 32,
	LOG_REPORT = 128, /* bytes of the line that counts lost lines */
	LOG_WAIT = 100,	  /* ms to wait for a reader that has stopped */
};

/* Minimum time between two waits for a reader that has stopped. */
#define LOG_WAIT_INTERVAL CLOCK_SEC

/* Set by log_open before the first thread starts. */
static enum log_level max_level = LOG_LEVEL_REQUESTS;
static enum log_format format = LOG_FORMAT_TEXT;
static int log_fd = STDERR_FILENO;
static bool is_socket;
static bool may_block; /* write(2) to log_fd may wait for a reader */

/* Guards the variables below; static functions from is_writable on hold it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char line[LOG_LINE]; /* the line being built */
static size_t line_len;
static char message[LOG_MESSAGE];
static char rest[LOG_LINE]; /* unwritten end of a line written in part */
static size_t rest_len;
static off_t cut_size;	  /* size of the log file after that partial write */
static unsigned lost;	  /* lines lost since the last line written */
static int64_t next_wait; /* earliest time to wait for a reader again */

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

/* Returns true if log_fd accepts bytes now. Waits for a stopped reader at most
 * once in LOG_WAIT_INTERVAL, and not while lost lines are unreported. */
static bool
is_writable(void)
{
	struct pollfd fd = {.fd = log_fd, .events = POLLOUT};
	int64_t now;
	bool ready;

	if (poll(&fd, 1, 0) != 0)
		return true;
	now = clock_now();
	if (lost > 0 || now < next_wait)
		return false;
	ready = poll(&fd, 1, LOG_WAIT) != 0;
	next_wait = clock_now() + LOG_WAIT_INTERVAL;
	return ready;
}

/* Writes as write(2) does, without blocking; fails with EAGAIN instead. */
static ssize_t
write_now(const char *bytes, size_t len)
{
	if (is_socket)
		return send(log_fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* After a successful poll(2) a long write may still block, but a
	 * descriptor that could not be opened again offers nothing better. */
	if (may_block && !is_writable()) {
		errno = EAGAIN;
		return -1;
	}
	return write(log_fd, bytes, len);
}

/* Returns the size of the log in bytes, or 0 if it is not a regular file. */
static off_t
log_size(void)
{
	struct stat stat;

	return fstat(log_fd, &stat) == 0 && S_ISREG(stat.st_mode) ?
	    stat.st_size :
	    0;
}

/* Writes a line, or the rest of one, and keeps the part that was not written in
 * rest. Returns whether any byte was written. */
static bool
put_line(const char *bytes, size_t len)
{
	ssize_t taken = write_now(bytes, len);

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

/* Completes a line that was written in part. Returns whether the next line may
 * follow: the last one is complete, or its beginning is gone. */
static bool
complete_line(void)
{
	if (rest_len == 0)
		return true;
	/* The log was truncated, and with it the beginning of the line. */
	if (log_size() != cut_size) {
		rest_len = 0;
		lost++;
		return true;
	}
	return put_line(rest, rest_len) && rest_len == 0;
}

/* Writes the number of lost lines. Returns whether the next line may follow. */
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

/* Ends the line and writes it, or counts it as lost. */
static void
write_line(void)
{
	line[line_len++] = '\n';
	if (!complete_line() || !report_lost() || !put_line(line, line_len))
		lost++;
	line_len = 0;
}

void
log_close(void)
{
	pthread_mutex_lock(&lock);
	(void)(complete_line() && report_lost());
	pthread_mutex_unlock(&lock);
}

/* Appends formatted text to the line; cuts it so that a newline still fits. */
static void __attribute__((format(printf, 1, 2)))
append_text(const char *text, ...)
{
	size_t room = sizeof(line) - 1 - line_len;
	va_list ap;
	int len;

	va_start(ap, text);
	len = vsnprintf(line + line_len, room, text, ap);
	va_end(ap);
	if (len > 0)
		line_len += (size_t)len < room ? (size_t)len : room - 1;
}

static void
append_peer_json(const struct log_peer *peer)
{
	append_text("\"peer\":\"%s\",", peer == NULL ? "" : peer->address);
	if (peer == NULL)
		return;
	if (peer->via != NULL)
		append_text("\"via\":\"%s\",", peer->via);
	if (peer->tls)
		append_text("\"tls\":true,");
	if (peer->client != NULL)
		append_text("\"client\":\"%s\",", peer->client);
	if (peer->key != NULL)
		append_text("\"key\":\"%s\",", peer->key);
}

static void
append_peer_text(const struct log_peer *peer)
{
	append_text("%s ", peer->address);
	if (peer->via != NULL)
		append_text("via %s ", peer->via);
	if (peer->tls)
		append_text("tls ");
	if (peer->client != NULL)
		append_text("client %s ", peer->client);
	if (peer->key != NULL)
		append_text("key %s ", peer->key);
}

static void
append_event_json(enum log_level level, const struct log_peer *peer,
    uint64_t connection, const char *time)
{
	append_text("{\"time\":\"%s\",\"event\":\"%s\",", time,
	    level == LOG_LEVEL_PROBLEMS ? "problem" :
		peer == NULL		? "server" :
					  "connection");
	append_peer_json(peer);
	append_text("\"connection\":%" PRIu64 ",\"message\":", connection);
	line_len +=
	    text_json(line + line_len, LOG_NAME, message, strlen(message));
	append_text("}");
}

static void
append_event_text(const struct log_peer *peer, uint64_t connection,
    const char *time)
{
	append_text("%s ", time);
	if (peer != NULL) {
		append_peer_text(peer);
		append_text("#%" PRIu64 " ", connection);
	}
	line_len += strlen(
	    text_escape(line + line_len, LOG_NAME, message, strlen(message)));
}

void
log_event(enum log_level level, const struct log_peer *peer,
    uint64_t connection, const char *text, ...)
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
	if (format == LOG_FORMAT_JSON)
		append_event_json(level, peer, connection, time);
	else
		append_event_text(peer, connection, time);
	write_line();
	pthread_mutex_unlock(&lock);
	errno = saved;
}

/* Prints milliseconds as two integers: a double takes far more stack. */
static void
append_request_json(const struct log_request *r, const char *time)
{
	append_text("{\"time\":\"%s\",\"event\":\"request\",", time);
	append_peer_json(r->peer);
	append_text("\"connection\":%" PRIu64 ",\"request\":%" PRIu64
		    ",\"verb\":\"%s\",\"name\":",
	    r->connection, r->request, r->verb);
	line_len += text_json(line + line_len, LOG_NAME, r->name, r->name_len);
	append_text(",\"status\":\"%s\",\"sent\":%" PRIu64
		    ",\"announced\":%" PRIu64 ",\"ms\":%" PRId64
		    ".%03d,\"complete\":%s",
	    r->status, r->sent, r->announced, r->elapsed / CLOCK_MS,
	    (int)(r->elapsed % CLOCK_MS / 1000),
	    r->aborted == NULL ? "true" : "false");
	if (r->aborted != NULL)
		append_text(",\"aborted\":\"%s\"", r->aborted);
	if (r->repeated > 0)
		append_text(",\"repeated\":%" PRIu64, r->repeated);
	append_text("}");
}

static void
append_request_text(const struct log_request *r, const char *time)
{
	append_text("%s ", time);
	append_peer_text(r->peer);
	append_text("#%" PRIu64 ".%" PRIu64 " %s ", r->connection, r->request,
	    r->verb);
	if (r->name_len > 0)
		line_len += strlen(text_escape_word(line + line_len, LOG_NAME,
		    r->name, r->name_len));
	else
		append_text("-");
	append_text(" %s %" PRIu64 "/%" PRIu64 " %" PRId64 ".%03dms", r->status,
	    r->sent, r->announced, r->elapsed / CLOCK_MS,
	    (int)(r->elapsed % CLOCK_MS / 1000));
	if (r->aborted != NULL)
		append_text(" ABORTED: %s", r->aborted);
	if (r->repeated > 0)
		append_text(" REPEATED: %" PRIu64 " more like it", r->repeated);
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
	if (format == LOG_FORMAT_JSON)
		append_request_json(request, time);
	else
		append_request_text(request, time);
	write_line();
	pthread_mutex_unlock(&lock);
	errno = saved;
}
