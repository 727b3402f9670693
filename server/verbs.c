/*
 * What each verb does. A handler opens below the root, decides, and leaves
 * the writing to reply.c and body.c: it never sees the socket. Nothing is
 * allocated here.
 */

#include <errno.h>

#include "common/clock.h"
#include "common/protocol.h"
#include "common/stream.h"
#include "server/send_file.h"
#include "server/send_list.h"
#include "server/state.h"
#include "server/verbs.h"

/* A DIGEST of more than this lets the replies before it go first. */
#define VERBS_LONG_DIGEST (1024 * 1024) /* bytes */

/*
 * Finds the file of a request: the one that its name leads to, or, where that
 * is not the file the token names, the kept one. A FETCH has the kept one only
 * for as long as that has bytes behind the offset: then the client learns what
 * its name leads to. For IO_ERROR errno says why.
 */
static enum protocol_status
find_file(const struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request,
    struct protocol_attributes *attributes, struct root_file **file)
{
	enum protocol_status status;
	int code;

	status =
	    handle_open(handle, &verbs->root, request->name, request->name_len);
	code = errno;
	if (status == PROTOCOL_OK) {
		*file = &handle->file;
		state_attributes(&handle->file.stat, attributes);
		if (protocol_token_matches(request->token, attributes->token))
			return PROTOCOL_OK;
		status = PROTOCOL_CHANGED;
	}
	*file = kept_find(&handle->kept, request->token, clock_now());
	if (*file == NULL) {
		errno = code;
		return status;
	}
	state_attributes(&(*file)->stat, attributes);
	return request->op != PROTOCOL_OP_FETCH ||
		request->offset < attributes->size ?
	    PROTOCOL_OK :
	    status;
}

/* Finds the file of a request for a range of it, and holds the range against
 * it: *count is cut at the end of the file. */
static enum protocol_status
find_range(const struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request,
    struct protocol_attributes *attributes, uint64_t *count,
    struct root_file **file)
{
	enum protocol_status status;

	status = find_file(verbs, handle, request, attributes, file);
	if (status != PROTOCOL_OK)
		return status;
	if (request->offset > attributes->size)
		return PROTOCOL_BAD_RANGE;
	if (*count > attributes->size - request->offset)
		*count = attributes->size - request->offset;
	return PROTOCOL_OK;
}

/* The bare bytes of the whole file, without attributes to work out. */
static int
act_get(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	struct file_range range = {.file = &handle->file};
	enum protocol_status status;

	status =
	    handle_open(handle, &verbs->root, request->name, request->name_len);
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	range.count = (uint64_t)handle->file.stat.st_size;
	return send_file_range(&range, reply);
}

/* Keeps the file that was sent if its client follows it (it names a file in
 * whatever state), or will ask what became of it. */
static void
keep_sent(struct handle *handle, const struct protocol_request *request,
    const struct reply_writer *reply, const struct root_file *sent)
{
	bool follows = request->token.id != 0 && request->token.version == 0;

	if (sent == &handle->file && (follows || reply->changed))
		kept_keep(&handle->kept, &handle->file, clock_now());
}

/* A range with attributes and trailer. */
static int
act_fetch(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	struct protocol_attributes attributes;
	struct root_file *file;
	struct file_range range = {
	    .offset = request->offset,
	    .count = request->count,
	    .attributes = &attributes,
	    .digest = (request->flags & PROTOCOL_FETCH_DIGEST) != 0,
	};
	enum protocol_status status;

	status = find_range(verbs, handle, request, &attributes, &range.count,
	    &file);
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	range.file = file;
	if (send_file_range(&range, reply) != 0)
		return -1;
	keep_sent(handle, request, reply, file);
	return 0;
}

static int
act_stat(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	struct protocol_attributes attributes;
	uint8_t body[PROTOCOL_ATTRIBUTES_SIZE];
	enum protocol_status status;

	handle_close(handle);
	status = root_stat(&verbs->root, request->name, request->name_len,
	    &attributes);
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	protocol_encode_attributes(&attributes, body);
	return reply_writer_put(reply, body, sizeof(body));
}

