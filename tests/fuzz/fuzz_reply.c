/*
 * Replies as the client decodes them: each part alone, decoded and encoded
 * again; and whole replies read from a stream, of which exactly the announced
 * bytes are consumed.
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
	uint8_t again[PROTOCOL_REPLY_HEADER_SIZE];
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
	uint8_t again[PROTOCOL_ATTRIBUTES_SIZE];
	int result = protocol_decode_attributes(bytes, &attributes);

	FUZZ_REQUIRE(result == (bytes[16] < 0x80 ? 0 : -1));
	protocol_encode_attributes(&attributes, again);
	/* Reserved bytes are ignored. */
	FUZZ_REQUIRE(memcmp(bytes, again, 36) == 0);
	FUZZ_REQUIRE(memcmp(again + 36, "\0\0\0", 4) == 0);
}

static void
check_trailer(const uint8_t *bytes)
{
	struct protocol_trailer trailer = {.status = PROTOCOL_INCOMPLETE};
	uint8_t again[PROTOCOL_TRAILER_SIZE];
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
	uint8_t again[PROTOCOL_CURSOR_SIZE];

	protocol_encode_cursor(protocol_decode_cursor(bytes), again);
	FUZZ_REQUIRE(memcmp(bytes, again, sizeof(again)) == 0);
}

/* Reads the body of a FETCH. */
static int
receive_file(struct reply_reader *reader)
{
	struct protocol_attributes attributes;
	struct protocol_trailer trailer;
	uint64_t n;

	if (reply_reader_read_attributes(reader, &attributes) != 0)
		return -1;
	n = reader->length - PROTOCOL_ATTRIBUTES_SIZE - PROTOCOL_TRAILER_SIZE;
	if (reply_reader_read(reader, NULL, n) != 0)
		return -1;
	return reply_reader_read_trailer(reader, &trailer);
}

/* Reads one reply to a request of this kind. Returns 0, or -1. */
static int
receive_reply(struct reply_reader *reader, uint8_t kind)
{
	struct protocol_attributes attributes;
	uint8_t digest[PROTOCOL_DIGEST_SIZE];

	if (reply_reader_begin(reader, CLOCK_SEC) != 0)
		return -1;
	if (reader->status != PROTOCOL_OK)
		return reply_reader_read_refusal(reader);
	if ((kind & 4) != 0)
		return reply_reader_read_digest(reader, &attributes, digest);
	return receive_file(reader);
}

/* Checks how many bytes a complete reply consumed, and why an incomplete one
 * failed. */
static void
check_taken(const struct reply_reader *reader, size_t before, int result)
{
	size_t buffered, taken;

	stream_peek(reader->stream, &buffered);
	taken = memory_received() - buffered - before;
	if (result == 0) {
		FUZZ_REQUIRE(
		    taken == PROTOCOL_REPLY_HEADER_SIZE + reader->length);
		return;
	}
	FUZZ_REQUIRE(reader->failure->text[0] != '\0');
	FUZZ_REQUIRE(reader->end == OUTCOME_FATAL ?
		reader->failure->code == EXIT_PROTOCOL ||
		    reader->failure->code == EXIT_INTERRUPTED :
		reader->failure->code == EXIT_STALLED);
	if (reader->end == OUTCOME_CLOSED)
		FUZZ_REQUIRE(taken == 0 && buffered == 0);
}

static void
receive_all(const struct memory *other, uint8_t kind)
{
	struct failure failure = {.text = ""};
	struct stream stream;
	struct reply_reader reader = {.stream = &stream,
	    .stall = CLOCK_SEC,
	    .failure = &failure};
	size_t before, buffered;
	int result;

	stream_open(&stream, memory_begin(other), -1);
	/* Bytes to be sent while the reply is read. */
	FUZZ_REQUIRE(stream_reserve(&stream, 1) != NULL);
	stream_commit(&stream, 1);
	do {
		stream_peek(&stream, &buffered);
		before = memory_received() - buffered;
		result = receive_reply(&reader, kind);
		check_taken(&reader, before, result);
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

	if (size >= PROTOCOL_REPLY_HEADER_SIZE) {
		check_header(data);
		check_cursor(data);
	}
	if (size >= PROTOCOL_ATTRIBUTES_SIZE)
		check_attributes(data);
	if (size >= PROTOCOL_TRAILER_SIZE)
		check_trailer(data);
	receive_all(&other, kind);
	return 0;
}
