#ifndef SERVER_SHARE_VISIT_H
#define SERVER_SHARE_VISIT_H

/* A connection to a server that shares one thing (server/share.h). The thread
 * of its session calls these functions. */

#include <stdbool.h>
#include <stdint.h>

#include "common/key_name.h"
#include "common/names.h"
#include "common/net.h"
#include "common/protocol.h"
#include "server/request_log.h"
#include "server/root.h"
#include "server/share.h"

struct share_visit {
	struct share *share;	    /* NULL: nothing is shared */
	const struct key_name *key; /* of the client, or NULL */
	const struct net_address *address;
	struct share_guest *guest; /* NULL: no request had the ticket yet */
	/* The bytes sent last on this connection, one behind another, of the
	 * state of the file that has this number. */
	uint64_t from, to;
	unsigned version;
	bool turned_away; /* it came too late */
};

/* Begins a connection's part. key, or NULL, and address are the client's, and
 * must exist as long as visit. share may be NULL: then the functions below do
 * nothing. */
void share_visit_begin(struct share_visit *visit, struct share *share,
    const struct key_name *key, const struct net_address *address);

/*
 * Admits a request; status is that of decoding it. Returns PROTOCOL_OK, and
 * request->name is the name below share_folder; or the status to refuse with,
 * a message in *why or NULL for the usual one, and request->name_len is 0.
 */
enum protocol_status share_visit_admit(struct share_visit *visit,
    struct protocol_request *request, enum protocol_status status,
    const char **why);

/* Logs the reply to a request that share_visit_admit has seen: line, with "~"
 * for the ticket in its name, "~/NAME/...", or "~" if it was refused. */
void share_visit_log(const struct share_visit *visit,
    const struct protocol_request *request, struct log_request *line,
    struct request_log *log, int64_t now);

/* Notes the reply to an admitted request: sent is the number of bytes of its
 * body that were sent, file the open file, or fd -1. */
void share_visit_note(struct share_visit *visit,
    const struct protocol_request *request, uint64_t sent,
    const struct root_file *file);

/* Ends the connection's part. orderly: the client has ended the connection,
 * after it could receive all that was sent. */
void share_visit_end(struct share_visit *visit, bool orderly);

#endif
