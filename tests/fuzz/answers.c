/*
 * The server's specification written a second time, for a known folder.
 * Requests are decoded by the server's decoder, which has a target of its own;
 * everything else is independent of the server's code.
 */

#include <string.h>

#include "common/digest.h"
#include "common/names.h"
#include "common/protocol.h"
#include "tests/fuzz/answers.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/served.h"

/* A request, the file or folder it names, and the reply. */
struct exchange {
	const struct answers_policy *policy;
	struct protocol_request request;
	const struct served *served; /* NULL: no such file or folder */
	enum protocol_status status;
	const uint8_t *body;
	size_t len;
};

static void
check_bytes(const struct served *served, uint64_t offset, const uint8_t *bytes,
    size_t n)
{
	FUZZ_REQUIRE(offset <= served->size && n <= served->size - offset);
	if (n > 0)
		FUZZ_REQUIRE(memcmp(bytes, served->bytes + offset, n) == 0);
}

/* Returns how many of the file's bytes a request asks for. */
static size_t
range(const struct exchange *exchange)
{
	uint64_t left = exchange->served->size - exchange->request.offset;

	return exchange->request.count < left ?
	    (size_t)exchange->request.count :
	    (size_t)left;
}

static void
check_digest(const struct exchange *exchange, const uint8_t *digest)
{
	uint8_t own[PROTOCOL_DIGEST_SIZE];

	digest_of(exchange->served->size == 0 ?
		(const uint8_t *)"" :
		exchange->served->bytes + exchange->request.offset,
	    range(exchange), own);
	FUZZ_REQUIRE(memcmp(digest, own, sizeof(own)) == 0);
}

static void
check_attributes(const struct exchange *exchange)
{
	struct protocol_attributes attributes;

	FUZZ_REQUIRE(exchange->len >= PROTOCOL_ATTRIBUTES_SIZE);
	FUZZ_REQUIRE(
	    protocol_decode_attributes(exchange->body, &attributes) == 0);
	FUZZ_REQUIRE(exchange->served->is_folder ||
	    attributes.size == exchange->served->size);
	FUZZ_REQUIRE(attributes.token.id != 0 && attributes.token.version != 0);
}

static void
check_fetch(const struct exchange *exchange)
{
	static const uint8_t none[PROTOCOL_DIGEST_SIZE];
	struct protocol_trailer trailer;
	size_t n = range(exchange);
	const uint8_t *bytes = exchange->body + PROTOCOL_ATTRIBUTES_SIZE;

	check_attributes(exchange);
	FUZZ_REQUIRE(exchange->len ==
	    PROTOCOL_ATTRIBUTES_SIZE + n + PROTOCOL_TRAILER_SIZE);
	check_bytes(exchange->served, exchange->request.offset, bytes, n);
	FUZZ_REQUIRE(protocol_decode_trailer(bytes + n, &trailer) == 0);
	FUZZ_REQUIRE(trailer.status == PROTOCOL_OK &&
	    trailer.size == exchange->served->size);
	if ((exchange->request.flags & PROTOCOL_FETCH_DIGEST) != 0)
		check_digest(exchange, trailer.digest);
	else
		FUZZ_REQUIRE(memcmp(trailer.digest, none, sizeof(none)) == 0);
}

/* Checks that each record is an entry to be shown and, if the listing starts at
 * the beginning, that none is missing. */
static void
check_list(const struct exchange *exchange)
{
	struct protocol_record record;
	size_t at = PROTOCOL_CURSOR_SIZE;
	unsigned n = 0;

	FUZZ_REQUIRE(exchange->len >= PROTOCOL_CURSOR_SIZE);
	while (at < exchange->len) {
		FUZZ_REQUIRE(exchange->len - at >= PROTOCOL_RECORD_SIZE);
		FUZZ_REQUIRE(
		    protocol_decode_record(exchange->body + at, &record) == 0);
		at += PROTOCOL_RECORD_SIZE;
		FUZZ_REQUIRE(record.name_len <= exchange->len - at);
		FUZZ_REQUIRE(names_valid(exchange->body + at, record.name_len));
		FUZZ_REQUIRE(
		    exchange->policy->hidden || exchange->body[at] != '.');
		n += exchange->body[at] != '.';
		at += record.name_len;
	}
	FUZZ_REQUIRE(n <= exchange->served->entries);
	if (exchange->request.cursor == 0)
		FUZZ_REQUIRE(n == exchange->served->entries &&
		    protocol_decode_cursor(exchange->body) == 0);
}

/* Checks a successful reply against the file or folder. */
static void
check_given(const struct exchange *exchange)
{
	FUZZ_REQUIRE(exchange->served != NULL);
	FUZZ_REQUIRE(exchange->policy->hidden || !exchange->served->is_hidden);
	if (exchange->request.op != PROTOCOL_OP_STAT)
		FUZZ_REQUIRE(exchange->served->is_folder ==
		    (exchange->request.op == PROTOCOL_OP_LIST));
	switch (exchange->request.op) {
	case PROTOCOL_OP_GET:
		FUZZ_REQUIRE(exchange->len == exchange->served->size);
		check_bytes(exchange->served, 0, exchange->body, exchange->len);
		break;
	case PROTOCOL_OP_FETCH:
		check_fetch(exchange);
		break;
	case PROTOCOL_OP_STAT:
		FUZZ_REQUIRE(exchange->len == PROTOCOL_ATTRIBUTES_SIZE);
		check_attributes(exchange);
		break;
	case PROTOCOL_OP_LIST:
		FUZZ_REQUIRE(exchange->policy->lists);
		check_list(exchange);
		break;
	default:
		FUZZ_REQUIRE(exchange->len ==
		    PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_DIGEST_SIZE);
		check_attributes(exchange);
		check_digest(exchange,
		    exchange->body + PROTOCOL_ATTRIBUTES_SIZE);
		break;
	}
}

