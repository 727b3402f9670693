#ifndef SERVER_SCOPE_FOLDER_H
#define SERVER_SCOPE_FOLDER_H

/*
 * A folder that leads to names of a scope, shown to a client that may not read
 * it: it has the entries that the scope names and nothing else. Replies are
 * made of the scope, without the file system, so they tell nothing about what
 * else is there.
 */

#include "common/protocol.h"
#include "server/reply_writer.h"
#include "server/scope.h"

/* Answers a request for a folder that is SCOPE_ABOVE. Returns 0, or -1 with
 * errno if the connection can no longer be used. */
int scope_folder_answer(const struct scope *scope,
    const struct protocol_request *request, struct reply_writer *reply);

#endif
