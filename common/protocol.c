/*
 * Requests and replies to bytes and back. Every decoder checks the length that
 * it was given before it reads. names.c checks names; the server decides how to
 * reply to a request.
 */

#include <sys/endian.h>
#include <sys/stat.h>

#include <string.h>

#include "common/content_version.h"
#include "common/names.h"
#include "common/protocol.h"

static const struct {
	const char *name;
	uint8_t fixed; /* bytes before the name: none, a cursor, or token,
			  offset and count */
	uint8_t flags; /* defined flags */
	bool top;      /* the name '.', the served folder, is allowed */
} ops[PROTOCOL_OPS] = {
    [PROTOCOL_OP_GET] = {"GET", 0, 0, false},
    [PROTOCOL_OP_FETCH] = {"FETCH", PROTOCOL_FIXED_MAX, PROTOCOL_FETCH_DIGEST,
	false},
    [PROTOCOL_OP_STAT] = {"STAT", 0, 0, true},
    [PROTOCOL_OP_LIST] = {"LIST", PROTOCOL_CURSOR_SIZE, 0, true},
    [PROTOCOL_OP_DIGEST] = {"DIGEST", PROTOCOL_FIXED_MAX, 0, false},
};

static const struct {
	const char *name;
	const char *message;
} statuses[PROTOCOL_STATUSES] = {
    [PROTOCOL_OK] = {"OK", "ok"},
    [PROTOCOL_NOT_FOUND] = {"NOT_FOUND", "no such file"},
    [PROTOCOL_DENIED] = {"DENIED",
	"not served: no permission, a hidden name, or a link that leads "
	"outside"},
    [PROTOCOL_NOT_A_FILE] = {"NOT_A_FILE", "not a regular file"},
    [PROTOCOL_BAD_NAME] = {"BAD_NAME",
	"bad name: it must be relative, without empty parts, '.' or '..'"},
    [PROTOCOL_UNSUPPORTED] = {"UNSUPPORTED",
	"unsupported request: this is a fileserv; fetch with fileget"},
    [PROTOCOL_BAD_REQUEST] = {"BAD_REQUEST", "the request is too short"},
    [PROTOCOL_CHANGED] = {"CHANGED", "the file has changed"},
    [PROTOCOL_BAD_RANGE] = {"BAD_RANGE", "offset past the end"},
    [PROTOCOL_BUSY] = {"BUSY", "a limit is reached, try again later"},
    [PROTOCOL_IO_ERROR] = {"IO_ERROR", "the server cannot read the file"},
};

bool
protocol_is_foreign(uint8_t first)
{
	return first == 0x0d || first == 0x16 ||
	    (first >= 'A' && first <= 'Z') || first > 0x7f;
}

enum protocol_status
protocol_decode_request(const uint8_t *bytes, size_t len,
    struct protocol_request *request, size_t *size)
{
	const uint8_t *payload;
	size_t fixed, length;

	memset(request, 0, sizeof(*request));
	*size = 0;
	if (len > 0 && bytes[0] >= PROTOCOL_OPS &&
	    protocol_is_foreign(bytes[0])) {
		request->op = bytes[0];
		return PROTOCOL_UNSUPPORTED;
	}
	if (len < PROTOCOL_PREFIX_SIZE)
		return PROTOCOL_INCOMPLETE;
	request->op = bytes[0];
	request->flags = bytes[1];
	length = be16dec(bytes + 2);
	*size = PROTOCOL_PREFIX_SIZE + length;
	if (request->op >= PROTOCOL_OPS ||
	    (request->flags & ~ops[request->op].flags) != 0)
		return PROTOCOL_UNSUPPORTED;
	if (len < *size)
		return PROTOCOL_INCOMPLETE;

	fixed = ops[request->op].fixed;
	if (length < fixed)
		return PROTOCOL_BAD_REQUEST;
	payload = bytes + PROTOCOL_PREFIX_SIZE;
	if (fixed == PROTOCOL_FIXED_MAX) {
		request->token = protocol_decode_token(payload);
		request->offset = be64dec(payload + PROTOCOL_TOKEN_SIZE);
		request->count = be64dec(payload + PROTOCOL_TOKEN_SIZE + 8);
	} else if (fixed == PROTOCOL_CURSOR_SIZE) {
		request->cursor = be64dec(payload);
	}
	request->name = payload + fixed;
	request->name_len = length - fixed;
	if (ops[request->op].top && request->name_len == 1 &&
	    request->name[0] == '.')
		return PROTOCOL_OK;
	return names_valid(request->name, request->name_len) ?
	    PROTOCOL_OK :
	    PROTOCOL_BAD_NAME;
}

size_t
protocol_encode_request(const struct protocol_request *request, uint8_t *bytes)
{
	uint8_t *payload = bytes + PROTOCOL_PREFIX_SIZE;
	size_t fixed = ops[request->op].fixed;

	if (request->name_len > PROTOCOL_PAYLOAD_MAX - fixed)
		return 0;
	bytes[0] = request->op;
	bytes[1] = request->flags;
	be16enc(bytes + 2, (uint16_t)(fixed + request->name_len));
	if (fixed == PROTOCOL_FIXED_MAX) {
		protocol_encode_token(request->token, payload);
		be64enc(payload + PROTOCOL_TOKEN_SIZE, request->offset);
		be64enc(payload + PROTOCOL_TOKEN_SIZE + 8, request->count);
	} else if (fixed == PROTOCOL_CURSOR_SIZE) {
		be64enc(payload, request->cursor);
	}
	memcpy(payload + fixed, request->name, request->name_len);
	return PROTOCOL_PREFIX_SIZE + fixed + request->name_len;
}

