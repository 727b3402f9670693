/*
 * A file's bytes into a reply. Small ones are read into the stream's output,
 * where replies gather; large ones go from the page cache to the socket by
 * sendfile(2), a piece at a time, each piece read for the digest just before,
 * while it is about to be hot anyway. The file is looked at again when the
 * last byte is out, and the trailer says whether it stayed as it was.
 */

#include <errno.h>

#include "common/buffers.h"
#include "common/digest.h"
#include "common/protocol.h"
#include "common/range.h"
#include "common/stream.h"
#include "server/send_file.h"
#include "server/extent.h"

enum {
	SEND_FILE_PIECE = 1024 * 1024, /* bytes digested, then sent */
};

/* Lent from buffers.c for the time of a digest. */
struct scratch {
	struct digest digest;
	uint8_t bytes[128 * 1024];
};

_Static_assert((int)DIGEST_LENGTH == (int)PROTOCOL_DIGEST_SIZE, "one digest");
_Static_assert(sizeof(struct scratch) <= BUFFERS_SIZE, "fits a block");
_Static_assert(PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE +
	    PROTOCOL_COPIED + PROTOCOL_TRAILER_SIZE <
	STREAM_OUT,
    "a small body fits the output");

/* Refuses a reply whose bytes cannot be read. errno: why. */
static int
refuse_unread(const struct file_range *range, struct reply_writer *reply)
{
	enum protocol_status status;
	const char *message;
	int code = errno;

	status = extent_judge(range->file, code, &message);
	return code == ENODATA || code == EOVERFLOW ?
	    reply_writer_refuse_text(reply, status, message) :
	    reply_writer_refuse_errno(reply, status, code);
}

/* Adds a range of the file to the digest. turn is told of progress, if there
 * is one. */
static int
digest_range(struct digest *digest, struct scratch *scratch, int fd,
    uint64_t offset, uint64_t n, struct work_slot *slot)
{
	size_t some;

	while (n > 0) {
		some = n > sizeof(scratch->bytes) ? sizeof(scratch->bytes) :
						    (size_t)n;
		if (range_read(fd, scratch->bytes, some, offset) != 0)
			return -1;
		if (slot != NULL)
			work_slot_progress(slot);
		digest_update(digest, scratch->bytes, some);
		offset += some;
		n -= some;
	}
	return 0;
}

/* Digests one slice in a slot, with memory that is held no longer than that. */
static enum protocol_status
digest_slice(struct digest *digest, const struct root_file *file,
    uint64_t offset, uint64_t n, struct work_slot *slot)
{
	struct scratch *scratch = buffers_lend();
	enum protocol_status status = PROTOCOL_OK;
	const char *message;

	if (scratch == NULL)
		return PROTOCOL_BUSY;
	if (digest_range(digest, scratch, file->fd, offset, n, slot) != 0)
		status = extent_judge(file, errno, &message);
	buffers_return(scratch);
	return status;
}

int
send_file_digest(const struct root_file *file, uint64_t offset, uint64_t count,
    struct reply_writer *reply, uint8_t value[PROTOCOL_DIGEST_SIZE],
    enum protocol_status *status)
{
	struct work_slice errand = {.line = WORK_DIGEST,
	    .device = file->stat.st_dev};
	struct digest digest;
	const char *message;
	uint64_t some;

	*status = PROTOCOL_OK;
	digest_reset(&digest);
	while (count > 0 && *status == PROTOCOL_OK) {
		some = count > WORK_SLICE ? WORK_SLICE : count;
		errand.left = count;
		if (work_slot_take(reply->slot, &errand, reply->stream) != 0) {
			*status = PROTOCOL_BUSY;
			return errno == ECONNRESET ? -1 : 0;
		}
		*status =
		    digest_slice(&digest, file, offset, some, reply->slot);
		offset += some;
		count -= some;
		if (stream_broken(reply->stream)) {
			work_slot_give(reply->slot);
			errno = ECONNRESET;
			return -1;
		}
	}
	if (*status == PROTOCOL_OK && extent_check_end(file, offset) != 0)
		*status = extent_judge(file, errno, &message);
	work_slot_give(reply->slot);
	digest_value(&digest, value);
	return 0;
}

static size_t
head_length(const struct file_range *range)
{
	return range->attributes == NULL ? 0 : PROTOCOL_ATTRIBUTES_SIZE;
}

static size_t
tail_length(const struct file_range *range)
{
	return range->attributes == NULL ? 0 : PROTOCOL_TRAILER_SIZE;
}

/* What stands before the file's bytes: reply header, attributes. */
static void
encode_head(const struct file_range *range, uint64_t announced, uint8_t *bytes)
{
	protocol_encode_reply(PROTOCOL_OK, announced, bytes);
	if (range->attributes != NULL)
		protocol_encode_attributes(range->attributes,
		    bytes + PROTOCOL_REPLY_HEADER_SIZE);
}

