/*
 * What each verb does. A handler opens below the root, decides, and leaves
 * the writing to reply.c and body.c: it never sees the socket. Nothing is
 * allocated here.
 */

#include "common/protocol.h"
#include "common/stream.h"
#include "server/body.h"
#include "server/listing.h"
#include "server/verbs.h"

/* A DIGEST of more than this lets the replies before it go first. */
#define VERBS_LONG_DIGEST (1024 * 1024) /* bytes */

/*
 * Opens the file of a request for a range of it, and holds its token and its
 * range against it: *count is cut at the end of the file.
 */
static enum protocol_status
open_range(const struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request,
    struct protocol_attributes *attributes, uint64_t *count)
{
	enum protocol_status status;

	status =
	    handle_open(handle, &verbs->root, request->name, request->name_len);
	if (status != PROTOCOL_OK)
		return status;
	root_attributes(&handle->file.stat, attributes);
	if (!protocol_token_matches(request->token, attributes->token))
		return PROTOCOL_CHANGED;
	if (request->offset > attributes->size)
		return PROTOCOL_BAD_RANGE;
	if (*count > attributes->size - request->offset)
		*count = attributes->size - request->offset;
	return PROTOCOL_OK;
}

/* The bare bytes of the whole file, without attributes to work out. */
static int
act_get(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply *reply)
{
	struct body body = {.file = &handle->file};
	enum protocol_status status;

	status =
	    handle_open(handle, &verbs->root, request->name, request->name_len);
	if (status != PROTOCOL_OK)
		return reply_refuse(reply, status);
	body.count = (uint64_t)handle->file.stat.st_size;
	return body_send(&body, reply);
}

/* A range with attributes and trailer. */
static int
act_fetch(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply *reply)
{
	struct protocol_attributes attributes;
	struct body body = {
	    .file = &handle->file,
	    .offset = request->offset,
	    .count = request->count,
	    .attributes = &attributes,
	    .digest = (request->flags & PROTOCOL_FETCH_DIGEST) != 0,
	};
	enum protocol_status status;

	status = open_range(verbs, handle, request, &attributes, &body.count);
	if (status != PROTOCOL_OK)
		return reply_refuse(reply, status);
	return body_send(&body, reply);
}

static int
act_stat(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply *reply)
{
	struct protocol_attributes attributes;
	uint8_t body[PROTOCOL_ATTRIBUTES];
	enum protocol_status status;

	handle_close(handle);
	status = root_stat(&verbs->root, request->name, request->name_len,
	    &attributes);
	if (status != PROTOCOL_OK)
		return reply_refuse(reply, status);
	protocol_encode_attributes(&attributes, body);
	return reply_bytes(reply, body, sizeof(body));
}

/* The file is open, and the range within it. */
static int
reply_digest(struct verbs *verbs, const struct root_file *file, uint64_t offset,
    uint64_t count, const struct protocol_attributes *attributes,
    struct reply *reply)
{
	uint8_t body[PROTOCOL_ATTRIBUTES + PROTOCOL_DIGEST];
	enum protocol_status status = PROTOCOL_OK;
	int result;

	if (count > VERBS_LONG_DIGEST &&
	    stream_flush(reply->stream, false) != 0)
		return -1;
	result = body_digest(file, offset, count, &verbs->digests,
	    reply->stream, body + PROTOCOL_ATTRIBUTES, &status);
	if (result != 0)
		return -1;
	if (status != PROTOCOL_OK)
		return reply_refuse(reply, status);
	protocol_encode_attributes(attributes, body);
	return reply_bytes(reply, body, sizeof(body));
}

static int
act_digest(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply *reply)
{
	struct protocol_attributes attributes;
	enum protocol_status status;
	uint64_t count = request->count;

	status = open_range(verbs, handle, request, &attributes, &count);
	if (status != PROTOCOL_OK)
		return reply_refuse(reply, status);
	return reply_digest(verbs, &handle->file, request->offset, count,
	    &attributes, reply);
}

static int
act_list(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply *reply)
{
	enum protocol_status status;
	struct root_file folder;
	int result;

	handle_close(handle);
	if (!verbs->lists)
		return reply_refuse_saying(reply, PROTOCOL_DENIED,
		    "this server does not list");
	status = root_open_folder(&verbs->root, request->name,
	    request->name_len, &folder);
	if (status == PROTOCOL_NOT_A_FILE)
		return reply_refuse_saying(reply, status, "not a folder");
	if (status == PROTOCOL_NOT_FOUND)
		return reply_refuse_saying(reply, status, "no such folder");
	if (status != PROTOCOL_OK)
		return reply_refuse(reply, status);
	result = listing_send(&verbs->root, &folder, request, reply);
	root_close_file(&folder);
	return result;
}

static int (*const handlers[PROTOCOL_OPS])(struct verbs *verbs,
    struct handle *handle, const struct protocol_request *request,
    struct reply *reply) = {
    [PROTOCOL_GET] = act_get,
    [PROTOCOL_FETCH] = act_fetch,
    [PROTOCOL_STAT] = act_stat,
    [PROTOCOL_LIST] = act_list,
    [PROTOCOL_DIGEST_OF] = act_digest,
};

int
verbs_act(struct verbs *verbs, struct handle *handle,
    const struct protocol_request *request, struct reply *reply)
{
	int result = handlers[request->op](verbs, handle, request, reply);

	/* After a refusal the next one sees for itself what the name is now. */
	if (reply->status != PROTOCOL_OK)
		handle_close(handle);
	return result;
}
