#ifndef TESTS_UNIT_LISTING_H
#define TESTS_UNIT_LISTING_H

/* A served folder, and pages of it by send_list_page. For one thread; failures
 * fail the test. */

#include "common/protocol.h"
#include "common/stream.h"
#include "server/root.h"
#include "server/work_slots.h"
#include "tests/unit/unit.h"

enum {
	/* Bytes of a body, at most. */
	LISTING_PAGE = STREAM_OUT - PROTOCOL_REPLY_HEADER_SIZE,
	LISTING_LOOKED = 4096, /* entries looked at for a page */
	LISTING_NAME = 250,    /* bytes of a long name */
};

extern char listing_served[UNIT_PATH];
extern struct root listing_root;
extern struct root_file listing_folder; /* the one that is listed */
extern struct work_slot listing_slot;
extern const char *listing_name; /* the folder's name in the request */

/* The last page received. */
extern size_t listing_body_len;
extern uint64_t listing_cursor; /* of the next one */

/* Number of times that each entry has come to listing_count. */
extern unsigned listing_seen[2 * LISTING_LOOKED];

/* The fixture of a case; opens the top of an empty folder. */
void listing_setup(void);
void listing_teardown(void);

/* Opens a folder to be listed; the caller has closed the one before. */
void listing_open_folder(const char *asked);

/* Makes a file of 5 bytes; its name has number at its end. */
void listing_make(const char *before, unsigned number);

/* Makes an empty file with so long a name that few of them fill a page. */
void listing_make_long(unsigned number);

/* Asks for the page from a cursor on, and receives it. */
enum protocol_status listing_ask(uint64_t from);

/* Calls look for each entry of the page; returns their number. */
unsigned listing_each(
    void (*look)(const struct protocol_record *record, const char *entry));

/* For listing_each: counts an entry whose name is a number, or does nothing. */
void listing_count(const struct protocol_record *record, const char *entry);
void listing_ignore(const struct protocol_record *record, const char *entry);

#endif
