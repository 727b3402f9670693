#ifndef HARNESS_SERVER_H
#define HARNESS_SERVER_H

/* A fileserv that the test starts on a free port. */

#include <stdbool.h>
#include <stdint.h>

#include "tests/harness/program.h"

struct server {
	struct program program;
	uint16_t port;
};

/*
 * Starts a server of the folder "served" on a free port of 127.0.0.1 and waits
 * until it listens. options (NULL at the end; or NULL) come last and override
 * the others.
 */
void server_start(struct server *server, const char *const *options);

/* Starts a server as server_start does, of another folder. */
void server_start_in(struct server *server, const char *folder,
    const char *const *options);

/* Starts a server as server_start does and calls before in the child just
 * before exec. */
void server_start_after(struct server *server, const char *const *options,
    void (*before)(void));

/*
 * Starts fileserv with only these options in the folder "served" and does not
 * wait: for invalid command lines.
 */
void server_try(struct program *program, const char *const *options);

/* Returns the port in the first line of its output; 0 if there is none yet. */
uint16_t server_announced(struct program *program);

/* Returns the number of warnings at the beginning of the log about the way in
 * which tests run: as root, without a sandbox. */
unsigned server_warnings(void);

/* Returns the log after these warnings. */
const char *server_log(struct server *server);

/* Sends SIGTERM; the server must exit with 0 within a deadline. */
void server_stop(struct server *server);

/* Return values from /proc: threads, open descriptors, CPU time in ms. */
unsigned server_threads(const struct server *server);
unsigned server_descriptors(const struct server *server);
unsigned server_cpu_ms(const struct server *server);

/*
 * Returns the number of threads without a connection. It opens and closes one
 * connection first, since a sanitizer adds a thread with the first one.
 */
unsigned server_base_threads(const struct server *server);

/* Wait until the server has at most this many threads, or descriptors. */
bool server_await_threads(const struct server *server, unsigned most);
bool server_await_descriptors(const struct server *server, unsigned most);

/* Returns the number of threads that have used at least ms of CPU time. */
unsigned server_worked(const struct server *server, unsigned ms);

/* Returns the number of threads that run or wait for a processor. */
unsigned server_running(const struct server *server);

/* Waits until all threads of the server sleep. */
bool server_await_sleep(struct server *server);

/* Waits until the server has stopped listening. */
bool server_await_stopping(struct server *server);

/* Returns how often its log has this text. */
unsigned server_count_in_log(struct server *server, const char *text);

/* Sends SIGHUP and waits for a text of the log that this leads to. */
void server_reload(struct server *server, const char *says);

#endif
