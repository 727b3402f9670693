#ifndef COMMON_PROTOCOL_H
#define COMMON_PROTOCOL_H

/*
 * The wire protocol as pure functions between structs and bytes: no I/O, no
 * allocation, no state; any thread may call any of them. The specification
 * is common/PROTOCOL.md. All integers on the wire are big-endian.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PROTOCOL_PREFIX_SIZE = 4,     /* op, flags, length */
	PROTOCOL_PAYLOAD_MAX = 65535, /* length has 16 bits */
	PROTOCOL_REQUEST_MAX = PROTOCOL_PREFIX_SIZE + PROTOCOL_PAYLOAD_MAX,
	PROTOCOL_FIXED_MAX = 32,	/* token, offset and count */
	PROTOCOL_REPLY_HEADER_SIZE = 8, /* status and length of a reply */
	PROTOCOL_TOKEN_SIZE = 16,
	PROTOCOL_ATTRIBUTES_SIZE = 40,
	PROTOCOL_DIGEST_SIZE = 16,	 /* XXH3-128 */
	PROTOCOL_TRAILER_SIZE = 24,	 /* status, size, digest */
	PROTOCOL_CURSOR_SIZE = 8,	 /* what a listing begins with */
	PROTOCOL_RECORD_SIZE = 22,	 /* of a listing, without its name */
	PROTOCOL_LIST_MAX = 1024 * 1024, /* a listing's body */
	PROTOCOL_MESSAGE_MAX = 512,	 /* the text of an error reply */
	PROTOCOL_COPIED = 32 * 1024,	 /* file bytes; a longer body may show
					    what is written to the file later */
};

/* A reply's length has 56 bits. */
#define PROTOCOL_LENGTH_MAX ((UINT64_C(1) << 56) - 1)

/* As a count: to the end of the file. */
#define PROTOCOL_TO_END UINT64_MAX

enum protocol_op {
	PROTOCOL_OP_GET = 0,
	PROTOCOL_OP_FETCH = 1,
	PROTOCOL_OP_STAT = 2,
	PROTOCOL_OP_LIST = 3,
	PROTOCOL_OP_DIGEST = 4,
	PROTOCOL_OPS,
};

/* FETCH: the trailer carries a digest. */
#define PROTOCOL_FETCH_DIGEST 0x01

enum protocol_status {
	PROTOCOL_OK = 0,
	PROTOCOL_NOT_FOUND = 1,
	PROTOCOL_DENIED = 2,
	PROTOCOL_NOT_A_FILE = 3,
	PROTOCOL_BAD_NAME = 4,
	PROTOCOL_UNSUPPORTED = 5,
	PROTOCOL_BAD_REQUEST = 6,
	PROTOCOL_CHANGED = 7,
	PROTOCOL_BAD_RANGE = 8,
	PROTOCOL_BUSY = 9,
	PROTOCOL_IO_ERROR = 10,
	PROTOCOL_STATUSES,
	/* Never on the wire: the bytes given are not a whole request yet. */
	PROTOCOL_INCOMPLETE,
};

/* Which file, in which state; all zero stands for any. */
struct protocol_token {
	uint64_t id;
	uint64_t version;
};

struct protocol_request {
	uint8_t op; /* as received; may be no enum protocol_op */
	uint8_t flags;
	struct protocol_token token; /* FETCH, DIGEST */
	uint64_t offset;	     /* FETCH, DIGEST: bytes */
	uint64_t count;		     /* FETCH, DIGEST: bytes or TO_END */
	uint64_t cursor;	     /* LIST */
	const uint8_t *name;	     /* borrowed, not terminated */
	size_t name_len;	     /* bytes */
};

struct protocol_attributes {
	struct protocol_token token;
	uint64_t size;	  /* bytes */
	int64_t mtime_ns; /* since 1970 */
	uint32_t mode;	  /* as in stat(2) */
};

struct protocol_trailer {
	enum protocol_status status; /* OK or CHANGED */
	uint64_t size;		     /* bytes, at the end of the sending */
	uint8_t digest[PROTOCOL_DIGEST_SIZE];
};

/* One entry of a folder; its name stands behind it on the wire. */
struct protocol_record {
	uint32_t mode;	  /* as in stat(2) */
	uint64_t size;	  /* bytes */
	int64_t mtime_ns; /* since 1970 */
	size_t name_len;  /* bytes, at most 65535 */
};

