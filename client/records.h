#ifndef CLIENT_RECORDS_H
#define CLIENT_RECORDS_H

/*
 * The body of one reply to LIST, taken out of the stream an entry at a time,
 * so that no page needs to be held: what it says is checked here, what
 * becomes of it (sorted, shown, fetched) is the caller's. One thread.
 *
 *	if (records_begin(&records, stream, length, stall) != 0)
 *		...
 *	while ((got = records_next(&records, &record, name)) == 1)
 *		...
 *	if (got == 0 && records.cursor != 0)
 *		ask for the next page
 *
 * Only what one body can show is checked: whether a name comes twice, or a
 * cursor again, is for whoever has the whole folder.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/names.h"
#include "common/protocol.h"
#include "common/stream.h"

enum {
	RECORDS_NAME = NAMES_MAX + 1, /* bytes of a name, with its NUL */
};

struct records {
	uint64_t cursor;   /* of the next page; 0: this is the last */
	size_t left;	   /* bytes of the body yet to be read */
	const char *wrong; /* with errno EPROTO: what is, for a person;
			      a static string */
	/* records.c's own. */
	struct stream *stream;
	int64_t stall;
};

/*
 * Begins with the body of length bytes that follows a reply's header: reads
 * its cursor. stall is as in stream.h. 0, or -1 with errno: EPROTO for a
 * length that no listing has (nothing was read then), otherwise the stream's;
 * an end of the connection in the body is ECONNRESET.
 */
int records_begin(struct records *records, struct stream *stream,
    uint64_t length, int64_t stall);

/*
 * The next entry: 1 with the record (a regular file or a folder) and its
 * NUL-terminated name, one valid component of record->name_len bytes; 0 at
 * the end of the body, all of which has been read then; -1 with errno, as
 * records_begin, after which the connection is of no use.
 */
int records_next(struct records *records, struct protocol_record *record,
    char name[RECORDS_NAME]);

#endif
