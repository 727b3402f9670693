#ifndef CLIENT_FOLLOW_TAIL_H
#define CLIENT_FOLLOW_TAIL_H

/*
 * The content of a followed file, printed as it grows: which request is sent
 * next, and what its reply means. follow/follow.c has the connection and waits
 * between the steps. One thread.
 */

#include "client/follow/tail_state.h"
#include "client/ui/outcome.h"
#include "client/ui/report.h"
#include "client/wire/connection.h"

/* The pointers are borrowed. The struct must not be moved. */
void tail_open(struct tail *tail, const struct follow_settings *settings,
    struct report *report, const char *name);
void tail_close(struct tail *tail);

/*
 * Sends one request over a connection that is there, receives the reply and
 * acts on it. Returns OUTCOME_OK if the file has no new bytes, OUTCOME_MORE if
 * some were printed, OUTCOME_AGAIN if another request comes first, or with the
 * failure set: OUTCOME_NOT_YET if the name leads to no file, OUTCOME_CLOSED or
 * OUTCOME_LOST if the connection is of no use, OUTCOME_FATAL.
 */
enum outcome tail_step(struct tail *tail, struct connection *connection);

#endif