/*
 * Returns whether a request's first byte belongs to another protocol (TLS,
 * HTTP, PROXY, or what is no protocol of bytes at all), and never to an op.
 */
bool protocol_is_foreign(uint8_t first);

/*
 * Decodes the request that bytes begins with. Returns
 *   PROTOCOL_OK           *request is set; request->name points into bytes;
 *   PROTOCOL_INCOMPLETE   more bytes are needed;
 *   another status        the answer this request deserves (UNSUPPORTED,
 *                         BAD_REQUEST, BAD_NAME); op, flags and, where there
 *                         is one, name are set all the same.
 * UNSUPPORTED is returned as soon as the prefix is there. *size is the whole
 * request's length on the wire once the prefix is there, and 0 before.
 *
 * If protocol_is_foreign says so of the first byte, UNSUPPORTED is returned
 * for that byte alone, with *size 0: nothing behind it may be decoded.
 */
enum protocol_status protocol_decode_request(const uint8_t *bytes, size_t len,
    struct protocol_request *request, size_t *size);

/*
 * Writes a request with its name to bytes, which has room for
 * PROTOCOL_PREFIX_SIZE + PROTOCOL_FIXED_MAX + name_len. Returns its length, or
 * 0 if the name does not fit the length field.
 */
size_t protocol_encode_request(const struct protocol_request *request,
    uint8_t *bytes);

/* A reply's first eight bytes. length is at most PROTOCOL_LENGTH_MAX. */
void protocol_encode_reply(enum protocol_status status, uint64_t length,
    uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE]);

/*
 * 0, or -1 if no server of this protocol would say this: an unknown status,
 * or an error message over PROTOCOL_MESSAGE_MAX.
 */
int protocol_decode_reply(const uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE],
    enum protocol_status *status, uint64_t *length);

void protocol_encode_attributes(const struct protocol_attributes *attributes,
    uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE]);

/* 0, or -1 if the size is beyond what a file can have (2^63 - 1). */
int protocol_decode_attributes(const uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE],
    struct protocol_attributes *attributes);

void protocol_encode_trailer(const struct protocol_trailer *trailer,
    uint8_t bytes[PROTOCOL_TRAILER_SIZE]);

/* 0, or -1 if the status is neither OK nor CHANGED. */
int protocol_decode_trailer(const uint8_t bytes[PROTOCOL_TRAILER_SIZE],
    struct protocol_trailer *trailer);

void protocol_encode_cursor(uint64_t cursor,
    uint8_t bytes[PROTOCOL_CURSOR_SIZE]);
uint64_t protocol_decode_cursor(const uint8_t bytes[PROTOCOL_CURSOR_SIZE]);

void protocol_encode_record(const struct protocol_record *record,
    uint8_t bytes[PROTOCOL_RECORD_SIZE]);

/* 0, or -1 if the size is beyond what a file can have, or it is neither a
 * regular file nor a folder, or it has no name. */
int protocol_decode_record(const uint8_t bytes[PROTOCOL_RECORD_SIZE],
    struct protocol_record *record);

/* Returns whether the server could not look at a listed entry: then all that
 * its record says is the kind. */
bool protocol_is_unseen(uint32_t mode, uint64_t size, int64_t mtime_ns);

/* 16 bytes, as a token stands on the wire and in the name of a part file. */
void protocol_encode_token(struct protocol_token token,
    uint8_t bytes[PROTOCOL_TOKEN_SIZE]);
struct protocol_token protocol_decode_token(
    const uint8_t bytes[PROTOCOL_TOKEN_SIZE]);

/* Whether both are the same file in the same state. */
bool protocol_token_equal(struct protocol_token a, struct protocol_token b);

/* Whether a request that asks for wanted is content with a file of have. */
bool protocol_token_matches(struct protocol_token wanted,
    struct protocol_token have);

/* "GET", "NOT_FOUND"; "?" for what is none. Static strings. */
const char *protocol_op_name(uint8_t op);
const char *protocol_status_name(enum protocol_status status);

/* What an error reply says to a person. Static string, plain ASCII. */
const char *protocol_status_message(enum protocol_status status);

#endif
