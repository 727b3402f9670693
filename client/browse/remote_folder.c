/*
 * Asks for page after page until the cursor is 0. STAT is sent along with the
 * request for the first page, to save a round trip. A cursor is only good on
 * the connection that gave it: if the connection ends, the folder is listed
 * from its beginning on the next one. Memory and the number of pages are
 * limited, since the server may be hostile.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/browse/remote_folder.h"
#include "client/wire/list_reader.h"
#include "client/wire/query.h"

enum {
	REMOTE_FOLDER_ENTRIES = 4 * 1024 * 1024,
	REMOTE_FOLDER_NAMES = 512 * 1024 * 1024, /* bytes of memory for names */
	REMOTE_FOLDER_BLOCK = 64 * 1024,	 /* bytes of names in a block */
	/* Empty pages in a row. A page is empty if the server hides all of the
	 * thousands of names that it covers. */
	REMOTE_FOLDER_EMPTY = 10000,
	/* Attempts to list a folder: a name that is replaced during one may
	 * come twice. */
	REMOTE_FOLDER_TRIES = 3,
};

struct remote_folder_block {
	SLIST_ENTRY(remote_folder_block) next;
	size_t used;
	char bytes[REMOTE_FOLDER_BLOCK];
};

struct reading {
	struct connection *connection;
	const char *name;
	struct remote_folder *remote;
	struct failure *failure;
	bool known;	 /* the attributes have come */
	uint64_t cursor; /* of the next page to ask for */
	unsigned number; /* of the connection that gave the cursor */
	size_t most;	 /* entries before a restart */
	int restarts;	 /* in a row that came no further */
	unsigned empty;	 /* empty pages in a row */
	/* Brent's algorithm detects a cycle of cursors: one cursor is kept and
	 * compared, for twice as many pages each time. */
	uint64_t kept;
	uint64_t pages; /* since this cursor is kept */
	uint64_t lap;	/* pages for which it is kept */
};

void
remote_folder_free(struct remote_folder *remote)
{
	struct remote_folder_block *block;

	while ((block = SLIST_FIRST(&remote->blocks)) != NULL) {
		SLIST_REMOVE_HEAD(&remote->blocks, next);
		free(block);
	}
	free(remote->entries);
	memset(remote, 0, sizeof(*remote));
}

size_t
remote_folder_memory(const struct remote_folder *remote)
{
	return remote->room * sizeof(remote->entries[0]) + remote->names;
}

static enum outcome
fail_for_memory(struct reading *reading)
{
	failure_set(reading->failure, EXIT_LOCAL, "out of memory");
	return OUTCOME_FATAL;
}

/* Returns a copy of the name in the listing's memory, or NULL. */
static const char *
copy_name(struct remote_folder *remote, const char *name, size_t len)
{
	struct remote_folder_block *block = SLIST_FIRST(&remote->blocks);
	char *copy;

	if (block == NULL || REMOTE_FOLDER_BLOCK - block->used < len + 1) {
		block = malloc(sizeof(*block));
		if (block == NULL)
			return NULL;
		block->used = 0;
		SLIST_INSERT_HEAD(&remote->blocks, block, next);
		remote->names += sizeof(*block);
	}
	copy = block->bytes + block->used;
	memcpy(copy, name, len + 1);
	block->used += len + 1;
	return copy;
}

/* Makes room for one more entry. Returns 0, or -1 if memory is short. */
static int
grow_entries(struct remote_folder *remote)
{
	struct remote_folder_entry *entries;
	size_t room = remote->room == 0 ? 64 : 2 * remote->room;

	if (remote->n < remote->room)
		return 0;
	entries = reallocarray(remote->entries, room, sizeof(*entries));
	if (entries == NULL)
		return -1;
	remote->entries = entries;
	remote->room = room;
	return 0;
}

static enum outcome
add_remote_entry(struct reading *reading, const struct protocol_record *record,
    const char *name)
{
	struct remote_folder *remote = reading->remote;
	struct remote_folder_entry *entry;

	if (remote->n == REMOTE_FOLDER_ENTRIES ||
	    remote->names > REMOTE_FOLDER_NAMES)
		return query_violation(reading->failure,
		    "a folder without end");
	if (grow_entries(remote) != 0)
		return fail_for_memory(reading);
	entry = &remote->entries[remote->n];
	*entry = (struct remote_folder_entry){
	    .name = copy_name(remote, name, record->name_len),
	    .size = record->size,
	    .mtime_ns = record->mtime_ns,
	    .mode = record->mode,
	};
	if (entry->name == NULL)
		return fail_for_memory(reading);
	remote->n++;
	return OUTCOME_OK;
}

/* Goes on to the cursor of the next page, which must be a new one. */
static enum outcome
advance_cursor(struct reading *reading, uint64_t cursor, bool empty)
{
	reading->empty = empty ? reading->empty + 1 : 0;
	if (reading->empty > REMOTE_FOLDER_EMPTY)
		return query_violation(reading->failure,
		    "a listing of nothing, without end");
	if (cursor != 0 &&
	    (cursor == reading->cursor || cursor == reading->kept))
		return query_violation(reading->failure,
		    "a listing that goes round");
	reading->cursor = cursor;
	reading->number = reading->connection->number;
	if (++reading->pages == reading->lap) {
		reading->kept = cursor;
		reading->pages = 0;
		reading->lap *= 2;
	}
	return OUTCOME_OK;
}

