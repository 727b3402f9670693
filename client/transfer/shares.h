#ifndef CLIENT_TRANSFER_SHARES_H
#define CLIENT_TRANSFER_SHARES_H

/* The bytes that each server has brought of a file in this run, if there are
 * several servers. The lock of transfer/job_queue.h is held. */

#include <stddef.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/ui/report_json.h"
#include "client/wire/server_list.h"

/* Zeroed, it is empty. */
struct shares {
	uint64_t *bytes; /* one for each server of the list, or NULL */
};

/* Frees what it keeps; it is empty then. */
void shares_close(struct shares *shares);

/* Adds bytes from a server of the list. With one server, or without memory, it
 * does nothing. */
void shares_add(struct shares *shares, const struct server_list *list,
    const struct server *server, uint64_t bytes);

/* Writes the counts into room, in the order of the list, and points
 * file->shares there; room outlives file. With one server sets file->tls. */
void shares_tell(const struct shares *shares, const struct server_list *list,
    struct report_share room[SERVER_LIST_MAX], struct report_file *file);

/* Appends the names of the servers that have brought bytes to a failure, which
 * is that they disagree; with one server appends nothing. */
void shares_blame(const struct shares *shares, const struct server_list *list,
    struct failure *failure);

#endif
