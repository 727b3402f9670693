#ifndef SERVER_FILE_DIGEST_H
#define SERVER_FILE_DIGEST_H

#include <stdint.h>

#include "common/digest.h"
#include "common/protocol.h"
#include "server/reply_writer.h"
#include "server/root.h"

/* Adds n bytes of a file, from offset on, to digest, by way of block (from
 * buffers_lend). Reports each read to slot, unless that is NULL. Returns 0, or
 * -1 with errno as range_read sets it. */
int file_digest_add(struct digest *digest, void *block, int fd, uint64_t offset,
    uint64_t n, struct work_slot *slot);

/*
 * Digests a range for a DIGEST request, one WORK_SLICE at a time, each with a
 * work slot (reply->slot) and a block of memory. No slot is held afterwards.
 * Returns 0 with *status: OK and the digest in value; IO_ERROR with errno;
 * CHANGED if the range is no longer complete; BUSY with errno if no slot
 * (EBUSY, ECANCELED) or no memory (ENOMEM) can be had, or if the file system
 * does not answer. Returns -1 with errno ECONNRESET if the peer has broken its
 * connection. The caller checks whether the file was modified meanwhile.
 */
int file_digest_range(const struct root_file *file, uint64_t offset,
    uint64_t count, struct reply_writer *reply,
    uint8_t value[PROTOCOL_DIGEST_SIZE], enum protocol_status *status);

#endif
