/*
 * The old file is read for as long as the server has it open for us (see "The
 * kept file" in PROTOCOL.md), until it brings nothing more and the name leads
 * to a file that has bytes. For as long as that one is empty the log's writer
 * has not turned to it. Where the old file is not to be had by the name, it is
 * looked for beside it; so is a copy of one that was truncated, and so are
 * files that bore the name for less than a second. If it is not found, a line
 * says that something may be missing.
 */

#include <stdlib.h>
#include <string.h>

#include "client/follow/rotation.h"
#include "common/clock.h"
#include "common/protocol.h"

/* An old file that has brought nothing for so long is left for one that is
 * empty: what is written into that last is then had, too, if it is replaced
 * in its turn. */
#define ROTATION_STAY (3 * CLOCK_SEC)
/* If one that has brought nothing for so long is not to be had any more, then
 * nothing is missing. */
#define ROTATION_QUIET (30 * CLOCK_SEC)
#define ROTATION_LATE  (5 * CLOCK_SEC) /* since it was read last */

/* Between searches in vain: from 1 s on, doubled each time. */
#define ROTATION_PAUSE	   CLOCK_SEC
#define ROTATION_PAUSE_MAX (64 * CLOCK_SEC)

void
rotation_begin(struct tail *tail, const struct protocol_attributes *attributes)
{
	static const char *const notes[] = {
	    [TAIL_REPLACED] = "it was replaced; on from the start of the new "
			      "one",
	    [TAIL_SHORTER] = "it has become shorter; on from its start",
	    [TAIL_REWRITTEN] = "it was written anew; on from its start",
	};
	bool is_between = tail->elsewhere != NULL;

	if (tail->anew != TAIL_FIRST && !tail->told && !is_between)
		report_note(tail->report, "%s: %s%s", tail->name,
		    notes[tail->anew],
		    tail->missing ?
			" (what was written last before may be missing)" :
			"");
	if (!is_between) {
		tail->anew = TAIL_FIRST;
		tail->told = tail->missing = false;
	}
	memmove(&tail->known[1], &tail->known[0],
	    (TAIL_KNOWN - 2) * sizeof(tail->known[0]));
	tail->id = tail->known[0] = attributes->token.id;
	tail->begins = false;
	tail->begun = true;
	tail->gone = false;
	tail->fresh_since = clock_now();
}

/* ---- leaving the old file ----------------------------------------------- */

/* The next bytes to be written are the first of a file again: of one that bore
 * the name in between, or of the one that bears it now. */
static enum tail_outcome
begin_anew(struct tail *tail)
{
	struct rotated_files *between = &tail->between;

	free(tail->elsewhere);
	tail->elsewhere = NULL;
	if (between->n > 0) {
		tail->elsewhere = between->found[0].name;
		between->n--;
		memmove(&between->found[0], &between->found[1],
		    between->n * sizeof(between->found[0]));
		report_note(tail->report,
		    "%s: it was replaced more than once; first what is in %s",
		    tail->name, tail->elsewhere);
	}
	/* The file that was seen, though its name may have moved on. */
	tail->id = tail->elsewhere == NULL ? tail->known[TAIL_KNOWN - 1] : 0;
	tail->begins = true;
	tail->other_since = 0;
	tail->other_id = tail->passed = 0;
	tail->ready = tail->given_up = false;
	tail->stage = TAIL_READ;
	/* Bytes that were written stay written. */
	printed_reset(&tail->printed);
	return TAIL_AGAIN;
}

static void
tell_missing(struct tail *tail)
{
	report_note(tail->report,
	    "%s: what was written before may be missing; an older file is "
	    "neither kept open by the server nor found beside it",
	    tail->name);
}

/* Nothing was found of what was looked for. */
static enum tail_outcome
find_nothing(struct tail *tail)
{
	bool quiet = tail->read_since - tail->fresh_since >= ROTATION_QUIET &&
	    clock_now() - tail->read_since < ROTATION_LATE;

	if (tail->wanted != ROTATED_FILES_OLD) {
		tail->missing |= tail->wanted == ROTATED_FILES_COPY;
		return begin_anew(tail);
	}
	/* The file that the name leads to now is read next. */
	tail->given_up = true;
	tail->stage = TAIL_READ;
	free(tail->elsewhere);
	tail->elsewhere = NULL;
	if (!quiet && (tail->printed.size > 0 || tail->begins))
		tell_missing(tail);
	return TAIL_AGAIN;
}

static enum tail_outcome
search_for(struct tail *tail, enum rotated_files_wanted wanted)
{
	tail->wanted = wanted;
	if (clock_now() < tail->search_due && tail->passed == 0)
		return find_nothing(tail);
	tail->stage = TAIL_SEARCH;
	return TAIL_AGAIN;
}

/* The old file has been read to its end, as far as it is to be had. */
static enum tail_outcome
leave(struct tail *tail)
{
	if (tail->anew == TAIL_FIRST)
		tail->anew = TAIL_REPLACED;
	if (tail->between.n > 0)
		return begin_anew(tail);
	return search_for(tail, ROTATED_FILES_BETWEEN);
}

enum tail_outcome
rotation_shortened(struct tail *tail, enum tail_anew anew)
{
	tail->anew = anew;
	tail->told = false;
	return search_for(tail, ROTATED_FILES_COPY);
}

enum tail_outcome
rotation_elsewhere(struct tail *tail)
{
	return search_for(tail, ROTATED_FILES_OLD);
}

/* ---- looking for files --------------------------------------------------- */

/* Returns whether a file that had the name for a while may be missing among
 * those found: one that was seen by the name; or any, if newer files were
 * rotated and the old one itself is removed by now. */