/* What stands behind them; trailer->digest is set. */
static void
encode_tail(const struct file_range *range, struct reply_writer *reply,
    struct protocol_trailer *trailer, uint8_t *bytes)
{
	if (range->attributes == NULL)
		return;
	reply->changed = root_file_changed(range->file, &trailer->size);
	trailer->status = reply->changed ? PROTOCOL_CHANGED : PROTOCOL_OK;
	protocol_encode_trailer(trailer, bytes);
}

static int
send_small(const struct file_range *range, struct reply_writer *reply)
{
	struct protocol_trailer trailer = {.status = PROTOCOL_OK};
	size_t head = PROTOCOL_REPLY_HEADER_SIZE + head_length(range);
	size_t count = (size_t)range->count;
	size_t size = head + count + tail_length(range);
	uint8_t *bytes;

	/* One more for extent_read. */
	bytes = stream_reserve(reply->stream, size + 1);
	if (bytes == NULL)
		return -1;
	if (extent_read(range->file, bytes + head, count, range->offset) != 0)
		return refuse_unread(range, reply);
	if (range->digest)
		digest_of(bytes + head, count, trailer.digest);
	encode_head(range, reply->announced, bytes);
	encode_tail(range, reply, &trailer, bytes + head + count);
	stream_commit(reply->stream, size);
	reply->sent = reply->announced;
	return 0;
}

/* Adds the next piece, where left bytes are yet to be sent, to the digest if
 * there is one (scratch). *some: its length. */
static int
digest_piece(const struct file_range *range, struct scratch *scratch,
    uint64_t left, uint64_t *some)
{
	*some = left;
	if (scratch == NULL)
		return 0;
	if (left > SEND_FILE_PIECE)
		*some = SEND_FILE_PIECE;
	return digest_range(&scratch->digest, scratch, range->file->fd,
	    range->offset + range->count - left, *some, NULL);
}

/* The file's bytes, piece by piece; the first, of some bytes, is digested. */
static int
send_pieces(const struct file_range *range, struct reply_writer *reply,
    struct scratch *scratch, uint64_t some)
{
	uint64_t offset = range->offset, left = range->count;

	for (;;) {
		if (stream_send_file(reply->stream, range->file->fd,
			(off_t)offset, some, &reply->sent) != 0)
			return -1;
		offset += some;
		left -= some;
		if (left == 0)
			return 0;
		if (digest_piece(range, scratch, left, &some) != 0)
			return -1;
	}
}

static int
send_large(const struct file_range *range, struct reply_writer *reply,
    struct scratch *scratch)
{
	struct protocol_trailer trailer = {.status = PROTOCOL_OK};
	size_t head = PROTOCOL_REPLY_HEADER_SIZE + head_length(range);
	uint8_t *bytes;
	uint64_t some;

	/* A file that cannot be read is refused before it is announced. */
	if (digest_piece(range, scratch, range->count, &some) != 0)
		return refuse_unread(range, reply);
	/* From here on the peer decides how long it takes. */
	work_slot_give(reply->slot);
	bytes = stream_reserve(reply->stream, head);
	if (bytes == NULL)
		return -1;
	encode_head(range, reply->announced, bytes);
	stream_commit(reply->stream, head);
	reply->sent = head_length(range);
	if (send_pieces(range, reply, scratch, some) != 0)
		return -1;

	bytes = stream_reserve(reply->stream, tail_length(range));
	if (bytes == NULL)
		return -1;
	if (scratch != NULL)
		digest_value(&scratch->digest, trailer.digest);
	encode_tail(range, reply, &trailer, bytes);
	stream_commit(reply->stream, tail_length(range));
	reply->sent += tail_length(range);
	return 0;
}

int
send_file_range(const struct file_range *range, struct reply_writer *reply)
{
	struct scratch *scratch = NULL;
	int result;

	if (range->count > PROTOCOL_LENGTH_MAX - PROTOCOL_ATTRIBUTES_SIZE -
		PROTOCOL_TRAILER_SIZE)
		return reply_writer_refuse(reply, PROTOCOL_IO_ERROR);
	reply->announced =
	    head_length(range) + range->count + tail_length(range);
	if (range->count <= PROTOCOL_COPIED)
		return send_small(range, reply);
	if (extent_check(range->file, range->offset, range->count) != 0)
		return refuse_unread(range, reply);
	if (range->digest) {
		scratch = buffers_lend();
		if (scratch == NULL)
			return reply_writer_refuse(reply, PROTOCOL_BUSY);
		digest_reset(&scratch->digest);
	}
	result = send_large(range, reply, scratch);
	buffers_return(scratch);
	return result;
}
