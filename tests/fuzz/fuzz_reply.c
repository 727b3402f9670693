/*
 * Replies as the client decodes them: the parts alone, there and back; and
 * whole ones as they come out of a stream, of which exactly the announced
 * bytes are taken.
 */

#include <string.h>

#include "client/wire/reply_reader.h"
#include "common/clock.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory.h"

static void
check_header(const uint8_t *bytes)
{
	enum protocol_status status = PROTOCOL_INCOMPLETE;
	uint8_t again[PROTOCOL_REPLY];
	uint64_t length;

	if (protocol_decode_reply(bytes, &status, &length) != 0) {
		FUZZ_REQUIRE(status == PROTOCOL_INCOMPLETE);
		FUZZ_REQUIRE(bytes[0] >= PROTOCOL_STATUSES ||
		    (bytes[0] != 0 && length > PROTOCOL_MESSAGE_MAX));
		return;
	}
	FUZZ_REQUIRE(length <= PROTOCOL_LENGTH_MAX);
	protocol_encode_reply(status, length, again);
	FUZZ_REQUIRE(memcmp(bytes, again, sizeof(again)) == 0);
}

static void
check_attributes(const uint8_t *bytes)
{
	struct protocol_attributes attributes;
	uint8_t again[PROTOCOL_ATTRIBUTES];
	int result = protocol_decode_attributes(bytes, &attributes);

	FUZZ_REQUIRE(result == (bytes[16] < 0x80 ? 0 : -1));
	protocol_encode_attributes(&attributes, again);
	/* But for what is reserved. */
	FUZZ_REQUIRE(memcmp(bytes, again, 36) == 0);
	FUZZ_REQUIRE(memcmp(again + 36, "\0\0\0", 4) == 0);
}

static void
check_trailer(const uint8_t *bytes)
{
	struct protocol_trailer trailer = {.status = PROTOCOL_INCOMPLETE};
	uint8_t again[PROTOCOL_TRAILER];
	int result = protocol_decode_trailer(bytes, &trailer);

	FUZZ_REQUIRE(
	    (result == 0) == (bytes[0] == 0 || bytes[0] == PROTOCOL_CHANGED));
	if (result != 0) {
		FUZZ_REQUIRE(trailer.status == PROTOCOL_INCOMPLETE);
		return;
	}
	protocol_encode_trailer(&trailer, again);
	FUZZ_REQUIRE(memcmp(bytes, again, sizeof(again)) == 0);
}

static void
check_cursor(const uint8_t *bytes)
{
	uint8_t again[PROTOCOL_CURSOR];

	protocol_encode_cursor(protocol_decode_cursor(bytes), again);
	FUZZ_REQUIRE(memcmp(bytes, again, sizeof(again)) == 0);
}

/* The body of a FETCH. */
static int
receive_file(struct answer *answer)
{
	struct protocol_attributes attributes;
	struct protocol_trailer trailer;
	uint64_t n;

	if (answer_read_attributes(answer, &attributes) != 0)
		return -1;
	n = answer->length - PROTOCOL_ATTRIBUTES - PROTOCOL_TRAILER;
	if (answer_skip(answer, n) != 0)
		return -1;
	return answer_read_trailer(answer, &trailer);
}

/* One reply, to what the kind says: 0, or -1. */
static int
receive(struct answer *answer, uint8_t kind)
{
	struct protocol_attributes attributes;
	uint8_t digest[PROTOCOL_DIGEST];

	if (answer_begin(answer, CLOCK_SEC) != 0)
		return -1;
	if (answer->status != PROTOCOL_OK)
		return answer_read_refusal(answer);
	if ((kind & 4) != 0)
		return answer_read_digest(answer, &attributes, digest);
	return receive_file(answer);
}

/* What a reply that was received as a whole has taken, and why one was not. */
static void
check_taken(const struct answer *answer, size_t before, int result)
{
	size_t buffered, taken;

	stream_peek(answer->stream, &buffered);
	taken = memory_received() - buffered - before;
	if (result == 0) {
		FUZZ_REQUIRE(taken == PROTOCOL_REPLY + answer->length);
		return;
	}
	FUZZ_REQUIRE(answer->failure->text[0] != '\0');
	FUZZ_REQUIRE(answer->end == ANSWER_FAILED ?
		answer->failure->code == EXITS_PROTOCOL ||
		    answer->failure->code == EXITS_INTERRUPTED :
		answer->failure->code == EXITS_STALLED);
	if (answer->end == ANSWER_CLOSED)
		FUZZ_REQUIRE(taken == 0 && buffered == 0);
}

static void
receive_all(const struct memory *other, uint8_t kind)
{
	struct failure failure = {.text = ""};
	struct stream stream;
	struct answer answer = {.stream = &stream,
	    .stall = CLOCK_SEC,
	    .failure = &failure};
	size_t before, buffered;
	int result;

	stream_open(&stream, memory_begin(other), -1);
	/* Something to be sent meanwhile. */
	FUZZ_REQUIRE(stream_reserve(&stream, 1) != NULL);
	stream_commit(&stream, 1);
	do {
		stream_peek(&stream, &buffered);
		before = memory_received() - buffered;
		result = receive(&answer, kind);
		check_taken(&answer, before, result);
	} while (result == 0);
	stream_rest(&stream);
	memory_end();
}

int
fuzz_reply(const uint8_t *data, size_t size)
{
	uint8_t kind = fuzz_take(&data, &size);
	struct memory other = {
	    .says = data,
	    .len = size,
	    .piece = kind >> 4 & 7,
	    .slow = (kind & 8) != 0,
	    .deaf = (kind & 128) != 0,
	    .end = (enum memory_end)(kind & 3) % MEMORY_ENDS,
	};

	if (size >= PROTOCOL_REPLY) {
		check_header(data);
		check_cursor(data);
	}
	if (size >= PROTOCOL_ATTRIBUTES)
		check_attributes(data);
	if (size >= PROTOCOL_TRAILER)
		check_trailer(data);
	receive_all(&other, kind);
	return 0;
}
