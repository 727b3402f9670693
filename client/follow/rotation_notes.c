/* Only the texts; follow/rotation.c decides when. */

#include <inttypes.h>
#include <stddef.h>

#include "client/follow/rotation_notes.h"

void
rotation_notes_restart(struct report *report, const char *name,
    enum rotation_reason reason, bool gone, bool missing)
{
	static const char *const notes[] = {
	    [ROTATION_REPLACED] = "the file was replaced; reading the new one "
				  "from its start",
	    [ROTATION_TRUNCATED] = "the file was truncated; reading from its "
				   "start",
	    [ROTATION_REWRITTEN] = "the file was rewritten; reading from its "
				   "start",
	};

	report_note(report, "%s: %s%s", name,
	    reason == ROTATION_REPLACED && gone ?
		"there is a new file; reading it from its start" :
		notes[reason],
	    missing ? " (its last bytes before may be missing)" : "");
}

void
rotation_notes_missing(struct report *report, const char *name)
{
	report_note(report,
	    "%s: earlier bytes may be missing: an older file is neither kept "
	    "open by the server nor found in the folder",
	    name);
}

void
rotation_notes_gone(struct report *report, const char *name, const char *why)
{
	if (why == NULL)
		report_note(report,
		    "%s: the file no longer exists; waiting for it", name);
	else
		report_note(report,
		    "%s: the file can no longer be read: %s; waiting for it",
		    name, why);
}

void
rotation_notes_moved(struct report *report, const char *name,
    const char *elsewhere)
{
	report_detail(report, "%s: the old file is now %s", name, elsewhere);
}

void
rotation_notes_between(struct report *report, const char *name,
    const char *elsewhere)
{
	report_note(report,
	    "%s: the file was replaced more than once; reading %s first", name,
	    elsewhere);
}

void
rotation_notes_same(struct report *report, const char *name, bool gone,
    uint64_t printed)
{
	static const char text[] =
	    "%s: the file has a new id and the same bytes (another server, or "
	    "a remount); going on at byte %" PRIu64;

	/* Answers an earlier note that there was none. */
	if (gone)
		report_note(report, text, name, printed);
	else
		report_detail(report, text, name, printed);
}

void
rotation_notes_behind(struct report *report, const char *name, uint64_t size,
    uint64_t printed)
{
	report_note(report,
	    "%s: this server has only the first %" PRIu64 " of the %" PRIu64
	    " bytes written here; waiting for the others",
	    name, size, printed);
}