/* Returns the status that refuses a well-formed request, or OK. */
static enum protocol_status
refusal(const struct exchange *exchange)
{
	const struct protocol_request *request = &exchange->request;
	const struct served *served = exchange->served;

	if (request->op == PROTOCOL_OP_LIST && !exchange->policy->lists)
		return PROTOCOL_DENIED;
	if (!exchange->policy->hidden &&
	    names_hidden(request->name, request->name_len))
		return PROTOCOL_DENIED;
	if (served == NULL)
		return PROTOCOL_NOT_FOUND;
	if (request->op != PROTOCOL_OP_STAT &&
	    served->is_folder != (request->op == PROTOCOL_OP_LIST))
		return PROTOCOL_NOT_A_FILE;
	if (request->token.id != 0 || request->token.version != 0)
		return PROTOCOL_CHANGED;
	return request->offset > served->size && !served->is_folder ?
	    PROTOCOL_BAD_RANGE :
	    PROTOCOL_OK;
}

/* Checks that the message fits the status. */
static void
check_refused(const struct exchange *exchange, enum protocol_status expected)
{
	enum protocol_status status = exchange->status;
	size_t i;

	FUZZ_REQUIRE(exchange->len > 0);
	for (i = 0; i < exchange->len; i++)
		FUZZ_REQUIRE(
		    exchange->body[i] >= 0x20 && exchange->body[i] < 0x7f);
	/* A link that leads outside or nowhere, and a pipe. */
	if (expected == PROTOCOL_NOT_FOUND && exchange->served == NULL)
		FUZZ_REQUIRE(status == PROTOCOL_NOT_FOUND ||
		    status == PROTOCOL_DENIED || status == PROTOCOL_NOT_A_FILE);
	/* Some cursors are not valid in a folder. */
	else if (expected == PROTOCOL_OK)
		FUZZ_REQUIRE(status == PROTOCOL_BAD_RANGE &&
		    exchange->request.op == PROTOCOL_OP_LIST &&
		    exchange->request.cursor != 0);
	else
		FUZZ_REQUIRE(status == expected);
}

static void
check_exchange(const struct exchange *exchange, enum protocol_status decoded)
{
	enum protocol_status expected = decoded;

	FUZZ_REQUIRE(memmem(exchange->body, exchange->len, SERVED_SECRET,
			 strlen(SERVED_SECRET)) == NULL);
	if (decoded == PROTOCOL_OK)
		expected = refusal(exchange);
	if (exchange->status != PROTOCOL_OK) {
		check_refused(exchange, expected);
		return;
	}
	FUZZ_REQUIRE(expected == PROTOCOL_OK || expected == PROTOCOL_CHANGED);
	check_given(exchange);
}

/* Parses the reply at the start of the bytes. Returns its length, or 0 if it is
 * cut off. */
static size_t
take_reply(struct exchange *exchange, const uint8_t *bytes, size_t len)
{
	uint64_t length;

	if (len < PROTOCOL_REPLY_HEADER_SIZE)
		return 0;
	FUZZ_REQUIRE(
	    protocol_decode_reply(bytes, &exchange->status, &length) == 0);
	if (length > len - PROTOCOL_REPLY_HEADER_SIZE)
		return 0;
	exchange->body = bytes + PROTOCOL_REPLY_HEADER_SIZE;
	exchange->len = (size_t)length;
	return PROTOCOL_REPLY_HEADER_SIZE + (size_t)length;
}

unsigned
answers_check(const struct answers_policy *policy, const uint8_t *asked,
    size_t asked_len, const uint8_t *answered, size_t answered_len, bool cut)
{
	struct exchange exchange = {.policy = policy};
	size_t size, reply, at = 0, told = 0;
	enum protocol_status decoded;
	unsigned n = 0;

	for (; at <= asked_len; at += size, told += reply, n++) {
		decoded = protocol_decode_request(asked + at, asked_len - at,
		    &exchange.request, &size);
		if (decoded == PROTOCOL_INCOMPLETE)
			break;
		exchange.served = served_find(exchange.request.name,
		    exchange.request.name_len);
		reply =
		    take_reply(&exchange, answered + told, answered_len - told);
		if (reply == 0) {
			FUZZ_REQUIRE(cut);
			return n;
		}
		check_exchange(&exchange, decoded);
		/* After the first byte of another protocol no request is
		 * answered. */
		if (size == 0) {
			told += reply;
			n++;
			break;
		}
	}
	/* Every reply belongs to a request. */
	FUZZ_REQUIRE(told == answered_len);
	return n;
}
