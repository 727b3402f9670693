#ifndef CLIENT_WIRE_LIST_READER_H
#define CLIENT_WIRE_LIST_READER_H

/*
 * The body of one reply to LIST, taken out of the stream an entry at a time,
 * so that no page needs to be held: what it says is checked here, what
 * becomes of it (sorted, shown, fetched) is the caller's. One thread.
 *
 *	if (list_reader_begin(&records, answer) != 0)
 *		...
 *	while ((got = list_reader_next(&records, &record, name)) == 1)
 *		...
 *	if (got == 0 && records.cursor != 0)
 *		ask for the next page
 *
 * Only what one body can show is checked: whether a name comes twice, or a
 * cursor again, is for whoever has the whole folder.
 */

#include <stddef.h>
#include <stdint.h>

#include "client/wire/reply_reader.h"
#include "common/names.h"
#include "common/protocol.h"

enum {
	LIST_READER_NAME = NAMES_MAX + 1, /* bytes of a name, with its NUL */
};

struct list_reader {
	uint64_t cursor; /* of the next page; 0: this is the last */
	size_t left;	 /* bytes of the body yet to be read */
	/* wire/list_reader.c's own. */
	struct reply_reader *reader;
};

/* Begins with a body whose header, which is OK, has come: reads its cursor.
 * 0, or -1 as those of wire/reply_reader.h. */
int list_reader_begin(struct list_reader *list, struct reply_reader *reader);

/*
 * The next entry: 1 with the record (a regular file or a folder) and its
 * NUL-terminated name, one valid component of record->name_len bytes; 0 at
 * the end of the body, all of which has been read then; -1 as
 * list_reader_begin.
 */
int list_reader_next(struct list_reader *list, struct protocol_record *record,
    char name[LIST_READER_NAME]);

/* Passes over such a body, which nobody wants, instead: 0 or -1. */
int list_reader_skip(struct reply_reader *reader);

#endif
