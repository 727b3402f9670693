#ifndef HARNESS_SERVER_H
#define HARNESS_SERVER_H

/* A fileserv that was started by the test, on a port of its own. */

#include <stdbool.h>
#include <stdint.h>

#include "tests/harness/program.h"

struct server {
	struct program program;
	uint16_t port;
};

/*
 * Serves "served" of the scratch folder on 127.0.0.1, on a free port, and
 * waits until it listens. Options are added (NULL at the end; or NULL), and
 * override these.
 */
void server_start(struct server *server, const char *const *options);

/* The same; before is called in the child just before exec. */
void server_start_after(struct server *server, const char *const *options,
    void (*before)(void));

/*
 * fileserv with just these options, whatever becomes of it: for command lines
 * that are wrong. In the folder "served".
 */
void server_try(struct program *program, const char *const *options);

/* Reads the port from the first line of its output; 0 if it has none yet. */
uint16_t server_announced(struct program *program);

/* How many lines its log begins with that are about how the tests are run: as
 * root, without a sandbox. Then what it has logged behind these. */
unsigned server_warnings(void);
const char *server_log(struct server *server);

/* SIGTERM; it must exit with 0, within a deadline. */
void server_stop(struct server *server);

/* What /proc says of it: threads, open descriptors, CPU time in ms. */
unsigned server_threads(const struct server *server);
unsigned server_descriptors(const struct server *server);
unsigned server_cpu_ms(const struct server *server);

/*
 * Its threads without any connection; one is made and left for this, since a
 * sanitizer adds a thread of its own when the first is made.
 */
unsigned server_base_threads(const struct server *server);

/* Waits until it has no more threads, or descriptors, than these. */
bool server_await_threads(const struct server *server, unsigned most);
bool server_await_descriptors(const struct server *server, unsigned most);

/* How many of its threads have used so much CPU time, in ms. */
unsigned server_worked(const struct server *server, unsigned ms);

/* How many of its threads run, or wait for a processor. */
unsigned server_running(const struct server *server);

/* Waits until all of its threads sleep. */
bool server_await_sleep(struct server *server);

/* Waits until it listens no more. */
bool server_await_stopping(struct server *server);

#endif
