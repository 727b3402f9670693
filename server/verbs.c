/*
 * One handler for each verb, run by the session's thread. A handler opens a
 * file or folder below the root, decides on the status, and leaves the writing
 * to reply_writer.c, send_file.c and send_list.c: it never touches the socket.
 * Handlers allocate nothing.
 */

#include <errno.h>

#include "common/clock.h"
#include "common/protocol.h"
#include "common/stream.h"
#include "server/access.h"
#include "server/file_digest.h"
#include "server/scope_folder.h"
#include "server/send_file.h"
#include "server/send_list.h"
#include "server/state.h"
#include "server/verbs.h"

/* Before a DIGEST of more bytes than this, the earlier replies are sent. */
#define VERBS_LONG_DIGEST (1024 * 1024)

/*
 * Finds the file of a request: the one that its name leads to, or the kept file
 * if the token names that one. A FETCH at or behind the kept file's end gets
 * the status of its name instead. Sets errno for IO_ERROR, BUSY.
 */
static enum protocol_status
find_file(const struct root *root, struct handle *handle,
    const struct protocol_request *request,
    struct protocol_attributes *attributes, const struct root_file **file)
{
	enum protocol_status status;
	int code;

	status = handle_open(handle, root, request->name, request->name_len);
	code = errno;
	if (status == PROTOCOL_OK) {
		*file = &handle->file;
		state_attributes(&handle->file.stat, attributes);
		if (protocol_token_matches(request->token, attributes))
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

/* Finds the file of a request, and the range of it that the request names, cut
 * at the end of the file. Sets errno for IO_ERROR, BUSY. */
static enum protocol_status
find_range(const struct root *root, struct handle *handle,
    const struct protocol_request *request,
    struct protocol_attributes *attributes, struct file_range *range)
{
	enum protocol_status status;

	status = find_file(root, handle, request, attributes, &range->file);
	if (status != PROTOCOL_OK)
		return status;
	if (request->offset > attributes->size)
		return PROTOCOL_BAD_RANGE;
	range->offset = request->offset;
	range->count = attributes->size - request->offset;
	if (range->count > request->count)
		range->count = request->count;
	return PROTOCOL_OK;
}

/* Sends the bytes of the whole file; needs no attributes. */
static int
act_get(const struct root *root, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	struct file_range range = {.file = &handle->file};
	enum protocol_status status;

	status = handle_open(handle, root, request->name, request->name_len);
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	range.count = (uint64_t)handle->file.stat.st_size;
	return send_file_range(&range, reply);
}

/* Keeps the file that was sent if its client follows it (the token names a file
 * but no version), or will ask for its digest since it has changed. */
static void
keep_sent(struct handle *handle, const struct protocol_request *request,
    const struct reply_writer *reply, const struct root_file *sent)
{
	bool follows = request->token.id != 0 && request->token.version == 0;

	if (sent == &handle->file && (follows || reply->changed))
		kept_keep(&handle->kept, &handle->file, clock_now());
}

/* Sends a range with attributes and trailer. */
static int
act_fetch(const struct root *root, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	struct protocol_attributes attributes;
	struct file_range range = {
	    .attributes = &attributes,
	    .digest = (request->flags & PROTOCOL_FETCH_DIGEST) != 0,
	};
	enum protocol_status status;

	status = find_range(root, handle, request, &attributes, &range);
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	if (send_file_range(&range, reply) != 0)
		return -1;
	keep_sent(handle, request, reply, range.file);
	return 0;
}

static int
act_stat(const struct root *root, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	struct protocol_attributes attributes;
	uint8_t body[PROTOCOL_ATTRIBUTES_SIZE];
	enum protocol_status status;

	handle_close(handle);
	status = root_stat(root, request->name, request->name_len, &attributes);
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	protocol_encode_attributes(&attributes, body);
	return reply_writer_put(reply, PROTOCOL_OK, body, sizeof(body));
}

/* Replies with the digest of a range as it was read; or with CHANGED, if the
 * request is for one exact version and the file was modified meanwhile. */
static int
act_digest(const struct root *root, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	struct protocol_attributes attributes;
	struct file_range range = {.file = NULL};
	uint8_t body[PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_DIGEST_SIZE];
	enum protocol_status status;
	uint64_t size;

	status = find_range(root, handle, request, &attributes, &range);
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	if (range.count > VERBS_LONG_DIGEST ||
	    work_slots_are_taken(reply->slot, WORK_DIGEST)) {
		work_slot_give(reply->slot);
		hangs_end(reply->call);
		if (stream_flush(reply->stream, false) != 0)
			return -1;
	}
	if (file_digest_range(range.file, range.offset, range.count, reply,
		body + PROTOCOL_ATTRIBUTES_SIZE, &status) != 0)
		return -1;
	if (status == PROTOCOL_OK && request->token.version != 0 &&
	    state_has_changed(range.file->fd, &range.file->stat, &size))
		status = PROTOCOL_CHANGED;
	if (status != PROTOCOL_OK && status != PROTOCOL_CHANGED &&
	    reply_writer_reopens(reply, errno))
		return 0;
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	protocol_encode_attributes(&attributes, body);
	return reply_writer_put(reply, PROTOCOL_OK, body, sizeof(body));
}

/* Sends a page of a folder in a work slot, since a page may look at thousands
 * of entries. Sends earlier replies first: then the page fits the output, and
 * the slot is never held while waiting for the peer. */
static int
send_page_in_slot(const struct root *root, const struct root_file *folder,
    const struct protocol_request *request, struct reply_writer *reply)
{
	const struct work_slice slice = {.kind = WORK_OTHER,
	    .left = WORK_SLICE,
	    .device = folder->stat.st_dev};
	int result;

	work_slot_give(reply->slot);
	hangs_end(reply->call);
	if (stream_flush(reply->stream, false) != 0)
		return -1;
	if (work_slot_take(reply->slot, &slice, reply->stream) != 0)
		return errno == ECONNRESET ?
		    -1 :
		    reply_writer_refuse(reply, PROTOCOL_BUSY);
	hangs_begin(reply->call, slice.device, clock_now());
	result = send_list_page(root, folder, request, reply);
	work_slot_give(reply->slot);
	return result;
}

/* Refuses a request whose name leads to nothing, or to what its client may not
 * read: the two replies must not differ. */
static int
refuse_missing(const struct protocol_request *request,
    struct reply_writer *reply)
{
	if (request->op == PROTOCOL_OP_LIST)
		return reply_writer_refuse_text(reply, PROTOCOL_NOT_FOUND,
		    "no such folder");
	return reply_writer_refuse(reply, PROTOCOL_NOT_FOUND);
}

static int
act_list(const struct root *root, struct handle *handle,
    const struct protocol_request *request, struct reply_writer *reply)
{
	enum protocol_status status;
	struct root_file folder;
	int result;

	handle_close(handle);
	status =
	    root_open_folder(root, request->name, request->name_len, &folder);
	if (status == PROTOCOL_NOT_A_FILE)
		return reply_writer_refuse_text(reply, status, "not a folder");
	if (status == PROTOCOL_NOT_FOUND)
		return refuse_missing(request, reply);
	if (status != PROTOCOL_OK)
		return reply_writer_refuse_errno(reply, status, errno);
	result = send_page_in_slot(root, &folder, request, reply);
	root_close_file(&folder);
	return result;
}

static int (*const handlers[PROTOCOL_OPS])(const struct root *root,
    struct handle *handle, const struct protocol_request *request,
    struct reply_writer *reply) = {
    [PROTOCOL_OP_GET] = act_get,
    [PROTOCOL_OP_FETCH] = act_fetch,
    [PROTOCOL_OP_STAT] = act_stat,
    [PROTOCOL_OP_LIST] = act_list,
    [PROTOCOL_OP_DIGEST] = act_digest,
};

/* Answers a request for a name that may be read. */
static int
answer_inside(struct verbs *verbs, const struct access *access,
    struct handle *handle, const struct protocol_request *request,
    struct reply_writer *reply)
{
	int result =
	    handlers[request->op](access->root, handle, request, reply);
	int code;

	/* The file server has replaced the file: its name leads to the new one,
	 * or the second answer is BUSY. */
	if (result == 0 && reply->stale) {
		reply->stale = false;
		reply->reopened = true;
		handle_close(handle);
		result =
		    handlers[request->op](access->root, handle, request, reply);
	}
	code = errno;
	presence_check(&verbs->presence, reply->status);
	errno = code;
	return result;
}

int
verbs_act(struct verbs *verbs, const struct access *access,
    struct handle *handle, const struct protocol_request *request,
    struct reply_writer *reply)
{
	int result = 0;

	if (request->op == PROTOCOL_OP_LIST && !verbs->lists)
		result = reply_writer_refuse_text(reply, PROTOCOL_DENIED,
		    "this server does not list");
	else
		switch (access_find(access, request->name, request->name_len)) {
		case SCOPE_INSIDE:
			result = answer_inside(verbs, access, handle, request,
			    reply);
			break;
		case SCOPE_ABOVE:
			result =
			    scope_folder_answer(access->scope, request, reply);
			break;
		case SCOPE_OUTSIDE:
			result = refuse_missing(request, reply);
			break;
		}
	/* After a refusal the next request looks the name up again. */
	if (reply->status != PROTOCOL_OK)
		handle_close(handle);
	return result;
}
