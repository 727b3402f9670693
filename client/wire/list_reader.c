/*
 * Every length is held against what is left of the body before so much is
 * read, so that a body that lies about its records never reaches into the
 * reply behind it. A name is one component: what it is joined to stays below.
 */

#include <string.h>

#include "client/wire/list_reader.h"

/* Exactly n bytes of the body, which has them. */
static int
take(struct records *records, void *bytes, size_t n)
{
	records->left -= n;
	return answer_read(records->answer, bytes, n);
}

int
records_begin(struct records *records, struct answer *answer)
{
	uint8_t cursor[PROTOCOL_CURSOR];

	if (answer->length < PROTOCOL_CURSOR)
		return answer_violation(answer, "a listing that is too short");
	if (answer->length > PROTOCOL_LIST_MAX)
		return answer_violation(answer, "a listing that is too long");
	*records = (struct records){
	    .left = (size_t)answer->length,
	    .answer = answer,
	};
	if (take(records, cursor, sizeof(cursor)) != 0)
		return -1;
	records->cursor = protocol_decode_cursor(cursor);
	return 0;
}

int
records_skip(struct answer *answer)
{
	if (answer->length > PROTOCOL_LIST_MAX)
		return answer_violation(answer, "a listing that is too long");
	return answer_skip(answer, answer->length);
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
		return answer_violation(records->answer,
		    "an entry that is cut off");
	if (take(records, bytes, sizeof(bytes)) != 0)
		return -1;
	if (protocol_decode_record(bytes, record) != 0)
		return answer_violation(records->answer, "an impossible entry");
	if (record->name_len > records->left)
		return answer_violation(records->answer,
		    "an entry that is cut off");
	if (record->name_len > NAMES_MAX)
		return answer_violation(records->answer,
		    "an entry's name too long");
	if (take(records, name, record->name_len) != 0)
		return -1;
	name[record->name_len] = '\0';
	if (!is_component(name, record->name_len))
		return answer_violation(records->answer,
		    "an entry's name is none");
	return 1;
}
