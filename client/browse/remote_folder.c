/*
 * A page at a time until the cursor is 0. STAT goes with the request for the
 * first page, so that knowing which folder it is costs no round trip. A page
 * whose connection breaks is asked for again on the next one: the cursor
 * knows the place. Whatever a server sends, memory and pages have bounds.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/wire/query.h"
#include "client/browse/remote_folder.h"
#include "client/wire/list_reader.h"

enum {
	LISTING_ENTRIES = 4 * 1024 * 1024,
	LISTING_NAMES = 512 * 1024 * 1024, /* bytes of memory for names */
	LISTING_BLOCK = 64 * 1024,	   /* bytes of names in a block */
	/* Pages without an entry in a row: a folder of as many names that are
	 * not shown, thousands a page, is nowhere. */
	LISTING_EMPTY = 10000,
	/* A name that is replaced while the folder is listed may honestly come
	 * twice; not again and again. */
	LISTING_TRIES = 3,
};

struct listing_block {
	SLIST_ENTRY(listing_block) next;
	size_t used;
	char bytes[LISTING_BLOCK];
};

/* A folder that is being read. */
struct reading {
	struct link *link;
	const char *name;
	struct listing *listing;
	struct failure *failure;
	bool known;	 /* the attributes have come */
	uint64_t cursor; /* of the page that is asked for */
	unsigned empty;	 /* pages in a row */
	/* Brent's way of noticing that cursors go round: one of them is kept,
	 * for twice as many pages each time. */
	uint64_t kept;
	uint64_t pages; /* since it is kept */
	uint64_t lap;	/* pages until another one is */
};

void
listing_free(struct listing *listing)
{
	struct listing_block *block;

	while ((block = SLIST_FIRST(&listing->blocks)) != NULL) {
		SLIST_REMOVE_HEAD(&listing->blocks, next);
		free(block);
	}
	free(listing->entries);
	memset(listing, 0, sizeof(*listing));
}

size_t
listing_memory(const struct listing *listing)
{
	return listing->room * sizeof(listing->entries[0]) + listing->names;
}

static enum exchange_outcome
no_memory(struct reading *reading)
{
	failure_set(reading->failure, EXITS_LOCAL, "out of memory");
	return EXCHANGE_FATAL;
}

/* Keeps a name: a copy, or NULL without memory. */
static const char *
keep_name(struct listing *listing, const char *name, size_t len)
{
	struct listing_block *block = SLIST_FIRST(&listing->blocks);
	char *kept;

	if (block == NULL || LISTING_BLOCK - block->used < len + 1) {
		block = malloc(sizeof(*block));
		if (block == NULL)
			return NULL;
		block->used = 0;
		SLIST_INSERT_HEAD(&listing->blocks, block, next);
		listing->names += sizeof(*block);
	}
	kept = block->bytes + block->used;
	memcpy(kept, name, len + 1);
	block->used += len + 1;
	return kept;
}

/* Room for one more entry: 0, or -1 without memory. */
static int
make_room(struct listing *listing)
{
	struct listing_entry *entries;
	size_t room = listing->room == 0 ? 64 : 2 * listing->room;

	if (listing->n < listing->room)
		return 0;
	entries = reallocarray(listing->entries, room, sizeof(*entries));
	if (entries == NULL)
		return -1;
	listing->entries = entries;
	listing->room = room;
	return 0;
}

static enum exchange_outcome
add(struct reading *reading, const struct protocol_record *record,
    const char *name)
{
	struct listing *listing = reading->listing;
	struct listing_entry *entry;

	if (listing->n == LISTING_ENTRIES || listing->names > LISTING_NAMES)
		return exchange_violation(reading->failure,
		    "a folder without end");
	if (make_room(listing) != 0)
		return no_memory(reading);
	entry = &listing->entries[listing->n];
	*entry = (struct listing_entry){
	    .name = keep_name(listing, name, record->name_len),
	    .size = record->size,
	    .mtime_ns = record->mtime_ns,
	    .mode = record->mode,
	};
	if (entry->name == NULL)
		return no_memory(reading);
	listing->n++;
	return EXCHANGE_DONE;
}

/* Goes on to the cursor that a page has brought, if it is a new one. */
static enum exchange_outcome
advance(struct reading *reading, uint64_t cursor, bool empty)
{
	reading->empty = empty ? reading->empty + 1 : 0;
	if (reading->empty > LISTING_EMPTY)
		return exchange_violation(reading->failure,
		    "a listing of nothing, without end");
	if (cursor != 0 &&
	    (cursor == reading->cursor || cursor == reading->kept))
		return exchange_violation(reading->failure,
		    "a listing that goes round");
	reading->cursor = cursor;
	if (++reading->pages == reading->lap) {
		reading->kept = cursor;
		reading->pages = 0;
		reading->lap *= 2;
	}
	return EXCHANGE_DONE;
}

