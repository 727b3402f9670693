#ifndef HARNESS_TALK_H
#define HARNESS_TALK_H

/*
 * Requests and replies over a connection of wire.h. Failures are failures of
 * the test.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

void talk_send_request(int fd, const struct protocol_request *request);

/* A request that is an op (GET, STAT, LIST) and a name. */
void talk_ask(int fd, enum protocol_op op, const char *name);

/* The same, or FETCH and DIGEST of all, to bytes with room for it: its length.
 */
size_t talk_encode(uint8_t *bytes, enum protocol_op op, const char *name);

/* FETCH or DIGEST of a range, whatever the version. */
void talk_ask_range(int fd, enum protocol_op op, uint8_t flags,
    const char *name, uint64_t offset, uint64_t count);

/* A reply's status and length; its body follows. */
enum protocol_status talk_read_reply(int fd, uint64_t *length);

/* A whole reply, its body dropped. */
enum protocol_status talk_read_status(int fd);

/* A reply that must be a refusal, with a message; its status. */
enum protocol_status talk_read_refusal(int fd);

/* The attributes of an OK reply to STAT; any other reply fails. */
void talk_read_attributes(int fd, struct protocol_attributes *attributes);

/* What a connection is good for: asks for the name and compares the file. */
void talk_expect_file(int fd, const char *name);

/* The same by FETCH of a range, with the digest in its trailer. */
void talk_expect_range(int fd, const char *name, uint64_t offset,
    uint64_t count);

/*
 * A download that has begun and is held: the reply's head was read, and the
 * rest lies in buffers that are far smaller than a file of some MiB. The
 * second reads that, exactly, and compares; more may follow.
 */
int talk_begin_download(uint16_t port, const char *name);
void talk_finish_download(int fd, const char *name);

/* One request on a fresh connection, and the status of its reply. */
enum protocol_status talk_status_of(uint16_t port, enum protocol_op op,
    const void *name, size_t len);

#endif
