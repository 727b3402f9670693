/*
 * The old file is read as long as the server has it open for us ("The kept
 * file" in PROTOCOL.md), until it brings no more bytes and the name leads to a
 * file that has some: while the new file is empty, the log's writer still
 * writes to the old one. If the server has no file of that name and id any
 * more, the folder is searched for it; likewise for a copy of a truncated file,
 * and for files that had the name in between. If no file has the id of the old
 * one, the file of the name may be the same one (follow/same_log.h). If the
 * search is in vain, a note says that bytes may be missing.
 */

#include <stdlib.h>
#include <string.h>

#include "client/follow/rotation.h"
#include "common/clock.h"
#include "common/protocol.h"

/* An old file without new bytes for this long is left even for an empty one, so
 * that the empty one is read too should it be replaced in turn. */
#define ROTATION_STAY (3 * CLOCK_SEC)
/* A file without new bytes for this long, and read within ROTATION_LATE, has
 * most likely lost none when it disappears. */
#define ROTATION_QUIET (30 * CLOCK_SEC)
#define ROTATION_LATE  (5 * CLOCK_SEC)

/* After a search in vain the next one waits: 1 s, doubled each time. */
#define ROTATION_PAUSE	   CLOCK_SEC
#define ROTATION_PAUSE_MAX (64 * CLOCK_SEC)

void
rotation_open(struct rotation *rotation, struct report *report,
    const char *name, const struct printed *printed, struct failure *failure)
{
	*rotation = (struct rotation){
	    .report = report,
	    .name = name,
	    .printed = printed,
	    .failure = failure,
	    .is_new = true,
	};
}

void
rotation_close(struct rotation *rotation)
{
	free(rotation->elsewhere);
	rotated_files_free(&rotation->between);
}

void
rotation_begin_with(struct rotation *rotation, uint64_t id)
{
	rotation->id = id;
}

const char *
rotation_file_name(const struct rotation *rotation)
{
	return rotation->elsewhere != NULL ? rotation->elsewhere :
					     rotation->name;
}

/* Sets the name to read the file by; NULL: the followed one. Takes it over. */
static void
set_elsewhere(struct rotation *rotation, char *name)
{
	free(rotation->elsewhere);
	rotation->elsewhere = name;
}

static void
report_restart(const struct rotation *rotation)
{
	rotation_notes_restart(rotation->report, rotation->name,
	    rotation->reason, rotation->gone, rotation->missing);
}

/* Notes the id of the file that is read from now on. */
static void
note_id(struct rotation *rotation, uint64_t id)
{
	memmove(&rotation->known[1], &rotation->known[0],
	    (ROTATION_KNOWN - 2) * sizeof(rotation->known[0]));
	rotation->id = rotation->known[0] = id;
}

bool
rotation_note_bytes(struct rotation *rotation,
    const struct protocol_attributes *attributes)
{
	rotation->mtime_ns = attributes->mtime_ns;
	if (!rotation->is_new)
		return false;
	if (rotation->elsewhere == NULL) {
		if (rotation->reason != ROTATION_FIRST && !rotation->told)
			report_restart(rotation);
		rotation->reason = ROTATION_FIRST;
		rotation->told = rotation->missing = false;
	}
	note_id(rotation, attributes->token.id);
	rotation->is_new = false;
	rotation->begun = true;
	rotation->gone = false;
	rotation->fresh_since = clock_now();
	return true;
}

/* The followed name leads to the file that is read, or no file is read. */
static void
forget_other(struct rotation *rotation)
{
	rotation->other_since = 0;
	rotation->other_id = rotation->passed = 0;
	rotation->ready = false;
}

/* Goes on to the next file: the first of those in between, or the one that the
 * followed name leads to. Printed bytes are not printed again. */
static enum tail_event
begin_next_file(struct rotation *rotation)
{
	struct rotated_files *between = &rotation->between;

	set_elsewhere(rotation, NULL);
	if (between->n > 0) {
		rotation->elsewhere = between->found[0].name;
		between->n--;
		memmove(&between->found[0], &between->found[1],
		    between->n * sizeof(between->found[0]));
		rotation_notes_between(rotation->report, rotation->name,
		    rotation->elsewhere);
	}
	/* By its id: the name may have moved on since STAT. */
	rotation->id = rotation->elsewhere == NULL ?
	    rotation->known[ROTATION_KNOWN - 1] :
	    0;
	rotation->is_new = true;
	rotation->given_up = false;
	forget_other(rotation);
	return TAIL_NEXT_FILE;
}

