/*
 * The distance is that of Damerau and Levenshtein in its simple form (optimal
 * string alignment), on bytes. The page of the folder is read an entry at a
 * time; only the best entry so far is kept.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/browse/suggestion.h"
#include "client/ui/interrupt.h"
#include "client/wire/list_reader.h"
#include "client/wire/query.h"
#include "common/clock.h"
#include "common/names.h"

#define SUGGESTION_WAIT (2 * CLOCK_SEC) /* for all suggestions of a run */

enum {
	SUGGESTION_LETTERS = 3, /* of the name, for each that may differ */
	SUGGESTION_ENTRY =
	    PROTOCOL_RECORD_SIZE + NAMES_MAX, /* at most, bytes */
};

struct search {
	struct connection *connection;
	const char *folder, *asked;
	int64_t deadline; /* of the page */
	int distance;	  /* of best; -1: none was found */
	char best[SUGGESTION_NAME + 1];
	struct failure failure;
};

static unsigned
least_of(unsigned a, unsigned b, unsigned c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

static bool
is_same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Fills the row with the distances of the first i letters of a from each prefix
 * of b. above and before are the rows for i - 1 and i - 2. */
static void
fill_row(const char *a, size_t i, const char *b, unsigned *row,
    const unsigned *above, const unsigned *before)
{
	size_t j;

	row[0] = (unsigned)i;
	for (j = 1; b[j - 1] != '\0'; j++) {
		row[j] = least_of(above[j] + 1, row[j - 1] + 1,
		    above[j - 1] + !is_same_letter(a[i - 1], b[j - 1]));
		if (i > 1 && j > 1 && is_same_letter(a[i - 1], b[j - 2]) &&
		    is_same_letter(a[i - 2], b[j - 1]) &&
		    before[j - 2] + 1 < row[j])
			row[j] = before[j - 2] + 1;
	}
}

int
suggestion_distance(const char *asked, const char *entry)
{
	unsigned rows[3][SUGGESTION_NAME + 1] = {{0}};
	size_t len = strlen(asked), other = strlen(entry), i;
	unsigned most = (unsigned)len / SUGGESTION_LETTERS;

	if (strncmp(asked, entry, len) == 0 && entry[len] == '.')
		return 1;
	if (len > other + most || other > len + most)
		return -1;
	for (i = 0; i <= other; i++)
		rows[0][i] = (unsigned)i;
	for (i = 1; i <= len; i++)
		fill_row(asked, i, entry, rows[i % 3], rows[(i + 2) % 3],
		    rows[(i + 1) % 3]);
	return rows[len % 3][other] <= most ? (int)rows[len % 3][other] : -1;
}

/* Keeps the entry if it is nearer than the best so far. */
static void
consider_entry(struct search *search, const char *entry)
{
	int distance;

	if (strlen(entry) >= SUGGESTION_NAME)
		return;
	distance = suggestion_distance(search->asked, entry);
	if (distance < 0 ||
	    (search->distance >= 0 && distance >= search->distance))
		return;
	search->distance = distance;
	strlcpy(search->best, entry, sizeof(search->best));
}

/* Waits until the next entry, or what is left of the page, can be read without
 * waiting. Returns false at the deadline, or if the connection broke. */
static bool
await_entry(const struct search *search, const struct reply_reader *reader,
    uint64_t left)
{
	while (!reply_reader_has(reader,
	    left < SUGGESTION_ENTRY ? left : SUGGESTION_ENTRY))
		if (stream_fill(reader->stream, search->deadline) != 1)
			return false;
	return clock_now() < search->deadline;
}

/* Asks for one page of the folder; an attempt of wire/query.h. */
static enum outcome
attempt_page(void *argument)
{
	struct search *search = argument;
	struct protocol_record record;
	struct reply_reader reader;
	struct list_reader list;
	char name[LIST_READER_NAME];
	enum outcome outcome;
	int got;

	outcome = query_ask(search->connection, PROTOCOL_OP_LIST, 0,
	    search->folder, &search->failure);
	if (outcome == OUTCOME_OK)
		outcome = query_receive(search->connection, &reader,
		    &search->failure);
	if (outcome != OUTCOME_OK)
		return outcome;
	/* A page that is late is of no use. */
	if (!await_entry(search, &reader, reader.length))
		return OUTCOME_FATAL;
	if (list_reader_begin(&list, &reader) != 0)
		return query_end(&reader);
	do {
		if (!await_entry(search, &reader, list.left))
			return OUTCOME_FATAL;
		got = list_reader_next(&list, &record, name);
		if (got == 1)
			consider_entry(search, name);
	} while (got == 1);
	return got == 0 ? OUTCOME_OK : query_end(&reader);
}

static void
tell_nearest(struct connection *connection, struct report *report,
    const char *name, bool at_prompt, int64_t deadline)
{
	const char *last = names_last(name);
	char folder[NAMES_MAX + 1] = ".";
	struct search search = {.connection = connection,
	    .folder = folder,
	    .asked = last,
	    .deadline = deadline,
	    .distance = -1};
	int len = (int)(last - name);

	if (strlen(last) >= SUGGESTION_NAME)
		return;
	if (len > 1)
		snprintf(folder, sizeof(folder), "%.*s", len - 1, name);
	if (query_run(connection, attempt_page, &search, &search.failure) ==
		0 &&
	    search.distance >= 0)
		report_note(report, "did you mean %.*s%s?", at_prompt ? 0 : len,
		    name, search.best);
}

void
suggestion_tell(struct connection *connection, struct report *report,
    char *const *names, size_t n, bool at_prompt)
{
	size_t i, j, missing = report->n_missing;
	int64_t deadline = clock_now() + SUGGESTION_WAIT;

	report->n_missing = 0;
	if (report->settings->quiet || isatty(STDERR_FILENO) != 1)
		return;
	connection_limit(connection, SUGGESTION_WAIT);
	for (i = 0; i < n; i++)
		for (j = 0; j < missing && !interrupt_pending() &&
		     clock_now() < deadline;
		     j++)
			if (strcmp(names[i], report->missing[j]) == 0 &&
			    !names_is_pattern(names[i]))
				tell_nearest(connection, report, names[i],
				    at_prompt, deadline);
	connection_limit(connection, CONNECTION_NO_LIMIT);
}
