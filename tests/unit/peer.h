#ifndef TESTS_UNIT_PEER_H
#define TESTS_UNIT_PEER_H

/*
 * A server's end of the client's connection, in the same thread: what it says
 * is put together piece by piece, right or wrong, and sent before the client
 * looks. There is one job, "f", written as "newf".
 */

#include "client/transfer/job_reply.h"
#include "common/protocol.h"
#include "tests/unit/target.h"

enum {
	PEER_SAID = 65536, /* bytes, at most */
};

struct peer {
	struct target target;
	struct progress progress;
	struct report report;
	struct connection connection;
	struct jobs jobs;
	struct job *job; /* has left the list, as one that was sent */
	struct job_reply reply;
	int fd;
	uint8_t said[PEER_SAID];
	size_t len;
};

void peer_open(struct peer *peer);
void peer_close(struct peer *peer);

/* The job's output is made, with what is in the folder for it, and asks for
 * this. */
void peer_begin(struct peer *peer, enum job_stage stage);

void peer_say(struct peer *peer, const void *bytes, size_t len);
void peer_say_header(struct peer *peer, unsigned status, uint64_t length);
void peer_say_attributes(struct peer *peer, struct protocol_token token,
    uint64_t size);
/* The digest is that of the text. */
void peer_say_digest(struct peer *peer, const char *text);
void peer_say_trailer(struct peer *peer, unsigned status, const char *text);
/* All of a reply to FETCH: text from an offset on, of version 1, 2. */
void peer_say_file(struct peer *peer, const char *text, size_t offset);

/*
 * The job is a folder instead, "d", to be listed. All of a reply to its STAT,
 * and to a LIST: entries are files of 5 bytes ("fname") or folders ("dname"),
 * up to NULL.
 */
void peer_begin_tree(struct peer *peer);
void peer_say_state(struct peer *peer, uint64_t id, uint32_t mode);
void peer_say_page(struct peer *peer, uint64_t cursor,
    const char *const *entries);

/* Sends what was said, and has the client receive a reply. */
enum outcome peer_receive(struct peer *peer);

/* Whether the client has received just what was said: what is sent next is
 * what comes next. */
bool peer_in_frame(struct peer *peer);

/* Sends what was said, after which the server ends its side. */
void peer_end(struct peer *peer);

#endif
