/*
 * Every length is held against what is left of the body before so much is
 * read, so that a body that lies about its records never reaches into the
 * reply behind it. A name is one component: what it is joined to stays below.
 */

#include <string.h>

#include "client/wire/list_reader.h"

/* Exactly n bytes of the body, which has them. */
static int
take(struct list_reader *list, void *bytes, size_t n)
{
	list->left -= n;
	return reply_reader_read(list->reader, bytes, n);
}

int
list_reader_begin(struct list_reader *list, struct reply_reader *reader)
{
	uint8_t cursor[PROTOCOL_CURSOR_SIZE];

	if (reader->length < PROTOCOL_CURSOR_SIZE)
		return reply_reader_violation(reader,
		    "a listing that is too short");
	if (reader->length > PROTOCOL_LIST_MAX)
		return reply_reader_violation(reader,
		    "a listing that is too long");
	*list = (struct list_reader){
	    .left = (size_t)reader->length,
	    .reader = reader,
	};
	if (take(list, cursor, sizeof(cursor)) != 0)
		return -1;
	list->cursor = protocol_decode_cursor(cursor);
	return 0;
}

int
list_reader_skip(struct reply_reader *reader)
{
	if (reader->length > PROTOCOL_LIST_MAX)
		return reply_reader_violation(reader,
		    "a listing that is too long");
	return reply_reader_skip(reader, reader->length);
}

/* Whether it can be the name of an entry: a component, and one alone. */
static bool
is_component(const char *name, size_t len)
{
	return names_valid((const uint8_t *)name, len) &&
	    memchr(name, '/', len) == NULL;
}

int
list_reader_next(struct list_reader *list, struct protocol_record *record,
    char name[LIST_READER_NAME])
{
	uint8_t bytes[PROTOCOL_RECORD_SIZE];

	if (list->left == 0)
		return 0;
	if (list->left < PROTOCOL_RECORD_SIZE)
		return reply_reader_violation(list->reader,
		    "an entry that is cut off");
	if (take(list, bytes, sizeof(bytes)) != 0)
		return -1;
	if (protocol_decode_record(bytes, record) != 0)
		return reply_reader_violation(list->reader,
		    "an impossible entry");
	if (record->name_len > list->left)
		return reply_reader_violation(list->reader,
		    "an entry that is cut off");
	if (record->name_len > NAMES_MAX)
		return reply_reader_violation(list->reader,
		    "an entry's name too long");
	if (take(list, name, record->name_len) != 0)
		return -1;
	name[record->name_len] = '\0';
	if (!is_component(name, record->name_len))
		return reply_reader_violation(list->reader,
		    "an entry's name is none");
	return 1;
}