static enum exchange_outcome
receive_page(struct reading *reading, struct answer *answer)
{
	size_t before = reading->listing->n;
	enum exchange_outcome outcome = EXCHANGE_DONE;
	struct protocol_record record;
	struct records records;
	char name[RECORDS_NAME];
	int got;

	if (records_begin(&records, answer) != 0)
		return exchange_end(answer);
	while (outcome == EXCHANGE_DONE &&
	    (got = records_next(&records, &record, name)) != 0)
		outcome = got < 0 ? exchange_end(answer) :
				    add(reading, &record, name);
	if (outcome == EXCHANGE_DONE)
		return advance(reading, records.cursor,
		    reading->listing->n == before);
	/* They will come again. */
	reading->listing->n = before;
	return outcome;
}

/* The reply to LIST, where STAT was refused: it stands in the way. */
static enum exchange_outcome
receive_no_page(struct reading *reading)
{
	struct failure refusal = *reading->failure;
	enum exchange_outcome outcome;
	struct answer answer;

	outcome = exchange_receive(reading->link, &answer, reading->failure);
	if (outcome == EXCHANGE_DONE && records_skip(&answer) != 0)
		outcome = exchange_end(&answer);
	if (outcome != EXCHANGE_DONE && outcome != EXCHANGE_REFUSED)
		return outcome;
	*reading->failure = refusal;
	return EXCHANGE_REFUSED;
}

static enum exchange_outcome
ask(struct reading *reading)
{
	enum exchange_outcome outcome = EXCHANGE_DONE;

	if (!reading->known)
		outcome = exchange_ask(reading->link, PROTOCOL_STAT, 0,
		    reading->name, reading->failure);
	if (outcome == EXCHANGE_DONE)
		outcome = exchange_ask(reading->link, PROTOCOL_LIST,
		    reading->cursor, reading->name, reading->failure);
	return outcome;
}

/* Asks for a page and takes what comes; an attempt of exchange.h. */
static enum exchange_outcome
attempt_page(void *argument)
{
	struct reading *reading = argument;
	struct protocol_attributes *attributes = &reading->listing->attributes;
	enum exchange_outcome outcome = ask(reading);
	struct answer answer;

	if (outcome == EXCHANGE_DONE && !reading->known) {
		outcome = exchange_receive_state(reading->link, attributes,
		    reading->failure);
		if (outcome == EXCHANGE_REFUSED)
			return receive_no_page(reading);
		if (outcome == EXCHANGE_DONE && !S_ISREG(attributes->mode) &&
		    !S_ISDIR(attributes->mode))
			outcome = exchange_violation(reading->failure,
			    "neither file nor folder");
		reading->known = outcome == EXCHANGE_DONE;
	}
	if (outcome == EXCHANGE_DONE)
		outcome =
		    exchange_receive(reading->link, &answer, reading->failure);
	if (S_ISDIR(attributes->mode))
		return outcome == EXCHANGE_DONE ?
		    receive_page(reading, &answer) :
		    outcome;
	if (outcome == EXCHANGE_REFUSED)
		return EXCHANGE_DONE;
	if (outcome != EXCHANGE_DONE)
		return outcome;
	if (records_skip(&answer) != 0)
		return exchange_end(&answer);
	failure_set(reading->failure, EXITS_CHANGED,
	    "it was a file a moment ago, and is a folder now");
	return EXCHANGE_REFUSED;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct listing_entry *)a)->name,
	    ((const struct listing_entry *)b)->name);
}

/* Sorts; whether each name is there once. */
static bool
sort(struct listing *listing)
{
	size_t i;

	if (listing->n > 0)
		qsort(listing->entries, listing->n, sizeof(listing->entries[0]),
		    compare);
	for (i = 1; i < listing->n; i++)
		if (compare(&listing->entries[i - 1], &listing->entries[i]) ==
		    0)
			return false;
	return true;
}

static int
read_pages(struct listing *listing, struct link *link, const char *name,
    struct failure *failure)
{
	struct reading reading = {.link = link,
	    .name = name,
	    .listing = listing,
	    .failure = failure,
	    .lap = 1};

	memset(listing, 0, sizeof(*listing));
	do {
		if (exchange_run(link, attempt_page, &reading, failure) != 0) {
			listing_free(listing);
			return -1;
		}
	} while (reading.cursor != 0);
	return 0;
}

int
listing_read(struct listing *listing, struct link *link, const char *name,
    struct failure *failure)
{
	int tries;

	for (tries = 0; tries < LISTING_TRIES; tries++) {
		if (read_pages(listing, link, name, failure) != 0)
			return -1;
		if (sort(listing))
			return 0;
		listing_free(listing);
	}
	exchange_violation(failure, "the same name twice in a folder");
	link_close(link);
	return -1;
}

/* What listing_stat asks. */
struct question {
	struct link *link;
	const char *name;
	struct protocol_attributes *attributes;
	struct failure *failure;
};

static enum exchange_outcome
attempt_stat(void *argument)
{
	struct question *question = argument;
	enum exchange_outcome outcome;

	outcome = exchange_ask(question->link, PROTOCOL_STAT, 0, question->name,
	    question->failure);
	if (outcome == EXCHANGE_DONE)
		outcome = exchange_receive_state(question->link,
		    question->attributes, question->failure);
	return outcome;
}

int
listing_stat(struct link *link, const char *name,
    struct protocol_attributes *attributes, struct failure *failure)
{
	struct question question = {link, name, attributes, failure};

	return exchange_run(link, attempt_stat, &question, failure);
}
