/*
 * Every length is held against what is left of the body before so much is
 * read, so that a body that lies about its records never reaches into the
 * reply behind it. A name is one component: what it is joined to stays below.
 */

#include <errno.h>
#include <string.h>

#include "client/records.h"

/* A violation: sets why, and returns -1. */
static int
against_protocol(struct records *records, const char *wrong)
{
	records->wrong = wrong;
	errno = EPROTO;
	return -1;
}

/* Exactly n bytes of the body, which has them: 0, or -1 with errno. */
static int
take(struct records *records, void *bytes, size_t n)
{
	int got = stream_read(records->stream, bytes, n, records->stall);

	if (got == 0)
		errno = ECONNRESET;
	if (got != 1)
		return -1;
	records->left -= n;
	return 0;
}

int
records_begin(struct records *records, struct stream *stream, uint64_t length,
    int64_t stall)
{
	uint8_t cursor[PROTOCOL_CURSOR];

	*records = (struct records){.stream = stream, .stall = stall};
	if (length < PROTOCOL_CURSOR)
		return against_protocol(records, "a listing that is too short");
	if (length > PROTOCOL_LIST_MAX)
		return against_protocol(records, "a listing that is too long");
	records->left = (size_t)length;
	if (take(records, cursor, sizeof(cursor)) != 0)
		return -1;
	records->cursor = protocol_decode_cursor(cursor);
	return 0;
}

/* Whether it can be the name of an entry: a component, and one alone. */
static bool
is_component(const char *name, size_t len)
{
	return names_valid((const uint8_t *)name, len) &&
	    memchr(name, '/', len) == NULL;
}

int
records_next(struct records *records, struct protocol_record *record,
    char name[RECORDS_NAME])
{
	uint8_t bytes[PROTOCOL_RECORD];

	if (records->left == 0)
		return 0;
	if (records->left < PROTOCOL_RECORD)
		return against_protocol(records, "an entry that is cut off");
	if (take(records, bytes, sizeof(bytes)) != 0)
		return -1;
	if (protocol_decode_record(bytes, record) != 0)
		return against_protocol(records, "an impossible entry");
	if (record->name_len > records->left)
		return against_protocol(records, "an entry that is cut off");
	if (record->name_len > NAMES_MAX)
		return against_protocol(records, "an entry's name too long");
	if (take(records, name, record->name_len) != 0)
		return -1;
	name[record->name_len] = '\0';
	if (!is_component(name, record->name_len))
		return against_protocol(records, "an entry's name is none");
	return 1;
}
