#ifndef SERVER_SEND_LIST_H
#define SERVER_SEND_LIST_H

#include "common/protocol.h"
#include "server/reply_writer.h"
#include "server/root.h"

/*
 * Replies with a page of an open folder, from the request's cursor on: what may
 * be opened in it, and is a regular file or a folder. The request's name is
 * that of the folder. Returns as the functions of reply.h.
 */
int send_list_page(const struct root *root, const struct root_file *folder,
    const struct protocol_request *request, struct reply_writer *reply);

#endif