static enum tail_event
find_nothing(struct rotation *rotation)
{
	bool quiet =
	    rotation->read_since - rotation->fresh_since >= ROTATION_QUIET &&
	    clock_now() - rotation->read_since < ROTATION_LATE;

	if (rotation->wanted != ROTATED_FILES_OLD) {
		rotation->missing |= rotation->wanted == ROTATED_FILES_COPY;
		return begin_next_file(rotation);
	}
	/* The file that the followed name leads to now is read next. */
	rotation->given_up = true;
	set_elsewhere(rotation, NULL);
	if (!quiet && (rotation->printed->size > 0 || rotation->is_new))
		rotation_notes_missing(rotation->report, rotation->name);
	return TAIL_READ_AGAIN;
}

/* Returns whether the file that the followed name leads to may be the old one,
 * under a new id. If the old one has another name, it is not. */
static bool
may_be_same(const struct rotation *rotation)
{
	return rotation->wanted != ROTATED_FILES_COPY &&
	    rotation->elsewhere == NULL &&
	    rotation->same.id != rotation->known[0] &&
	    same_log_is_possible(&rotation->same, rotation->printed);
}

static enum tail_event
search_for(struct rotation *rotation, enum rotated_files_wanted wanted)
{
	rotation->wanted = wanted;
	if (clock_now() >= rotation->search_due || rotation->passed != 0)
		return TAIL_MOVED;
	return may_be_same(rotation) ? TAIL_OTHER_ID : find_nothing(rotation);
}

/* The server gives no more bytes of the old file. */
static enum tail_event
leave_old_file(struct rotation *rotation)
{
	if (rotation->reason == ROTATION_FIRST)
		rotation->reason = ROTATION_REPLACED;
	if (rotation->between.n > 0)
		return begin_next_file(rotation);
	return search_for(rotation, ROTATED_FILES_BETWEEN);
}

enum tail_event
rotation_restart(struct rotation *rotation, enum rotation_reason reason)
{
	rotation->reason = reason;
	rotation->told = false;
	return search_for(rotation, ROTATED_FILES_COPY);
}

enum tail_event
rotation_find_old(struct rotation *rotation)
{
	return search_for(rotation, ROTATED_FILES_OLD);
}

/* Returns whether the old file is among the files found, or has been read to
 * its end because they come after it. */
static bool
has_old_id(const struct rotation *rotation, const struct rotated_files *found)
{
	if (rotation->wanted == ROTATED_FILES_BETWEEN)
		return found->has_old || found->n > 0;
	return found->n > 0 && found->found[0].id == rotation->known[0];
}

static void
postpone_search(struct rotation *rotation)
{
	if (rotation->search_pause < ROTATION_PAUSE)
		rotation->search_pause = ROTATION_PAUSE;
	rotation->search_due = clock_now() + rotation->search_pause;
	if (rotation->search_pause < ROTATION_PAUSE_MAX)
		rotation->search_pause *= 2;
}

enum tail_event
rotation_search(struct rotation *rotation, struct connection *connection)
{
	const struct rotated_files_query query = {
	    .wanted = rotation->wanted,
	    .name = rotation->name,
	    .ids = rotation->known,
	    .n_ids = ROTATION_KNOWN,
	    .mtime_ns = rotation->mtime_ns,
	    .passed = rotation->passed,
	    .printed = rotation->printed,
	};
	struct rotated_files found;

	if (rotated_files_find(&query, connection, &found, rotation->failure) !=
	    0)
		return TAIL_FAILED;
	if (found.n == 0)
		postpone_search(rotation);
	if (!has_old_id(rotation, &found) && may_be_same(rotation)) {
		rotated_files_free(&found);
		return TAIL_OTHER_ID;
	}
	if (rotation->wanted == ROTATED_FILES_BETWEEN &&
	    rotated_files_have_gap(&found, &query))
		rotation_notes_missing(rotation->report, rotation->name);
	if (found.n == 0)
		return find_nothing(rotation);
	rotation->search_pause = 0;
	if (rotation->wanted == ROTATED_FILES_BETWEEN) {
		rotation->between = found;
		return begin_next_file(rotation);
	}
	/* The old file, or its copy, may have bytes that are not printed. */
	set_elsewhere(rotation, found.found[0].name);
	rotation->id = rotation->known[0] = found.found[0].id;
	rotation_notes_moved(rotation->report, rotation->name,
	    rotation->elsewhere);
	return TAIL_FOUND;
}

enum tail_event
rotation_go_on(struct rotation *rotation,
    const struct protocol_attributes *attributes)
{
	note_id(rotation, attributes->token.id);
	rotation->mtime_ns = attributes->mtime_ns;
	rotation_notes_same(rotation->report, rotation->name, rotation->gone,
	    rotation->printed->size);
	forget_other(rotation);
	rotation->is_new = rotation->gone = rotation->given_up = false;
	rotation->told = rotation->missing = false;
	rotation->reason = ROTATION_FIRST;
	return TAIL_PROVED;
}

