/*
 * Sends a file's bytes as a reply, in the session's thread. A small file is
 * read into the stream's output buffer, where replies gather; a large one goes
 * from the page cache to the socket by sendfile(2), in pieces, each digested
 * just before it is sent, while the processor's cache is warm. On a network
 * file system each piece is read once, into memory, digested and sent from
 * there: a second read may go to the file server again, and find other bytes.
 * So is each piece inside TLS, which encrypts from memory to memory.
 * After the last byte the file's state is read again, and the trailer says
 * whether it has changed.
 */

#include <errno.h>

#include "common/buffers.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/protocol.h"
#include "common/range.h"
#include "common/stream.h"
#include "server/extent.h"
#include "server/file_digest.h"
#include "server/send_file.h"
#include "server/state.h"

enum {
	SEND_FILE_PIECE = 1024 * 1024, /* bytes digested, then sent */
	SEND_FILE_COPY = 128 * 1024,   /* bytes read, then sent from memory */
	SEND_FILE_RECORDS = 64 * 1024, /* the same, encrypted from the cache */
};

_Static_assert((size_t)SEND_FILE_COPY <= BUFFERS_SIZE, "fits a block");

_Static_assert(PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE +
	    PROTOCOL_COPIED + PROTOCOL_TRAILER_SIZE <
	STREAM_OUT,
    "a small file fits the output");

/* Refuses a request whose bytes cannot be read; errno says why. */
static int
refuse_unread(const struct file_range *range, struct reply_writer *reply)
{
	int code = errno;

	if (reply_writer_reopens(reply, code))
		return 0;
	return reply_writer_refuse_errno(reply, extent_judge(range->file, code),
	    code);
}

/* Returns true if each piece is read into memory once, to be digested and sent
 * from there. */
static bool
reads_once(const struct file_range *range, const struct reply_writer *reply)
{
	return range->file->on_network || stream_is_encrypted(reply->stream);
}

/* Checks the extent of a large range. If pieces are read once, the first one is
 * read before its length is announced, so its first byte needs no check. */
static int
check_extent(const struct file_range *range, bool once)
{
	return once ?
	    extent_check_end(range->file, range->offset + range->count) :
	    extent_check(range->file, range->offset, range->count);
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

/* Encodes what precedes the file's bytes: reply header and attributes. */
static void
encode_head(const struct file_range *range, uint64_t announced, uint8_t *bytes)
{
	protocol_encode_reply(PROTOCOL_OK, announced, bytes);
	if (range->attributes != NULL)
		protocol_encode_attributes(range->attributes,
		    bytes + PROTOCOL_REPLY_HEADER_SIZE);
}

/* Encodes what follows the file's bytes; trailer->digest is set already. */
static void
encode_tail(const struct file_range *range, struct reply_writer *reply,
    struct protocol_trailer *trailer, uint8_t *bytes)
{
	if (range->attributes == NULL)
		return;
	reply->changed = state_has_changed(range->file->fd, &range->file->stat,
	    &trailer->size);
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

	/* extent_read needs room for one more byte. */
	bytes = reply_writer_reserve(reply, size + 1);
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

/* Puts header and attributes into the stream. Returns 0, or -1 with errno. */
static int
put_head(const struct file_range *range, struct reply_writer *reply)
{
	size_t head = PROTOCOL_REPLY_HEADER_SIZE + head_length(range);
	uint8_t *bytes;

	/* From here on the peer decides how long sending takes. */
	work_slot_give(reply->slot);
	hangs_end(reply->call);
	bytes = stream_reserve(reply->stream, head);
	if (bytes == NULL)
		return -1;
	encode_head(range, reply->announced, bytes);
	stream_commit(reply->stream, head);
	reply->sent = head_length(range);
	return 0;
}

/* Returns how many of the bytes that are left make the next piece. */
static uint64_t
piece_size(const struct file_range *range, bool once, uint64_t left)
{
	uint64_t most = range->file->on_network ? SEND_FILE_COPY :
	    once				? SEND_FILE_RECORDS :
	    range->digest			? SEND_FILE_PIECE :
						  left;

	return left < most ? left : most;
}

/* Reads the next piece, if it is sent from block or digested. Returns 0, or -1
 * with the errno of range_read. */
static int
read_piece(const struct file_range *range, bool once, void *block,
    uint64_t offset, uint64_t n, struct digest *digest)
{
	int fd = range->file->fd;

	if (!once)
		return range->digest ?
		    file_digest_add(digest, block, fd, offset, n, NULL) :
		    0;
	if (range_read(fd, block, (size_t)n, offset) != 0)
		return -1;
	if (range->digest)
		digest_update(digest, block, (size_t)n);
	return 0;
}

static int
send_piece(const struct file_range *range, bool once, const void *block,
    uint64_t offset, uint64_t n, struct reply_writer *reply)
{
	if (once)
		return stream_send_bytes(reply->stream, block, (size_t)n,
		    &reply->sent);
	return stream_send_file(reply->stream, range->file->fd, (off_t)offset,
	    n, &reply->sent);
}

/* Sends a range in pieces. block is one that buffers_lend has returned; NULL if
 * the pieces are not read once and no digest is wanted. */
static int
send_large(const struct file_range *range, struct reply_writer *reply,
    void *block)
{
	struct protocol_trailer trailer = {.status = PROTOCOL_OK};
	uint64_t offset = range->offset, left = range->count, some;
	bool once = reads_once(range, reply);
	struct digest digest;
	uint8_t *bytes;

	digest_reset(&digest);
	for (; left > 0; left -= some, offset += some) {
		some = piece_size(range, once, left);
		hangs_begin(reply->call, range->file->stat.st_dev, clock_now());
		if (read_piece(range, once, block, offset, some, &digest) != 0)
			/* A request can be refused until put_head. */
			return left == range->count ?
			    refuse_unread(range, reply) :
			    -1;
		if (left == range->count && put_head(range, reply) != 0)
			return -1;
		hangs_end(reply->call);
		if (send_piece(range, once, block, offset, some, reply) != 0)
			return -1;
	}
	bytes = stream_reserve(reply->stream, tail_length(range));
	if (bytes == NULL)
		return -1;
	if (range->digest)
		digest_value(&digest, trailer.digest);
	encode_tail(range, reply, &trailer, bytes);
	stream_commit(reply->stream, tail_length(range));
	reply->sent += tail_length(range);
	return 0;
}

int
send_file_range(const struct file_range *range, struct reply_writer *reply)
{
	bool once = reads_once(range, reply);
	void *block = NULL;
	int result;

	if (range->count > PROTOCOL_LENGTH_MAX - PROTOCOL_ATTRIBUTES_SIZE -
		PROTOCOL_TRAILER_SIZE)
		return reply_writer_refuse(reply, PROTOCOL_IO_ERROR);
	reply->announced =
	    head_length(range) + range->count + tail_length(range);
	if (range->count <= PROTOCOL_COPIED)
		return send_small(range, reply);
	if (check_extent(range, once) != 0)
		return refuse_unread(range, reply);
	if (range->digest || once) {
		block = buffers_lend();
		if (block == NULL)
			return reply_writer_refuse(reply, PROTOCOL_BUSY);
	}
	result = send_large(range, reply, block);
	buffers_return(block);
	return result;
}
