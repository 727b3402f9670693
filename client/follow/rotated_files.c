/*
 * LIST tells names, sizes and times. Files that are older than the old file are
 * ruled out, and, in a search for its bytes, files that are shorter. STAT and
 * FETCH then check the likeliest few of the others: first those with a related
 * name, then the newest. The old file is recognized by its id, whatever its
 * name. A copy is recognized by the bytes that were printed last, and only
 * under a related name: other logs may have the same bytes.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/follow/rotated_files.h"
#include "client/follow/rotated_name.h"
#include "client/wire/list_reader.h"
#include "client/wire/query.h"
#include "client/wire/request_writer.h"
#include "common/names.h"

enum {
	ROTATED_FILES_PAGES = 8,  /* of a listing */
	ROTATED_FILES_ASKED = 32, /* candidates */
	ROTATED_FILES_PROOF = 16, /* bytes that a copy must share, at least */
};

struct candidate {
	char *name; /* without the folder; owned */
	int64_t mtime_ns;
	bool related;
};

struct search {
	const struct rotated_files_query *query;
	struct connection *connection;
	struct failure *failure;
	char folder[NAMES_MAX + 1]; /* "." for the top */
	const char *base;	    /* the name's last component */
	uint64_t cursor;
	struct candidate candidates[ROTATED_FILES_ASKED];
	size_t n;
	/* ---- the candidate that is asked about ---- */
	char name[NAMES_MAX + 1];
	struct protocol_attributes attributes;
	bool has_bytes; /* it has the bytes that were printed last */
	bool has_old;	/* some candidate was the old file */
};

/* Returns whether a is likelier to be wanted than b. */
static bool
is_likelier(const struct candidate *a, const struct candidate *b)
{
	if (a->related != b->related)
		return a->related;
	return a->mtime_ns > b->mtime_ns;
}

/* Inserts a candidate if it is among the likeliest. Returns 0, or -1 with the
 * failure set if memory is short. */
static int
insert_candidate(struct search *search, struct candidate candidate,
    const char *name)
{
	struct candidate *all = search->candidates;
	size_t i, at;

	for (i = 0; i < search->n; i++)
		if (strcmp(all[i].name, name) == 0)
			return 0; /* the page is read again */
	for (at = 0; at < search->n && !is_likelier(&candidate, &all[at]); at++)
		continue;
	if (at == ROTATED_FILES_ASKED)
		return 0;
	candidate.name = strdup(name);
	if (candidate.name == NULL)
		return failure_set(search->failure, EXIT_LOCAL,
		    "out of memory");
	if (search->n == ROTATED_FILES_ASKED)
		free(all[--search->n].name);
	memmove(&all[at + 1], &all[at], (search->n - at) * sizeof(all[0]));
	all[at] = candidate;
	search->n++;
	return 0;
}

/* Inserts an entry of the folder if it may be wanted. Returns 0, or -1 with the
 * failure set if memory is short. */
static int
consider_entry(struct search *search, const struct protocol_record *record,
    const char *name)
{
	const struct rotated_files_query *query = search->query;
	const struct candidate candidate = {
	    .mtime_ns = record->mtime_ns,
	    .related = rotated_name_is_related(search->base, name),
	};

	if (!S_ISREG(record->mode) || record->mtime_ns < query->mtime_ns ||
	    strcmp(name, search->base) == 0)
		return 0;
	if (query->wanted == ROTATED_FILES_BETWEEN) {
		if (record->size == 0 ||
		    (query->passed == 0 &&
			!rotated_name_is_rotated(search->base, name)))
			return 0;
	} else if (record->size < query->printed->size) {
		return 0;
	}
	return insert_candidate(search, candidate, name);
}

