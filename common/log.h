#ifndef COMMON_LOG_H
#define COMMON_LOG_H

/*
 * The server's log: one line per event on standard error, written at once and
 * whole, so that lines of several threads never mix. Everything is escaped
 * on its way out; lines that nobody takes, or the disk has no room for, are
 * lost, not waited for; the next line says how many. errno is left as it was.
 * Any thread may call these after log_open.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_PROBLEMS,    /* -q */
	LOG_LEVEL_REQUESTS,    /* the default */
	LOG_LEVEL_CONNECTIONS, /* -v */
};

enum log_format {
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON,
};

/* One request and what became of it. */
struct log_request {
	const char *peer;    /* as net_print writes it */
	uint64_t connection; /* numbered from 1 */
	uint64_t request;    /* within its connection, from 1 */
	const char *verb;
	const uint8_t *name; /* not terminated; may be NULL */
	size_t name_len;
	const char *status;
	uint64_t sent; /* bytes of the reply's body */
	uint64_t announced;
	int64_t elapsed;     /* nanoseconds */
	const char *aborted; /* why it was not finished, or NULL */
	uint64_t repeated;   /* requests that this line stands for; 0: one */
};

/* Before the first thread. */
void log_open(enum log_level level, enum log_format format);

/* Reports the lines that were lost at the end, if it can. After the last line;
 * errno may change. */
void log_close(void);

/* Returns whether events of this level are logged at all. */
bool log_wants(enum log_level level);

/*
 * An event; peer may be NULL, connection 0. The text is a printf format
 * without a newline.
 */
void log_event(enum log_level level, const char *peer, uint64_t connection,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

void log_request(const struct log_request *request);

#endif
