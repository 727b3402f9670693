#ifndef HARNESS_MEETING_H
#define HARNESS_MEETING_H

/*
 * A fileserv that encrypts, and a fileget with a file of known hosts of its
 * own, outside/config/fileget/known_hosts. Failures fail the test.
 */

#include "tests/harness/program.h"
#include "tests/harness/server.h"

/* The scratch folder's name of the file of known hosts. */
#define MEETING_KNOWN "outside/config/fileget/known_hosts"

enum {
	MEETING_KEY = 40,   /* bytes of a shown key with its NUL */
	MEETING_LINE = 128, /* bytes of a line of known hosts */
};

struct meeting {
	struct server server;
	char key[MEETING_KEY];
	char line[MEETING_LINE]; /* that a file of known hosts has for it */
};

/* Starts a server with --tls, its key in outside/NAME, and these options (NULL
 * at the end; or NULL). */
void meeting_start(struct meeting *meeting, const char *key_name,
    const char *const *options);

/* Sets meeting->key and line from what a server of this test has printed. */
void meeting_learn(struct meeting *meeting);

/* Returns "XDG_CONFIG_HOME=..." for this test; a static string. */
const char *meeting_config(void);

/* Starts fileget on 127.0.0.1 with these arguments and its own known hosts. */
void meeting_begin(struct program *client, uint16_t port,
    const char *const *args);

/* Starts fileget with these arguments alone, and its own known hosts. */
void meeting_begin_plain(struct program *client, const char *const *args);

/* Starts it as meeting_begin does, waits for the end, and checks the exit code.
 */
void meeting_get(struct program *client, uint16_t port, int code,
    const char *const *args);

/* Writes the file of known hosts. */
void meeting_write_known(const char *text);

/* Checks its text; "" stands also for a file that is missing. */
void meeting_expect_known(const char *text);

/* Checks that standard error has a text. */
void meeting_expect_said(struct program *client, const char *text);

#endif