/* Reads a page of the folder; an attempt of wire/query.h. */
static enum outcome
attempt_list(void *argument)
{
	struct search *search = argument;
	struct protocol_record record;
	struct list_reader list;
	struct reply_reader reader;
	enum outcome outcome;
	char name[LIST_READER_NAME];
	int got;

	outcome = query_ask(search->connection, PROTOCOL_OP_LIST,
	    search->cursor, search->folder, search->failure);
	if (outcome == OUTCOME_OK)
		outcome =
		    query_receive(search->connection, &reader, search->failure);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (list_reader_begin(&list, &reader) != 0)
		return query_end(&reader);
	while ((got = list_reader_next(&list, &record, name)) == 1)
		if (consider_entry(search, &record, name) != 0)
			return OUTCOME_FATAL;
	if (got < 0)
		return query_end(&reader);
	search->cursor = list.cursor;
	return OUTCOME_OK;
}

/* Asks for the last n printed bytes. Returns 0, or -1 with the failure set. */
static int
ask_bytes(struct search *search, size_t n)
{
	const struct protocol_request request = {
	    .op = PROTOCOL_OP_FETCH,
	    .offset = search->query->printed->size - n,
	    .count = n,
	    .name = (const uint8_t *)search->name,
	    .name_len = strlen(search->name),
	};

	if (request_writer_put(&search->connection->stream,
		search->connection->settings, &request) == 0)
		return 0;
	return failure_set(search->failure, EXIT_LOCAL, "out of memory");
}

/* Compares the last printed bytes with the file's; a wire/query.h attempt. */
static enum outcome
attempt_bytes(void *argument)
{
	struct search *search = argument;
	const struct printed *printed = search->query->printed;
	size_t n = printed_last(printed);
	struct protocol_attributes attributes;
	uint8_t bytes[PRINTED_LAST];
	enum outcome outcome;
	struct reply_reader reader;

	if (ask_bytes(search, n) != 0)
		return OUTCOME_FATAL;
	outcome = query_receive(search->connection, &reader, search->failure);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (reply_reader_read_attributes(&reader, &attributes) != 0)
		return query_end(&reader);
	if (reader.length - PROTOCOL_ATTRIBUTES_SIZE - PROTOCOL_TRAILER_SIZE !=
	    n)
		return reply_reader_read(&reader, NULL,
			   reader.length - PROTOCOL_ATTRIBUTES_SIZE) == 0 ?
		    OUTCOME_OK :
		    query_end(&reader);
	if (reply_reader_read(&reader, bytes, n) != 0 ||
	    reply_reader_read(&reader, NULL, PROTOCOL_TRAILER_SIZE) != 0)
		return query_end(&reader);
	search->has_bytes = memcmp(bytes, printed->last, n) == 0;
	return OUTCOME_OK;
}

/* Returns 1 if a query has succeeded (result 0), 0 if the server refused it, or
 * -1 with the failure set if the search is over. */
static int
judge_query(const struct search *search, int result)
{
	if (result == 0)
		return 1;
	return search->failure->code == EXIT_LOCAL ||
		search->failure->code == EXIT_PROTOCOL ||
		query_is_over(search->failure) ?
	    -1 :
	    0;
}

static bool
is_known(const struct rotated_files_query *query, uint64_t id)
{
	size_t i;

	for (i = 0; i < query->n_ids; i++)
		if (query->ids[i] == id)
			return true;
	return false;
}

/* Returns 1 for a copy of the old file, 0 if not, -1 if the search is over. */
static int
is_copy(struct search *search)
{
	const struct printed *printed = search->query->printed;
	int got;

	if (search->attributes.size < printed->size ||
	    (printed_last(printed) < ROTATED_FILES_PROOF &&
		search->attributes.size != printed->size))
		return 0;
	search->has_bytes = false;
	got = judge_query(search,
	    query_run(search->connection, attempt_bytes, search,
		search->failure));
	return got == 1 ? search->has_bytes : got;
}

