/*
 * Reads the entries of a LIST reply from the stream. Each length is compared
 * with the rest of the body before it is read, so that a wrong one never
 * reaches into the next reply. Names are single components: joined to a
 * folder's path, they stay below it. Any thread that owns the stream.
 */

#include <string.h>

#include "client/wire/list_reader.h"

/* Reads n bytes, at most those left of the body. */
static int
read_bytes(struct list_reader *list, void *bytes, size_t n)
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
	if (read_bytes(list, cursor, sizeof(cursor)) != 0)
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
	return reply_reader_read(reader, NULL, reader->length);
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
	if (read_bytes(list, bytes, sizeof(bytes)) != 0)
		return -1;
	if (protocol_decode_record(bytes, record) != 0)
		return reply_reader_violation(list->reader,
		    "an impossible entry");
	if (record->name_len > list->left)
		return reply_reader_violation(list->reader,
		    "an entry that is cut off");
	if (record->name_len > NAMES_MAX)
		return reply_reader_violation(list->reader,
		    "an entry's name is too long");
	if (read_bytes(list, name, record->name_len) != 0)
		return -1;
	name[record->name_len] = '\0';
	if (!names_valid((const uint8_t *)name, record->name_len) ||
	    memchr(name, '/', record->name_len) != NULL)
		return reply_reader_violation(list->reader,
		    "an entry's name is not valid");
	return 1;
}
