#ifndef CLIENT_WIRE_LIST_READER_H
#define CLIENT_WIRE_LIST_READER_H

/*
 * Reads the body of one reply to LIST, an entry at a time, so that memory for
 * a page is never needed. One thread.
 *
 *	if (list_reader_begin(&list, &reader) != 0)
 *		...
 *	while ((got = list_reader_next(&list, &record, name)) == 1)
 *		...
 *	if (got == 0 && list.cursor != 0)
 *		ask for the next page
 *
 * Each entry is checked by itself. A name or cursor that occurs twice in a
 * folder is for the caller to find.
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
	uint64_t cursor;	     /* of the next page; 0: this is the last */
	size_t left;		     /* bytes of the body yet to be read */
	struct reply_reader *reader; /* private */
};

/* Begins to read a body after its header with status OK: reads the cursor.
 * Returns 0, or -1 with reader->end and *reader->failure set. */
int list_reader_begin(struct list_reader *list, struct reply_reader *reader);

/* Reads the next entry. Returns 1 with its record (a regular file or a folder)
 * and its NUL-terminated name, one valid component of record->name_len bytes; 0
 * after the last entry; or -1 with the reader's end and failure set. */
int list_reader_next(struct list_reader *list, struct protocol_record *record,
    char name[LIST_READER_NAME]);

/* Drops a body. Returns 0, or -1 with the reader's end and failure set. */
int list_reader_skip(struct reply_reader *reader);

#endif
