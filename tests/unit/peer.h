#ifndef TESTS_UNIT_PEER_H
#define TESTS_UNIT_PEER_H

/*
 * The server's end of the client's connection, in the same thread: builds
 * correct or wrong replies piece by piece and sends them before the client
 * reads. There is one job, "f", written to "newf".
 */

#include "client/transfer/job_reply.h"
#include "common/protocol.h"
#include "tests/unit/target.h"

enum {
	PEER_SAID = 65536, /* bytes of replies, at most */
};

struct peer {
	struct target target;
	struct progress progress;
	struct report report;
	struct connection connection;
	struct job_queue *queue;
	struct job
	    *job; /* taken off the queue, as a job whose request was sent */
	struct job_reply reply;
	int fd;
	uint8_t said[PEER_SAID];
	size_t len;
};

void peer_open(struct peer *peer);
void peer_close(struct peer *peer);

/* Creates the job's output from the files in the folder; the job asks as this
 * stage does. */
void peer_begin(struct peer *peer, enum job_stage stage);

void peer_say(struct peer *peer, const void *bytes, size_t len);
void peer_say_header(struct peer *peer, unsigned status, uint64_t length);
void peer_say_attributes(struct peer *peer, struct protocol_token token,
    uint64_t size);
/* Adds a digest, that of the text. */
void peer_say_digest(struct peer *peer, const char *text);
void peer_say_trailer(struct peer *peer, unsigned status, const char *text);
/* Adds a whole reply to FETCH: text from an offset on, of version 1, 2. */
void peer_say_file(struct peer *peer, const char *text, size_t offset);

/*
 * Makes the job a folder, "d", to be listed. peer_say_...: a whole reply to
 * STAT, and one to LIST, whose entries are files of 5 bytes ("fname") or
 * folders ("dname"), up to NULL.
 */
void peer_begin_tree(struct peer *peer);
void peer_say_state(struct peer *peer, uint64_t id, uint32_t mode);
void peer_say_page(struct peer *peer, uint64_t cursor,
    const char *const *entries);

/* Sends the reply built so far, has the client receive it, and moves the job to
 * the stage that the outcome leads to. */
enum outcome peer_receive(struct peer *peer);

/* Returns whether the client received exactly the bytes sent, so that the next
 * bytes start a reply. */
bool peer_in_frame(struct peer *peer);

/* Sends the reply built so far, and ends the server's side. */
void peer_end(struct peer *peer);

#endif
