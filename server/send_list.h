#ifndef SERVER_SEND_LIST_H
#define SERVER_SEND_LIST_H

#include "common/protocol.h"
#include "server/reply_writer.h"
#include "server/root.h"

/* Replies to a LIST with one page of an open folder (request->name), from the
 * request's cursor on: the regular files and folders that a client may open.
 * reply->slot is held. Returns 0, or -1 with errno if the connection can no
 * longer be used. */
int send_list_page(const struct root *root, const struct root_file *folder,
    const struct protocol_request *request, struct reply_writer *reply);

#endif
