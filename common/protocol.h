#ifndef COMMON_PROTOCOL_H
#define COMMON_PROTOCOL_H

/*
 * Encodes and decodes the wire protocol, which common/PROTOCOL.md specifies.
 * Pure functions between structs and bytes: no I/O, no allocation, no state.
 * Any thread may call them. All integers on the wire are big-endian.
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
	PROTOCOL_CURSOR_SIZE = 8,	 /* first field of a list's body */
	PROTOCOL_RECORD_SIZE = 22,	 /* an entry of a list, without name */
	PROTOCOL_LIST_MAX = 1024 * 1024, /* body of a LIST reply */
	PROTOCOL_MESSAGE_MAX = 512,	 /* body of an error reply */
	/* Largest body that is a copy of the file: later writes to the file
	 * may show in a longer one. */
	PROTOCOL_COPIED = 32 * 1024,
};

/* Largest length of a reply: the field has 56 bits. */
#define PROTOCOL_LENGTH_MAX ((UINT64_C(1) << 56) - 1)

/* The count that stands for all bytes up to the end of the file. */
#define PROTOCOL_TO_END UINT64_MAX

enum protocol_op {
	PROTOCOL_OP_GET = 0,
	PROTOCOL_OP_FETCH = 1,
	PROTOCOL_OP_STAT = 2,
	PROTOCOL_OP_LIST = 3,
	PROTOCOL_OP_DIGEST = 4,
	PROTOCOL_OPS,
};

/* Flag of FETCH: the trailer contains a digest. */
#define PROTOCOL_FETCH_DIGEST 0x01

/* How the message begins by which a server that insists on TLS refuses a plain
 * request (UNSUPPORTED): a client recognizes it. */
#define PROTOCOL_WANTS_TLS "this server wants encryption"

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
	/* Never on the wire: more bytes of the request are needed. */
	PROTOCOL_INCOMPLETE,
};

/* A file and its version. A request may leave fields 0: the version for any
 * version of the file, both for any file, and the id for any file that has this
 * content version (common/content_version.h). */
struct protocol_token {
	uint64_t id;
	uint64_t version; /* the state in PROTOCOL.md */
};

struct protocol_request {
	uint8_t op; /* as received; not always an enum protocol_op */
	uint8_t flags;
	struct protocol_token token; /* FETCH, DIGEST */
	uint64_t offset;	     /* FETCH, DIGEST: bytes */
	uint64_t count;		     /* FETCH, DIGEST: bytes, or TO_END */
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
	uint64_t size;		     /* of the file after sending, bytes */
	uint8_t digest[PROTOCOL_DIGEST_SIZE];
};

/* One entry of a list. On the wire its name follows it. */
struct protocol_record {
	uint32_t mode;	  /* as in stat(2) */
	uint64_t size;	  /* bytes */
	int64_t mtime_ns; /* since 1970 */
	size_t name_len;  /* bytes, at most 65535 */
};

/* Returns whether the first byte of a request belongs to another protocol (TLS,
 * HTTP, PROXY). Such a byte is never an op. */
bool protocol_is_foreign(uint8_t first);

/*
 * Decodes the request at the start of bytes. Returns
 *   PROTOCOL_OK           *request is set; request->name points into bytes;
 *   PROTOCOL_INCOMPLETE   more than len bytes are needed;
 *   UNSUPPORTED, BAD_REQUEST or BAD_NAME, the status to reply with: op, flags
 *                         and (for BAD_NAME) name are set.
 * Sets *size to the length of the whole request once len covers its prefix,
 * which is also enough for UNSUPPORTED; before that to 0.
 *
 * If protocol_is_foreign is true for the first byte, the function returns
 * UNSUPPORTED with *size 0, even for len 1. The caller must not decode any
 * later byte of that connection.
 */
enum protocol_status protocol_decode_request(const uint8_t *bytes, size_t len,
    struct protocol_request *request, size_t *size);

/*
 * Writes a request with its name to bytes, which has room for
 * PROTOCOL_PREFIX_SIZE + PROTOCOL_FIXED_MAX + name_len. Returns the length of
 * the request, or 0 if the name does not fit the length field.
 */
size_t protocol_encode_request(const struct protocol_request *request,
    uint8_t *bytes);

/* Writes the header of a reply. length is at most PROTOCOL_LENGTH_MAX. */
void protocol_encode_reply(enum protocol_status status, uint64_t length,
    uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE]);

/* Returns 0, or -1 if the header is not valid: an unknown status, or an error
 * reply longer than PROTOCOL_MESSAGE_MAX. */
int protocol_decode_reply(const uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE],
    enum protocol_status *status, uint64_t *length);

void protocol_encode_attributes(const struct protocol_attributes *attributes,
    uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE]);

/* Returns 0, or -1 if the size is over 2^63 - 1. */
int protocol_decode_attributes(const uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE],
    struct protocol_attributes *attributes);

void protocol_encode_trailer(const struct protocol_trailer *trailer,
    uint8_t bytes[PROTOCOL_TRAILER_SIZE]);

/* Returns 0, or -1 if the status is neither OK nor CHANGED. */
int protocol_decode_trailer(const uint8_t bytes[PROTOCOL_TRAILER_SIZE],
    struct protocol_trailer *trailer);

void protocol_encode_cursor(uint64_t cursor,
    uint8_t bytes[PROTOCOL_CURSOR_SIZE]);
uint64_t protocol_decode_cursor(const uint8_t bytes[PROTOCOL_CURSOR_SIZE]);

void protocol_encode_record(const struct protocol_record *record,
    uint8_t bytes[PROTOCOL_RECORD_SIZE]);

/* Returns 0, or -1 if the size is over 2^63 - 1, the mode is neither that of a
 * regular file nor of a folder, or name_len is 0. */
int protocol_decode_record(const uint8_t bytes[PROTOCOL_RECORD_SIZE],
    struct protocol_record *record);

/* Returns whether the fields of a record say that the server could not read the
 * entry's attributes. Such a record tells only a folder from a file. */
bool protocol_is_unseen(uint32_t mode, uint64_t size, int64_t mtime_ns);

/* The form of a token on the wire, which is also used in part file names. */
void protocol_encode_token(struct protocol_token token,
    uint8_t bytes[PROTOCOL_TOKEN_SIZE]);
struct protocol_token protocol_decode_token(
    const uint8_t bytes[PROTOCOL_TOKEN_SIZE]);

/* Returns whether both tokens are of the same file in the same version. */
bool protocol_token_equal(struct protocol_token a, struct protocol_token b);

/* Returns the token that asks for any file with the content version of these
 * attributes. */
struct protocol_token protocol_content_token(
    const struct protocol_attributes *attributes);

/* Returns whether a token asks for a content version, not for one file. */
bool protocol_is_content_token(struct protocol_token token);

/* Returns whether a file with the attributes have satisfies a request for
 * wanted, in each of the four forms of a token. */
bool protocol_token_matches(struct protocol_token wanted,
    const struct protocol_attributes *have);

/* Return a static string as on the wire ("GET"), or "?" if unknown. */
const char *protocol_op_name(uint8_t op);
const char *protocol_status_name(enum protocol_status status);

/* Returns the text of an error reply: a static string in ASCII. */
const char *protocol_status_message(enum protocol_status status);

#endif
