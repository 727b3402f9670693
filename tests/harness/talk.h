#ifndef HARNESS_TALK_H
#define HARNESS_TALK_H

/*
 * Requests and replies over a connection of wire.h. Failures fail the test.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

void talk_send_request(int fd, const struct protocol_request *request);

/* Sends a request with an op (GET, STAT, LIST) and a name. */
void talk_ask(int fd, enum protocol_op op, const char *name);

/* Encodes a request with an op and a name to bytes; FETCH and DIGEST are of the
 * whole file. Returns the length. */
size_t talk_encode(uint8_t *bytes, enum protocol_op op, const char *name);

/* Sends FETCH or DIGEST of a range of any version. */
void talk_ask_range(int fd, enum protocol_op op, uint8_t flags,
    const char *name, uint64_t offset, uint64_t count);

/* Receives a reply's header. Returns its status; the body follows. */
enum protocol_status talk_read_reply(int fd, uint64_t *length);

/* Receives a reply and drops its body. Returns its status. */
enum protocol_status talk_read_status(int fd);

/* Receives a reply that must be an error with a message. Returns its status. */
enum protocol_status talk_read_refusal(int fd);

/* Receives the attributes in a reply to STAT, which must be OK. */
void talk_read_attributes(int fd, struct protocol_attributes *attributes);

/* Fetches a served file over the connection and compares its contents. */
void talk_expect_file(int fd, const char *name);

/* Fetches a range of a served file by FETCH; compares contents and digest. */
void talk_expect_range(int fd, const char *name, uint64_t offset,
    uint64_t count);

/*
 * Begins a download and stops reading after the reply's header, so that a file
 * of some MiB does not fit the socket buffers. Returns the socket.
 * talk_finish_download reads the rest and compares the contents.
 */
int talk_begin_download(uint16_t port, const char *name);
void talk_finish_download(int fd, const char *name);

/* Sends a request on a new connection. Returns the status of the reply. */
enum protocol_status talk_status_of(uint16_t port, enum protocol_op op,
    const void *name, size_t len);

#endif
