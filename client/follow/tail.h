#ifndef CLIENT_FOLLOW_TAIL_H
#define CLIENT_FOLLOW_TAIL_H

/*
 * The content of a followed file, printed as it grows: which request is sent
 * next, and what its reply means. follow/follow.c has the connection and waits
 * between the steps. One thread.
 */

#include <stdint.h>

#include "client/follow/printed.h"
#include "client/follow/rotation.h"
#include "client/follow/settings.h"
#include "client/follow/tail_stage.h"
#include "client/ui/outcome.h"
#include "client/ui/report.h"
#include "client/wire/connection.h"

/* Only follow/tail*.c change the fields. */
struct tail {
	const struct follow_settings *settings;
	enum tail_stage stage; /* changed by tail_step alone */
	struct printed printed;
	struct rotation rotation; /* which file is read */
	uint64_t version; /* of the file, in the last reply with bytes */
	uint8_t last[PRINTED_LAST]; /* bytes that the file has in place of
				       printed.last (TAIL_HEAD) */
	struct failure failure;
};

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