enum tail_event
rotation_leave_other(struct rotation *rotation)
{
	return search_for(rotation, rotation->wanted);
}

/* The followed name leads to no file, or to one that must not be read. */
static enum tail_event
note_no_name(struct rotation *rotation, enum protocol_status status)
{
	if (rotation->begun && !rotation->gone)
		rotation_notes_gone(rotation->report, rotation->name,
		    status == PROTOCOL_NOT_FOUND ? NULL :
						   rotation->failure->text);
	rotation->gone = rotation->begun;
	return TAIL_NO_NAME;
}

/* FETCH was refused. */
static enum tail_event
decide_refused(struct rotation *rotation, const struct rotation_look *look)
{
	if (look->read == PROTOCOL_IO_ERROR)
		return note_no_name(rotation, look->read);
	if (rotation->id != 0 && !rotation->given_up)
		return rotation_find_old(rotation);
	if (rotation->elsewhere != NULL)
		return begin_next_file(rotation); /* one in between is gone */
	if (look->read != PROTOCOL_CHANGED)
		return note_no_name(rotation, look->read);
	return rotation->id == 0 && !rotation->given_up ?
	    TAIL_IDLE :
	    leave_old_file(rotation);
}

/* Notes which other file the followed name leads to. */
static void
note_other(struct rotation *rotation, uint64_t id)
{
	if (rotation->other_since == 0)
		rotation->other_since = clock_now();
	if (rotation->reason == ROTATION_FIRST && !rotation->told &&
	    !same_log_is_possible(&rotation->same, rotation->printed)) {
		rotation->reason = ROTATION_REPLACED;
		report_restart(rotation);
		rotation->told = true;
	}
	/* The other file was replaced in turn, perhaps before it had bytes. */
	if (rotation->other_id != 0 && rotation->other_id != id) {
		rotation->passed = rotation->other_id;
		rotation->ready = true;
	}
	rotation->other_id = id;
}

/* The followed name leads to another file than the one that was read. */
static enum tail_event
decide_other(struct rotation *rotation, const struct rotation_look *look)
{
	int64_t since;

	note_other(rotation, look->named_id);
	if (look->fresh > 0)
		return TAIL_GREW;
	/* The old file was read once more after the new one was ready. */
	if (rotation->ready)
		return leave_old_file(rotation);
	since = rotation->fresh_since > rotation->other_since ?
	    rotation->fresh_since :
	    rotation->other_since;
	rotation->ready =
	    look->named_size > 0 || clock_now() - since >= ROTATION_STAY;
	return rotation->ready ? TAIL_READ_AGAIN : TAIL_IDLE;
}

/* The file was read, and its bytes are as expected. */
static enum tail_event
decide_read(struct rotation *rotation, const struct rotation_look *look)
{
	rotation->given_up = false;
	rotation->read_since = clock_now();
	if (look->fresh > 0)
		rotation->fresh_since = rotation->read_since;
	same_log_note_read(&rotation->same);
	if (look->named == PROTOCOL_OK && look->named_id != rotation->id)
		return decide_other(rotation, look);
	forget_other(rotation);
	if (look->named != PROTOCOL_OK) {
		(void)note_no_name(rotation, look->named);
		return look->fresh > 0 ? TAIL_GREW : TAIL_NO_NAME;
	}
	/* The followed name leads to the file, perhaps again. */
	rotation->gone = rotation->told = false;
	rotation->reason = ROTATION_FIRST;
	set_elsewhere(rotation, NULL);
	if (look->fresh > 0 && look->has_more)
		return TAIL_GREW;
	/* A request by id makes the server keep the file open. */
	return look->is_first ? TAIL_READ_AGAIN : TAIL_IDLE;
}

enum tail_event
rotation_decide(struct rotation *rotation, const struct rotation_look *look)
{
	rotation->same.id = look->named == PROTOCOL_OK ? look->named_id : 0;
	rotation->same.size = look->named_size;
	rotation->known[ROTATION_KNOWN - 1] = rotation->same.id;
	if (look->is_truncated)
		return rotation_restart(rotation, ROTATION_TRUNCATED);
	if (look->is_other)
		return TAIL_OTHER_BYTES;
	if (look->read != PROTOCOL_OK)
		return decide_refused(rotation, look);
	if (look->is_damaged)
		return TAIL_DAMAGED;
	return decide_read(rotation, look);
}