/* The first byte is the status, the other seven are the length: with status OK
 * the eight bytes are the length. */
void
protocol_encode_reply(enum protocol_status status, uint64_t length,
    uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE])
{
	be64enc(bytes, (uint64_t)status << 56 | length);
}

int
protocol_decode_reply(const uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE],
    enum protocol_status *status, uint64_t *length)
{
	unsigned value;

	value = bytes[0];
	*length = be64dec(bytes) & PROTOCOL_LENGTH_MAX;
	if (value >= PROTOCOL_STATUSES)
		return -1;
	if (value != PROTOCOL_OK && *length > PROTOCOL_MESSAGE_MAX)
		return -1;
	*status = (enum protocol_status)value;
	return 0;
}

void
protocol_encode_attributes(const struct protocol_attributes *attributes,
    uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE])
{
	protocol_encode_token(attributes->token, bytes);
	be64enc(bytes + 16, attributes->size);
	be64enc(bytes + 24, (uint64_t)attributes->mtime_ns);
	be32enc(bytes + 32, attributes->mode);
	be32enc(bytes + 36, 0);
}

int
protocol_decode_attributes(const uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE],
    struct protocol_attributes *attributes)
{
	attributes->token = protocol_decode_token(bytes);
	attributes->size = be64dec(bytes + 16);
	attributes->mtime_ns = (int64_t)be64dec(bytes + 24);
	attributes->mode = be32dec(bytes + 32);
	return attributes->size > INT64_MAX ? -1 : 0;
}

void
protocol_encode_trailer(const struct protocol_trailer *trailer,
    uint8_t bytes[PROTOCOL_TRAILER_SIZE])
{
	/* The first eight bytes have the form of a reply header. */
	protocol_encode_reply(trailer->status, trailer->size, bytes);
	memcpy(bytes + 8, trailer->digest, PROTOCOL_DIGEST_SIZE);
}

int
protocol_decode_trailer(const uint8_t bytes[PROTOCOL_TRAILER_SIZE],
    struct protocol_trailer *trailer)
{
	unsigned value;

	value = bytes[0];
	trailer->size = be64dec(bytes) & PROTOCOL_LENGTH_MAX;
	if (value != PROTOCOL_OK && value != PROTOCOL_CHANGED)
		return -1;
	trailer->status = (enum protocol_status)value;
	memcpy(trailer->digest, bytes + 8, PROTOCOL_DIGEST_SIZE);
	return 0;
}

void
protocol_encode_cursor(uint64_t cursor, uint8_t bytes[PROTOCOL_CURSOR_SIZE])
{
	be64enc(bytes, cursor);
}

uint64_t
protocol_decode_cursor(const uint8_t bytes[PROTOCOL_CURSOR_SIZE])
{
	return be64dec(bytes);
}

void
protocol_encode_record(const struct protocol_record *record,
    uint8_t bytes[PROTOCOL_RECORD_SIZE])
{
	be32enc(bytes, record->mode);
	be64enc(bytes + 4, record->size);
	be64enc(bytes + 12, (uint64_t)record->mtime_ns);
	be16enc(bytes + 20, (uint16_t)record->name_len);
}

int
protocol_decode_record(const uint8_t bytes[PROTOCOL_RECORD_SIZE],
    struct protocol_record *record)
{
	record->mode = be32dec(bytes);
	record->size = be64dec(bytes + 4);
	record->mtime_ns = (int64_t)be64dec(bytes + 12);
	record->name_len = be16dec(bytes + 20);
	if (record->size > INT64_MAX || record->name_len == 0)
		return -1;
	return S_ISREG(record->mode) || S_ISDIR(record->mode) ? 0 : -1;
}

bool
protocol_is_unseen(uint32_t mode, uint64_t size, int64_t mtime_ns)
{
	return (mode & 07777) == 0 && size == 0 && mtime_ns == 0;
}

void
protocol_encode_token(struct protocol_token token,
    uint8_t bytes[PROTOCOL_TOKEN_SIZE])
{
	be64enc(bytes, token.id);
	be64enc(bytes + 8, token.version);
}

struct protocol_token
protocol_decode_token(const uint8_t bytes[PROTOCOL_TOKEN_SIZE])
{
	struct protocol_token token;

	token.id = be64dec(bytes);
	token.version = be64dec(bytes + 8);
	return token;
}

bool
protocol_token_equal(struct protocol_token a, struct protocol_token b)
{
	return a.id == b.id && a.version == b.version;
}

struct protocol_token
protocol_content_token(const struct protocol_attributes *attributes)
{
	return (struct protocol_token){.id = 0,
	    .version =
		content_version_of(attributes->size, attributes->mtime_ns)};
}

bool
protocol_is_content_token(struct protocol_token token)
{
	return token.id == 0 && token.version != 0;
}

bool
protocol_token_matches(struct protocol_token wanted,
    const struct protocol_attributes *have)
{
	if (wanted.id == 0 && wanted.version == 0)
		return true;
	if (wanted.id == 0)
		return protocol_token_equal(wanted,
		    protocol_content_token(have));
	if (wanted.id != have->token.id)
		return false;
	return wanted.version == 0 || wanted.version == have->token.version;
}

const char *
protocol_op_name(uint8_t op)
{
	return op < PROTOCOL_OPS ? ops[op].name : "?";
}

const char *
protocol_status_name(enum protocol_status status)
{
	return status < PROTOCOL_STATUSES ? statuses[status].name : "?";
}

const char *
protocol_status_message(enum protocol_status status)
{
	return status < PROTOCOL_STATUSES ? statuses[status].message : "?";
}