/* Returns 1 if a candidate is wanted, 0 if not, or -1 if the search is over. */
static int
judge_candidate(struct search *search, const struct candidate *candidate)
{
	const struct rotated_files_query *query = search->query;
	int got;

	got = judge_query(search,
	    query_stat(search->connection, search->name, &search->attributes,
		search->failure));
	if (got != 1 || !S_ISREG(search->attributes.mode))
		return got < 0 ? -1 : 0;
	if (query->wanted == ROTATED_FILES_BETWEEN) {
		if (query->passed != 0 &&
		    search->attributes.token.id == query->passed)
			return 1;
		search->has_old |= search->attributes.token.id == query->ids[0];
		if (is_known(query, search->attributes.token.id) ||
		    !rotated_name_is_rotated(search->base, candidate->name))
			return 0;
		got = is_copy(search);
		return got < 0 ? -1 : !got;
	}
	if (search->attributes.token.id == query->ids[0])
		return query->wanted == ROTATED_FILES_OLD;
	return candidate->related ? is_copy(search) : 0;
}

/* Reads the folder's first pages. Returns 0, or -1 if the search is over. */
static int
read_folder(struct search *search)
{
	int pages, got;

	for (pages = 0; pages < ROTATED_FILES_PAGES; pages++) {
		got = judge_query(search,
		    query_run(search->connection, attempt_list, search,
			search->failure));
		if (got != 1 || search->cursor == 0)
			return got < 0 ? -1 : 0;
	}
	return 0;
}

/* Inserts the candidate in front of those found, which are newer. Returns 0, or
 * -1 with the failure set if memory is short. */
static int
add_found(struct search *search, struct rotated_files *found)
{
	char *name;

	if (found->n == ROTATED_FILES_MOST)
		return 0;
	name = strdup(search->name);
	if (name == NULL)
		return failure_set(search->failure, EXIT_LOCAL,
		    "out of memory");
	memmove(&found->found[1], &found->found[0],
	    found->n * sizeof(found->found[0]));
	found->found[0].name = name;
	found->found[0].id = search->attributes.token.id;
	found->n++;
	return 0;
}

/* Asks about the candidates, the likeliest first. Returns 0, or -1 with the
 * failure set if the search is over. */
static int
ask_candidates(struct search *search, struct rotated_files *found)
{
	bool one = search->query->wanted != ROTATED_FILES_BETWEEN;
	size_t i;
	int wanted;

	for (i = 0; i < search->n && !(one && found->n > 0); i++) {
		const struct candidate *candidate = &search->candidates[i];
		bool at_top = strcmp(search->folder, ".") == 0;

		if (snprintf(search->name, sizeof(search->name), "%s%s%s",
			at_top ? "" : search->folder, at_top ? "" : "/",
			candidate->name) > NAMES_MAX)
			continue;
		wanted = judge_candidate(search, candidate);
		if (wanted < 0 || (wanted > 0 && add_found(search, found) != 0))
			return -1;
	}
	return 0;
}

int
rotated_files_find(const struct rotated_files_query *query,
    struct connection *connection, struct rotated_files *found,
    struct failure *failure)
{
	struct search search = {
	    .query = query,
	    .connection = connection,
	    .failure = failure,
	    .base = names_last(query->name),
	};
	size_t len = (size_t)(search.base - query->name), i;
	int result;

	found->n = 0;
	snprintf(search.folder, sizeof(search.folder), "%.*s",
	    len == 0 ? 1 : (int)len - 1, len == 0 ? "." : query->name);
	result = read_folder(&search);
	if (result == 0)
		result = ask_candidates(&search, found);
	found->has_old = search.has_old;
	for (i = 0; i < search.n; i++)
		free(search.candidates[i].name);
	if (result != 0)
		rotated_files_free(found);
	return result;
}

bool
rotated_files_have_gap(const struct rotated_files *found,
    const struct rotated_files_query *query)
{
	size_t i;

	for (i = 0; i < found->n; i++)
		if (found->found[i].id == query->passed)
			break;
	if (query->passed != 0 && i == found->n)
		return true;
	return found->n > 0 && !found->has_old && query->printed->size > 0;
}

void
rotated_files_free(struct rotated_files *found)
{
	while (found->n > 0)
		free(found->found[--found->n].name);
}