/*
 * The file is open, and the range of count bytes within it. A request for one
 * exact version is answered CHANGED if the file was modified meanwhile; any
 * other gets the digest of the bytes as they were read.
 */
static int
reply_digest(const struct root_file *file,
    const struct protocol_request *request, uint64_t count,
    const struct protocol_attributes *attributes, struct reply_writer *reply)
{
	uint8_t body[PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_DIGEST_SIZE];
	enum protocol_status status = PROTOCOL_OK;
	uint64_t size;

	if (count > VERBS_LONG_DIGEST ||
	    work_slots_are_taken(reply->slot, WORK_DIGEST)) {
		work_slot_give(reply->slot);
		if (stream_flush(reply->stream, false) != 0)
			return -1;
	}
	if (send_file_digest(file, request->offset, count, reply,
		body + PROTOCOL_ATTRIBUTES_SIZE, &status) != 0)
		return -1;
	if (status == PROTOCOL_OK && request->token.version != 0 &&
	    root_file_changed(file, &size))
		status = PROTOCOL_CHANGED;
	if (status != PROTOCOL_OK)
		return reply_writer_refuse(reply, status);
	protocol_encode_attributes(attributes, body);
	return reply_writer_put(reply, body, sizeof(body));
}

static int
act_digest(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	struct protocol_attributes attributes;
	enum protocol_status status;
	uint64_t count = request->count;
	struct root_file *file;

	status = find_range(verbs, handle, request, &attributes, &count, &file);
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	return reply_digest(file, request, count, &attributes, reply);
}

/*
 * A page takes a slot, as it may look at thousands of entries. Nothing is
 * unsent when it is put together, so that it fits and the turn is held while
 * nothing waits for the peer.
 */
static int
send_page(const struct verbs *verbs, const struct root_file *folder,
    const struct protocol_request *request, struct reply_writer *reply)
{
	const struct work_slice errand = {.line = WORK_OTHER,
	    .left = WORK_SLICE,
	    .device = folder->stat.st_dev};
	int result;

	work_slot_give(reply->slot);
	if (stream_flush(reply->stream, false) != 0)
		return -1;
	if (work_slot_take(reply->slot, &errand, reply->stream) != 0)
		return errno == ECONNRESET ?
		    -1 :
		    reply_writer_refuse(reply, PROTOCOL_BUSY);
	result = send_list_page(&verbs->root, folder, request, reply);
	work_slot_give(reply->slot);
	return result;
}

static int
act_list(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	enum protocol_status status;
	struct root_file folder;
	int result;

	handle_close(handle);
	if (!verbs->lists)
		return reply_writer_refuse_text(reply, PROTOCOL_DENIED,
		    "this server does not list");
	status = root_open_folder(&verbs->root, request->name,
	    request->name_len, &folder);
	if (status == PROTOCOL_NOT_A_FILE)
		return reply_writer_refuse_text(reply, status, "not a folder");
	if (status == PROTOCOL_NOT_FOUND)
		return reply_writer_refuse_text(reply, status,
		    "no such folder");
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	result = send_page(verbs, &folder, request, reply);
	root_close_file(&folder);
	return result;
}

static int (*const handlers[PROTOCOL_OPS])(struct verbs *verbs,
    struct handle *handle, const struct protocol_request *request,
    struct reply_writer *reply) = {
    [PROTOCOL_OP_GET] = act_get,
    [PROTOCOL_OP_FETCH] = act_fetch,
    [PROTOCOL_OP_STAT] = act_stat,
    [PROTOCOL_OP_LIST] = act_list,
    [PROTOCOL_OP_DIGEST] = act_digest,
};

int
verbs_act(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	int result = handlers[request->op](verbs, handle, request, reply);

	/* After a refusal the next one sees for itself what the name is now. */
	if (reply->status != PROTOCOL_OK)
		handle_close(handle);
	return result;
}
