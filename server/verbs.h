#ifndef SERVER_VERBS_H
#define SERVER_VERBS_H

#include <stdbool.h>

#include "common/protocol.h"
#include "server/handle.h"
#include "server/kept.h"
#include "server/presence.h"
#include "server/reply_writer.h"
#include "server/root.h"
#include "server/work_slots.h"

/* What the verbs work on; all sessions share it. */
struct verbs {
	struct root root;
	struct presence presence; /* of the root */
	struct work_slots
	    slots; /* for DIGEST, LIST, and long rows of requests */
	struct kept_places kept;
	bool lists; /* LIST is allowed */
};

/*
 * Acts on a well-formed request by its verb: puts exactly one reply into the
 * stream. The session's handle may be left open, for the requests behind it.
 * Returns as the functions of reply.h.
 */
int verbs_act(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply);

#endif