static bool
has_gap(const struct tail *tail, const struct rotated_files *found)
{
	if (tail->passed != 0 && !rotated_files_have(found, tail->passed))
		return true;
	return found->n > 0 && !found->has_old && tail->printed.size > 0;
}

enum tail_outcome
rotation_search(struct tail *tail, struct connection *connection)
{
	const struct rotated_files_query query = {
	    .wanted = tail->wanted,
	    .name = tail->name,
	    .ids = tail->known,
	    .n_ids = TAIL_KNOWN,
	    .mtime_ns = tail->mtime_ns,
	    .passed = tail->passed,
	    .printed = &tail->printed,
	};
	struct rotated_files found;

	if (rotated_files_find(&query, connection, &found, &tail->failure) != 0)
		return TAIL_FAILED;
	if (tail->wanted == ROTATED_FILES_BETWEEN && has_gap(tail, &found))
		tell_missing(tail);
	if (found.n == 0) {
		if (tail->search_pause < ROTATION_PAUSE)
			tail->search_pause = ROTATION_PAUSE;
		tail->search_due = clock_now() + tail->search_pause;
		if (tail->search_pause < ROTATION_PAUSE_MAX)
			tail->search_pause *= 2;
		return find_nothing(tail);
	}
	tail->search_pause = 0;
	if (tail->wanted == ROTATED_FILES_BETWEEN) {
		tail->between = found;
		return begin_anew(tail);
	}
	/* The old file, or its copy: on with what it has more. */
	free(tail->elsewhere);
	tail->elsewhere = found.found[0].name;
	tail->id = tail->known[0] = found.found[0].id;
	report_detail(tail->report, "%s: the old file is %s now", tail->name,
	    tail->elsewhere);
	return tail_go_on(tail);
}

/* ---- what the replies show ---------------------------------------------- */

/* There is no such name, or none that may be read. */
static enum tail_outcome
wait_for_name(struct tail *tail, enum protocol_status status)
{
	if (tail->begun && !tail->gone && status == PROTOCOL_NOT_FOUND)
		report_note(tail->report,
		    "%s: there is no such file any more; waiting for it",
		    tail->name);
	else if (tail->begun && !tail->gone)
		report_note(tail->report,
		    "%s: it cannot be read any more: %s; waiting for it",
		    tail->name, tail->failure.text);
	tail->gone = tail->begun;
	return TAIL_ABSENT;
}

/* The file is not to be had by the name by which it was asked for. */
static enum tail_outcome
decide_refused(struct tail *tail, const struct tail_look *look)
{
	if (tail->id != 0 && !tail->given_up)
		return rotation_elsewhere(tail);
	if (tail->elsewhere != NULL)
		return begin_anew(tail); /* one in between is gone */
	if (look->read != PROTOCOL_CHANGED)
		return wait_for_name(tail, look->read);
	return tail->id == 0 && !tail->given_up ? TAIL_DONE : leave(tail);
}

/* The name leads to another file than the one that is read. */
static enum tail_outcome
decide_other(struct tail *tail, const struct tail_look *look)
{
	int64_t now = clock_now(), since;

	if (tail->other_since == 0) {
		tail->other_since = now;
		if (tail->anew == TAIL_FIRST && !tail->told) {
			report_note(tail->report,
			    "%s: it was replaced; on from the start of the new "
			    "one",
			    tail->name);
			tail->told = true;
			tail->anew = TAIL_REPLACED;
		}
	}
	/* One that was empty was replaced in its turn. */
	if (tail->other_id != 0 && tail->other_id != look->named_id) {
		tail->passed = tail->other_id;
		tail->ready = true;
	}
	tail->other_id = look->named_id;
	if (look->fresh > 0)
		return TAIL_MORE;
	/* It was seen to be ready before this one was asked once more. */
	if (tail->ready)
		return leave(tail);
	since = tail->fresh_since > tail->other_since ? tail->fresh_since :
							tail->other_since;
	tail->ready = look->named_size > 0 || now - since >= ROTATION_STAY;
	return tail->ready ? TAIL_AGAIN : TAIL_DONE;
}

/* The file was read. */
static enum tail_outcome
decide_read(struct tail *tail, const struct tail_look *look)
{
	tail->given_up = false;
	tail->read_since = clock_now();
	if (look->fresh > 0)
		tail->fresh_since = tail->read_since;
	if (look->named == PROTOCOL_OK && look->named_id != tail->id)
		return decide_other(tail, look);
	tail->other_since = 0;
	tail->other_id = tail->passed = 0;
	tail->ready = false;
	if (look->named != PROTOCOL_OK) {
		(void)wait_for_name(tail, look->named);
		return look->fresh > 0 ? TAIL_MORE : TAIL_ABSENT;
	}
	/* The name leads to it, perhaps again. */
	tail->gone = tail->told = false;
	tail->anew = TAIL_FIRST;
	free(tail->elsewhere);
	tail->elsewhere = NULL;
	if (look->fresh > 0 && look->more)
		return TAIL_MORE;
	/* Asked for by its id, the server keeps it open. */
	return look->first ? TAIL_AGAIN : TAIL_DONE;
}

enum tail_outcome
rotation_decide(struct tail *tail, const struct tail_look *look)
{
	tail->known[TAIL_KNOWN - 1] =
	    look->named == PROTOCOL_OK ? look->named_id : 0;
	if (look->shorter)
		return rotation_shortened(tail, TAIL_SHORTER);
	if (look->other) {
		tail->stage = TAIL_HEAD;
		return TAIL_AGAIN;
	}
	if (look->read != PROTOCOL_OK)
		return decide_refused(tail, look);
	if (look->damaged) {
		tail->stage = TAIL_PROVE;
		return TAIL_AGAIN;
	}
	return decide_read(tail, look);
}