static enum outcome
receive_folder_page(struct reading *reading, struct reply_reader *reader)
{
	size_t before = reading->remote->n;
	enum outcome outcome = OUTCOME_OK;
	struct protocol_record record;
	struct list_reader list;
	char name[LIST_READER_NAME];
	int got;

	if (list_reader_begin(&list, reader) != 0)
		return query_end(reader);
	while (outcome == OUTCOME_OK &&
	    (got = list_reader_next(&list, &record, name)) != 0)
		outcome = got < 0 ? query_end(reader) :
				    add_remote_entry(reading, &record, name);
	if (outcome == OUTCOME_OK)
		return advance_cursor(reading, list.cursor,
		    reading->remote->n == before);
	/* The page is asked for again. */
	reading->remote->n = before;
	return outcome;
}

/* Drops the reply to LIST after STAT was refused; keeps that failure. */
static enum outcome
drop_page(struct reading *reading)
{
	struct failure refusal = *reading->failure;
	enum outcome outcome;
	struct reply_reader reader;

	outcome = query_receive(reading->connection, &reader, reading->failure);
	if (outcome == OUTCOME_OK && list_reader_skip(&reader) != 0)
		outcome = query_end(&reader);
	if (outcome != OUTCOME_OK && outcome != OUTCOME_FAILED)
		return outcome;
	*reading->failure = refusal;
	return OUTCOME_FAILED;
}

/* Forgets the pages of another connection, maybe to another server. A server
 * that ends each connection after a page is given up. */
static enum outcome
restart_listing(struct reading *reading)
{
	struct protocol_attributes attributes = reading->remote->attributes;
	size_t n = reading->remote->n;

	if (reading->cursor == 0 ||
	    reading->number == reading->connection->number)
		return OUTCOME_OK;
	reading->restarts = n > reading->most ? 0 : reading->restarts + 1;
	if (n > reading->most)
		reading->most = n;
	if (reading->restarts > reading->connection->retry) {
		failure_set(reading->failure, EXIT_STALLED,
		    "the connection broke each time while it was listed");
		return OUTCOME_FATAL;
	}
	remote_folder_free(reading->remote);
	reading->remote->attributes = attributes;
	reading->cursor = reading->kept = 0;
	reading->pages = 0;
	reading->lap = 1;
	return OUTCOME_OK;
}

static enum outcome
ask_page(struct reading *reading)
{
	enum outcome outcome = restart_listing(reading);

	if (outcome == OUTCOME_OK && !reading->known)
		outcome = query_ask(reading->connection, PROTOCOL_OP_STAT, 0,
		    reading->name, reading->failure);
	if (outcome == OUTCOME_OK)
		outcome = query_ask(reading->connection, PROTOCOL_OP_LIST,
		    reading->cursor, reading->name, reading->failure);
	return outcome;
}

/* Asks for a page and receives it; an attempt of wire/query.h. */
static enum outcome
attempt_page(void *argument)
{
	struct reading *reading = argument;
	struct protocol_attributes *attributes = &reading->remote->attributes;
	enum outcome outcome = ask_page(reading);
	struct reply_reader reader;

	if (outcome == OUTCOME_OK && !reading->known) {
		outcome = query_receive_state(reading->connection, attributes,
		    reading->failure);
		if (outcome == OUTCOME_FAILED)
			return drop_page(reading);
		if (outcome == OUTCOME_OK && !S_ISREG(attributes->mode) &&
		    !S_ISDIR(attributes->mode))
			outcome = query_violation(reading->failure,
			    "neither file nor folder");
		reading->known = outcome == OUTCOME_OK;
	}
	if (outcome == OUTCOME_OK)
		outcome = query_receive(reading->connection, &reader,
		    reading->failure);
	if (S_ISDIR(attributes->mode))
		return outcome == OUTCOME_OK ?
		    receive_folder_page(reading, &reader) :
		    outcome;
	if (outcome == OUTCOME_FAILED)
		return OUTCOME_OK;
	if (outcome != OUTCOME_OK)
		return outcome;
	if (list_reader_skip(&reader) != 0)
		return query_end(&reader);
	failure_set(reading->failure, EXIT_CHANGED,
	    "it was a file and has just become a folder");
	return OUTCOME_FAILED;
}

static int
compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct remote_folder_entry *)a)->name,
	    ((const struct remote_folder_entry *)b)->name);
}

/* Sorts the entries. Returns whether each name is there once. */
static bool
sort_entries(struct remote_folder *remote)
{
	size_t i;

	if (remote->n > 0)
		qsort(remote->entries, remote->n, sizeof(remote->entries[0]),
		    compare_entries);
	for (i = 1; i < remote->n; i++)
		if (compare_entries(&remote->entries[i - 1],
			&remote->entries[i]) == 0)
			return false;
	return true;
}

static int
read_pages(struct remote_folder *remote, struct connection *connection,
    const char *name, struct failure *failure)
{
	struct reading reading = {.connection = connection,
	    .name = name,
	    .remote = remote,
	    .failure = failure,
	    .lap = 1};

	memset(remote, 0, sizeof(*remote));
	do {
		if (query_run(connection, attempt_page, &reading, failure) !=
		    0) {
			remote_folder_free(remote);
			return -1;
		}
	} while (reading.cursor != 0);
	return 0;
}

int
remote_folder_list(struct remote_folder *remote, struct connection *connection,
    const char *name, struct failure *failure)
{
	int tries;

	for (tries = 0; tries < REMOTE_FOLDER_TRIES; tries++) {
		if (read_pages(remote, connection, name, failure) != 0)
			return -1;
		if (sort_entries(remote))
			return 0;
		remote_folder_free(remote);
	}
	query_violation(failure, "the same name twice in a folder");
	connection_close(connection);
	return -1;
}
