#ifndef CLIENT_WIRE_FOREIGN_PEER_H
#define CLIENT_WIRE_FOREIGN_PEER_H

/*
 * Recognizes web, SSH, mail and other servers that answer on a wrong port
 * instead of a fileserv. Any thread that owns the stream may call these
 * functions.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/net.h"
#include "common/stream.h"

enum {
	FOREIGN_PEER_TEXT = 128, /* bytes of a description with its NUL */
};

/*
 * Waits up to limit nanoseconds for the first bytes of a reply, which stay in
 * the stream. unanswered: the address of a peer that has not replied in this
 * run, or NULL. If such a peer sends nothing for two seconds, sends it an HTTP
 * request over a second connection; if it closes the connection, a TLS one.
 *
 * Returns as stream_fill does, with text empty; or 1 with a description if the
 * peer is no fileserv.
 */
int foreign_peer_receive(struct stream *stream, int64_t limit,
    const struct net_address *unanswered, char text[FOREIGN_PEER_TEXT]);

/*
 * Describes a peer by its first bytes in the stream, whose first byte is no
 * status of this protocol: "it speaks SSH", or "an unknown reply" and the
 * beginning of the reply if that is text. Waits a moment for the rest of the
 * line. The result is ASCII.
 */
void foreign_peer_describe(struct stream *stream, char text[FOREIGN_PEER_TEXT]);

#endif
