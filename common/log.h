#ifndef COMMON_LOG_H
#define COMMON_LOG_H

/*
 * The server's log: one escaped line per event on standard error; lines of
 * several threads never mix. If the reader has stopped or the disk is full,
 * lines are lost; a later line says how many. Any thread may call these
 * functions after log_open; all but log_close preserve errno.
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

/* The other side of a connection: addresses with their ports. */
struct log_peer {
	const char *address;
	const char *via;    /* the proxy that announced the address, or NULL */
	bool tls;	    /* its requests are inside TLS */
	const char *client; /* its name in the list of clients, or NULL */
	const char *key;    /* the name of its key, or NULL */
};

/* A request and its result. */
struct log_request {
	const struct log_peer *peer;
	uint64_t connection; /* numbered from 1 */
	uint64_t request;    /* number in its connection, from 1 */
	const char *verb;
	const uint8_t *name; /* not terminated; NULL if name_len is 0 */
	size_t name_len;
	const char *status;
	uint64_t sent;	     /* bytes of the reply's body that were sent */
	uint64_t announced;  /* bytes of the reply's body */
	int64_t elapsed;     /* nanoseconds */
	const char *aborted; /* reason why the reply was cut, or NULL */
	uint64_t repeated;   /* further requests that this line stands for */
};

/* Opens the log on standard error. Call it before the first thread starts. */
void log_open(enum log_level level, enum log_format format);

/* Writes the number of lines lost, if any. Call it last. errno may change. */
void log_close(void);

/* Returns whether events of this level are logged. */
bool log_wants(enum log_level level);

/* Logs an event. format is a printf format without a newline. For an event of
 * the server itself peer is NULL and connection 0. */
void log_event(enum log_level level, const struct log_peer *peer,
    uint64_t connection, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void log_request(const struct log_request *request);

#endif
