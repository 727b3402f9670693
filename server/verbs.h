#ifndef SERVER_VERBS_H
#define SERVER_VERBS_H

#include <stdbool.h>

#include "common/protocol.h"
#include "server/access.h"
#include "server/handle.h"
#include "server/kept.h"
#include "server/presence.h"
#include "server/reply_writer.h"
#include "server/root.h"
#include "server/work_slots.h"

/* Shared by all sessions. */
struct verbs {
	struct root root;
	struct presence presence; /* of the root */
	struct work_slots slots;
	struct kept_places kept;
	struct access_rules rules; /* of what may be read below the root */
	bool lists;		   /* LIST is allowed */
};

/* Answers a well-formed request with exactly one reply, as far as access
 * allows; may leave the handle's file open. Returns 0, or -1 with errno if the
 * connection is unusable. */
int verbs_act(struct verbs *verbs, const struct access *access,
    struct handle *handle, const struct protocol_request *request,
    struct reply_writer *reply);

#endif
