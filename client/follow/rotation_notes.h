#ifndef CLIENT_FOLLOW_ROTATION_NOTES_H
#define CLIENT_FOLLOW_ROTATION_NOTES_H

/* The messages about rotation, one line for each event. name is the followed
 * name, size and printed are bytes. One thread. */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/report.h"

/* Why the next byte to print is the first of a file. */
enum rotation_reason {
	ROTATION_FIRST,	    /* it is the first file */
	ROTATION_REPLACED,  /* the name leads to another file */
	ROTATION_TRUNCATED, /* printed bytes are no longer in the file */
	ROTATION_REWRITTEN, /* the first bytes have changed */
};

/* The file of the name is read from its start. gone: there was none for a
 * time; missing: the last bytes of the one before may be missing. */
void rotation_notes_restart(struct report *report, const char *name,
    enum rotation_reason reason, bool gone, bool missing);

/* A file is neither kept open by the server nor found. */
void rotation_notes_missing(struct report *report, const char *name);

/* The name leads to no file (why is NULL), or to one that cannot be read. */
void rotation_notes_gone(struct report *report, const char *name,
    const char *why);

/* The file that is read is now elsewhere. */
void rotation_notes_moved(struct report *report, const char *name,
    const char *elsewhere);

/* A file that had the name for a while is elsewhere; it is read first. */
void rotation_notes_between(struct report *report, const char *name,
    const char *elsewhere);

/* The file of the name has another id and all the printed bytes. gone: there
 * was none for a time. */
void rotation_notes_same(struct report *report, const char *name, bool gone,
    uint64_t printed);

/* The file of the name has only the first size of the printed bytes. */
void rotation_notes_behind(struct report *report, const char *name,
    uint64_t size, uint64_t printed);

#endif
