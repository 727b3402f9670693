/*
 * Digests of ranges of a file, in the session's thread. A long digest is cut
 * into slices and asks for a work slot before each, so that it does not keep
 * other clients waiting; memory is borrowed for a slice only.
 */

#include <errno.h>

#include "common/buffers.h"
#include "common/clock.h"
#include "common/range.h"
#include "common/stream.h"
#include "server/extent.h"
#include "server/file_digest.h"

#define FILE_DIGEST_READ ((size_t)128 * 1024) /* bytes in one read */

_Static_assert((int)DIGEST_LENGTH == (int)PROTOCOL_DIGEST_SIZE, "one digest");
_Static_assert(FILE_DIGEST_READ <= BUFFERS_SIZE, "fits a block");

int
file_digest_add(struct digest *digest, void *block, int fd, uint64_t offset,
    uint64_t n, struct work_slot *slot)
{
	size_t some;

	while (n > 0) {
		some = n > FILE_DIGEST_READ ? FILE_DIGEST_READ : (size_t)n;
		if (range_read(fd, block, some, offset) != 0)
			return -1;
		if (slot != NULL)
			work_slot_progress(slot);
		digest_update(digest, block, some);
		offset += some;
		n -= some;
	}
	return 0;
}

/* Returns extent_judge's status, and keeps the errno. */
static enum protocol_status
judge_digest(const struct root_file *file, int code)
{
	enum protocol_status status = extent_judge(file, code);

	errno = code;
	return status;
}

/* Adds one slice to the digest. Returns OK, or why that is not possible, with
 * errno. */
static enum protocol_status
digest_slice(struct digest *digest, const struct root_file *file,
    uint64_t offset, uint64_t n, struct work_slot *slot)
{
	void *block = buffers_lend();
	int code = 0;

	if (block == NULL)
		return PROTOCOL_BUSY;
	if (file_digest_add(digest, block, file->fd, offset, n, slot) != 0)
		code = errno;
	buffers_return(block);
	return code == 0 ? PROTOCOL_OK : judge_digest(file, code);
}

int
file_digest_range(const struct root_file *file, uint64_t offset, uint64_t count,
    struct reply_writer *reply, uint8_t value[PROTOCOL_DIGEST_SIZE],
    enum protocol_status *status)
{
	struct work_slice slice = {.kind = WORK_DIGEST,
	    .device = file->stat.st_dev};
	struct digest digest;
	uint64_t some;
	int code;

	*status = PROTOCOL_OK;
	digest_reset(&digest);
	while (count > 0 && *status == PROTOCOL_OK) {
		some = count > WORK_SLICE ? WORK_SLICE : count;
		slice.left = count;
		if (work_slot_take(reply->slot, &slice, reply->stream) != 0) {
			*status = PROTOCOL_BUSY;
			return errno == ECONNRESET ? -1 : 0;
		}
		hangs_begin(reply->call, slice.device, clock_now());
		*status =
		    digest_slice(&digest, file, offset, some, reply->slot);
		code = errno;
		hangs_end(reply->call);
		offset += some;
		count -= some;
		if (stream_broken(reply->stream)) {
			work_slot_give(reply->slot);
			errno = ECONNRESET;
			return -1;
		}
		errno = code;
	}
	if (*status == PROTOCOL_OK && extent_check_end(file, offset) != 0)
		*status = judge_digest(file, errno);
	code = errno;
	work_slot_give(reply->slot);
	digest_value(&digest, value);
	errno = code;
	return 0;
}
