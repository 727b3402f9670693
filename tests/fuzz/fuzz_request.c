/*
 * Requests as the server decodes them: each outcome agrees with a second
 * implementation of the specification, and a decoded request encodes to the
 * same bytes again.
 */

#include <stdbool.h>
#include <string.h>

#include <xxhash.h>

#include "common/names.h"
#include "common/protocol.h"
#include "tests/fuzz/fuzz.h"

/* The ops of common/PROTOCOL.md. */
static const struct {
	size_t fixed;
	uint8_t flags;
	bool top;
} ops[] = {{0, 0, false}, {32, 1, false}, {0, 0, true}, {8, 0, true},
    {32, 0, false}};

/* First bytes that will never be assigned. */
static bool
is_foreign(uint8_t first)
{
	return first == '\r' || first == 0x16 || (first & 0x80) != 0 ||
	    (first >= 'A' && first <= 'Z');
}

static enum protocol_status
expected(const uint8_t *data, size_t size)
{
	size_t length, fixed;
	const uint8_t *name;

	if (size > 0 && is_foreign(data[0]))
		return PROTOCOL_UNSUPPORTED;
	if (size < 4)
		return PROTOCOL_INCOMPLETE;
	length = (size_t)data[2] << 8 | data[3];
	if (data[0] > 4 || (data[1] | ops[data[0]].flags) != ops[data[0]].flags)
		return PROTOCOL_UNSUPPORTED;
	if (size - 4 < length)
		return PROTOCOL_INCOMPLETE;
	fixed = ops[data[0]].fixed;
	if (length < fixed)
		return PROTOCOL_BAD_REQUEST;
	name = data + 4 + fixed;
	length -= fixed;
	if (ops[data[0]].top && length == 1 && name[0] == '.')
		return PROTOCOL_OK;
	return names_valid(name, length) ? PROTOCOL_OK : PROTOCOL_BAD_NAME;
}

/* Checks that the request encodes to its bytes, and that a name too long for
 * the length field does not. */
static void
check_encoding(struct protocol_request *request, const uint8_t *data,
    size_t size)
{
	static uint8_t bytes[PROTOCOL_REQUEST_MAX + 1];

	bytes[size] = 0xa5;
	FUZZ_REQUIRE(protocol_encode_request(request, bytes) == size);
	FUZZ_REQUIRE(memcmp(bytes, data, size) == 0 && bytes[size] == 0xa5);
	request->name_len =
	    (size_t)PROTOCOL_PAYLOAD_MAX - ops[request->op].fixed + 1;
	FUZZ_REQUIRE(protocol_encode_request(request, bytes) == 0);
	FUZZ_REQUIRE(memcmp(bytes, data, size) == 0);
}

/* Checks the decoded fields of a whole request of a known op. */
static void
check_fields(const struct protocol_request *request, const uint8_t *data,
    size_t size)
{
	const uint8_t *end = data + size;

	FUZZ_REQUIRE(request->name == data + 4 + ops[data[0]].fixed);
	FUZZ_REQUIRE(request->name + request->name_len == end);
	if (ops[data[0]].fixed == 0)
		FUZZ_REQUIRE(request->offset == 0 && request->count == 0 &&
		    request->token.id == 0 && request->cursor == 0);
}

/* The content version of common/PROTOCOL.md, byte by byte. */
static uint64_t
content_version(uint64_t size, int64_t mtime_ns)
{
	uint8_t bytes[16];
	uint64_t version;
	unsigned i;

	for (i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(size >> (56 - 8 * i));
		bytes[8 + i] = (uint8_t)((uint64_t)mtime_ns >> (56 - 8 * i));
	}
	version = XXH3_64bits(bytes, sizeof(bytes));
	return version == 0 ? 1 : version;
}

/* Compares a token with that of a file which differs in one field, in each form
 * of a request's token. */
static void
check_tokens(const struct protocol_request *request, uint8_t kind)
{
	struct protocol_token wanted = request->token;
	struct protocol_attributes have = {.token = wanted,
	    .size = request->offset,
	    .mtime_ns = (int64_t)request->count};
	uint64_t content = content_version(have.size, have.mtime_ns);
	bool matches;

	have.token.id ^= kind & 3;
	have.token.version ^= kind >> 2 & 3;
	if ((kind & 16) != 0)
		wanted.version = 0;
	if ((kind & 32) != 0)
		wanted.id = 0;
	if ((kind & 64) != 0)
		wanted.version = content ^ (kind >> 7);
	if (wanted.id == 0)
		matches = wanted.version == 0 || wanted.version == content;
	else
		matches = wanted.id == have.token.id &&
		    (wanted.version == 0 ||
			wanted.version == have.token.version);
	FUZZ_REQUIRE(protocol_token_matches(wanted, &have) == matches);
	FUZZ_REQUIRE(protocol_is_content_token(wanted) ==
	    (wanted.id == 0 && wanted.version != 0));
	FUZZ_REQUIRE(protocol_content_token(&have).version == content);
}

/* Checks the texts of an op and a status, for any number. */
static void
check_names(uint8_t number)
{
	enum protocol_status status = number;

	FUZZ_REQUIRE((strcmp(protocol_op_name(number), "?") == 0) ==
	    (number >= PROTOCOL_OPS));
	FUZZ_REQUIRE((strcmp(protocol_status_name(status), "?") == 0) ==
	    (number >= PROTOCOL_STATUSES));
	FUZZ_REQUIRE(
	    strlen(protocol_status_message(status)) <= PROTOCOL_MESSAGE_MAX);
}

int
fuzz_request(const uint8_t *data, size_t size)
{
	struct protocol_request request, again;
	enum protocol_status status;
	size_t whole, same;

	status = protocol_decode_request(data, size, &request, &whole);
	FUZZ_REQUIRE(status == expected(data, size));
	if (size > 0 && is_foreign(data[0])) {
		FUZZ_REQUIRE(whole == 0 && request.op == data[0]);
		FUZZ_REQUIRE(request.name == NULL);
		return 0;
	}
	FUZZ_REQUIRE(size >= 4 ? whole == 4 + ((size_t)data[2] << 8 | data[3]) :
				 whole == 0);
	if (size < 4)
		return 0;
	FUZZ_REQUIRE(request.op == data[0] && request.flags == data[1]);
	check_names(data[0]);
	if (status == PROTOCOL_INCOMPLETE || status == PROTOCOL_UNSUPPORTED)
		return 0;

	/* The result does not depend on later bytes, and one byte less is
	 * incomplete. */
	FUZZ_REQUIRE(whole <= size);
	FUZZ_REQUIRE(
	    protocol_decode_request(data, whole, &again, &same) == status);
	FUZZ_REQUIRE(same == whole && again.name == request.name &&
	    again.name_len == request.name_len);
	FUZZ_REQUIRE(protocol_decode_request(data, whole - 1, &again, &same) ==
	    PROTOCOL_INCOMPLETE);
	check_tokens(&request, data[3]);
	if (status == PROTOCOL_BAD_REQUEST)
		return 0;
	check_fields(&request, data, whole);
	check_encoding(&request, data, whole);
	return 0;
}
