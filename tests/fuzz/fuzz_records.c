/*
 * The body of a LIST as the client's list_reader reads it from a stream, for
 * any length in the header: no byte after the body is read, every name is one
 * component, and each record encodes to the same bytes again.
 */

#include <string.h>

#include "client/wire/list_reader.h"
#include "common/clock.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory.h"

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Checks a decoded entry against the len bytes at body. Returns its length. */
static size_t
check_entry(const struct protocol_record *record, const char *name,
    const uint8_t *body, size_t len)
{
	uint8_t bytes[PROTOCOL_RECORD_SIZE];

	FUZZ_REQUIRE(PROTOCOL_RECORD_SIZE + record->name_len <= len);
	protocol_encode_record(record, bytes);
	FUZZ_REQUIRE(memcmp(bytes, body, sizeof(bytes)) == 0);
	FUZZ_REQUIRE(strlen(name) == record->name_len);
	FUZZ_REQUIRE(
	    memcmp(name, body + PROTOCOL_RECORD_SIZE, record->name_len) == 0);
	FUZZ_REQUIRE(strchr(name, '/') == NULL && name[0] != '\0' &&
	    strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
	FUZZ_REQUIRE(record->size <= INT64_MAX);
	return PROTOCOL_RECORD_SIZE + record->name_len;
}

/* Returns how many bytes were read from the stream. */
static size_t
taken(const struct stream *stream)
{
	size_t buffered;

	stream_peek(stream, &buffered);
	return memory_received() - buffered;
}

static void
read_all(struct stream *stream, const uint8_t *body, size_t len,
    uint64_t length)
{
	struct failure failure = {.code = EXIT_OK};
	struct reply_reader reader = {.stream = stream,
	    .stall = CLOCK_SEC,
	    .failure = &failure,
	    .length = length};
	struct protocol_record record;
	struct list_reader list;
	char name[LIST_READER_NAME];
	size_t at = PROTOCOL_CURSOR_SIZE;
	int got;

	got = list_reader_begin(&list, &reader);
	if (got == 0) {
		FUZZ_REQUIRE(list.cursor == protocol_decode_cursor(body));
		while ((got = list_reader_next(&list, &record, name)) == 1)
			at += check_entry(&record, name, body + at, len - at);
	}
	FUZZ_REQUIRE(taken(stream) <= min(len, (size_t)length));
	if (got == 0)
		FUZZ_REQUIRE(at == length && taken(stream) == length);
	else if (reader.end == OUTCOME_FATAL &&
	    failure.code != EXIT_INTERRUPTED)
		FUZZ_REQUIRE(failure.code == EXIT_PROTOCOL);
	else
		FUZZ_REQUIRE(failure.code != EXIT_OK && len < length);
}

int
fuzz_records(const uint8_t *data, size_t size)
{
	uint8_t kind = fuzz_take(&data, &size);
	struct memory other = {
	    .piece = kind >> 4,
	    .slow = (kind & 8) != 0,
	    .end = (enum memory_end)(kind & 3) % MEMORY_ENDS,
	};
	uint64_t length = size;
	struct stream stream;

	/* Mostly announce the correct length. */
	if ((kind & 4) != 0)
		length = fuzz_take_number(&data, &size, 7);
	other.says = data;
	other.len = size;
	stream_open(&stream, memory_begin(&other), -1);
	read_all(&stream, data, size, length);
	stream_rest(&stream);
	memory_end();
	return 0;
}
