/*
 * A tree is walked in the order in which it is shown: a folder's own line,
 * then what is in it. The folders above the one at hand are kept on a stack,
 * with what is yet to be shown of them; nothing else is, so that memory does
 * not grow with the tree. Names have a greatest length, and so has the stack;
 * a folder that stands on it already is a circle.
 */

#include <sys/queue.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/wire/query.h"
#include "client/browse/ls.h"
#include "client/browse/remote_folder.h"
#include "client/browse/ls_format.h"
#include "common/names.h"
#include "common/standard.h"

/* Bytes of memory for all folders on the stack: more than any tree has that
 * is not made to exhaust it. */
#define LS_MEMORY ((size_t)1024 * 1024 * 1024)

/* A folder on the stack. */
struct level {
	SLIST_ENTRY(level) above;
	struct remote_folder remote;
	size_t next; /* entry to be shown */
	size_t len;  /* of its own name in the walk's, with a '/' behind */
	int width;   /* of its sizes */
};

struct walk {
	const struct ls *ls;
	enum ls_format_style style;
	SLIST_HEAD(level_list, level) levels; /* the deepest first */
	size_t memory;			      /* bytes the levels take */
	size_t relative; /* where names begin that are relative to NAME */
	struct failure failure; /* the last one */
	size_t len;
	/* Of the entry at hand, from the top; with room for a '/' behind, and
	 * for an entry's name that makes it too long. */
	char name[2 * NAMES_MAX + 2];
};

static void
pop(struct walk *walk)
{
	struct level *level = SLIST_FIRST(&walk->levels);

	SLIST_REMOVE_HEAD(&walk->levels, above);
	walk->memory -= remote_folder_memory(&level->remote);
	remote_folder_free(&level->remote);
	free(level);
}

/* Puts a folder, the walk's name, onto the stack, which takes its listing: 0,
 * or -1. */
static int
push(struct walk *walk, struct remote_folder *remote)
{
	struct level *level = calloc(1, sizeof(*level));

	walk->memory += remote_folder_memory(remote);
	if (level == NULL || walk->memory > LS_MEMORY) {
		walk->memory -= remote_folder_memory(remote);
		remote_folder_free(remote);
		free(level);
		return failure_set(&walk->failure, EXIT_LOCAL, "out of memory");
	}
	level->remote = *remote;
	level->len = walk->len;
	if (walk->len > 0)
		walk->name[level->len++] = '/';
	level->width = ls_format_width(walk->style, remote->entries, remote->n);
	SLIST_INSERT_HEAD(&walk->levels, level, above);
	return 0;
}

/* Makes an entry of the folder at hand the one that is shown. */
static void
name_entry(struct walk *walk, const struct level *level, const char *entry)
{
	size_t len = strlen(entry);

	memcpy(walk->name + level->len, entry, len + 1);
	walk->len = level->len + len;
}

/* Whether a folder is one of those above. */
static bool
is_circle(const struct walk *walk, const struct remote_folder *remote)
{
	const struct level *level;

	SLIST_FOREACH(level, &walk->levels, above)
		if (level->remote.attributes.token.id ==
		    remote->attributes.token.id)
			return true;
	return false;
}

/* Goes down into the folder that was shown last: 0, or -1. */
static int
enter(struct walk *walk)
{
	const struct ls *ls = walk->ls;
	struct remote_folder remote;

	/* What there is shall be seen while we wait. */
	fflush(standard_stream());
	standard_note();
	if (remote_folder_list(&remote, ls->connection, walk->name,
		&walk->failure) != 0)
		return -1;
	if (!is_circle(walk, &remote))
		return push(walk, &remote);
	remote_folder_free(&remote);
	report_note(ls->report,
	    "%s: not followed, it leads back to a folder above", walk->name);
	return 0;
}

/* The next entry of the folder at hand: 0, or -1. */
static int
step(struct walk *walk, struct level *level)
{
	const struct remote_folder_entry *entry =
	    &level->remote.entries[level->next];

	level->next++;
	name_entry(walk, level, entry->name);
	ls_format_print(walk->style, entry, walk->name + walk->relative,
	    walk->name, level->width);
	standard_note();
	if (walk->len > NAMES_MAX)
		return failure_set(&walk->failure, EXIT_USAGE,
		    "its name is too long to be asked for");
	if (!walk->ls->recursive || !S_ISDIR(entry->mode))
		return 0;
	return enter(walk);
}

/* Shows all that is below the levels, as far as the server lets us. */
static void
walk_levels(struct walk *walk)
{
	struct level *level;

	while ((level = SLIST_FIRST(&walk->levels)) != NULL &&
	    ferror(standard_stream()) == 0) {
		if (level->next == level->remote.n) {
			pop(walk);
			continue;
		}
		if (step(walk, level) == 0)
			continue;
		report_failure(walk->ls->report, walk->name, &walk->failure,
		    NULL);
		/* Who breaks the rules once does it again. */
		if (walk->failure.code == EXIT_PROTOCOL ||
		    query_is_over(&walk->failure))
			break;
	}
	while (!SLIST_EMPTY(&walk->levels))
		pop(walk);
}

/* A NAME that is a file. */
static void
show_file(enum ls_format_style style, const char *name,
    const struct protocol_attributes *attributes)
{
	const struct remote_folder_entry entry = {
	    .name = name,
	    .size = attributes->size,
	    .mtime_ns = attributes->mtime_ns,
	    .mode = attributes->mode,
	};

	ls_format_print(style, &entry, name, name,
	    ls_format_width(style, &entry, 1));
	standard_note();
}

/* Lists one NAME: 0, or -1 when it cannot be begun with. */
static int
list_name(struct walk *walk, const char *name, bool several, bool first)
{
	struct remote_folder remote;

	if (strcmp(name, ".") != 0 &&
	    failure_check_name(&walk->failure, name, strlen(name)) != 0)
		return -1;
	if (remote_folder_list(&remote, walk->ls->connection, name,
		&walk->failure) != 0)
		return -1;
	if (!S_ISDIR(remote.attributes.mode)) {
		show_file(walk->style, name, &remote.attributes);
		remote_folder_free(&remote);
		return 0;
	}
	if (several)
		ls_format_print_title(walk->style, name, first);
	walk->len = strcmp(name, ".") == 0 ?
	    0 :
	    strlcpy(walk->name, name, sizeof(walk->name));
	walk->relative = walk->len == 0 ? 0 : walk->len + 1;
	if (push(walk, &remote) != 0)
		return -1;
	walk_levels(walk);
	return 0;
}

void
ls_names(const struct ls *ls, const char *const *names, size_t n)
{
	struct walk walk = {.ls = ls, .style = ls_format_style(ls->json)};
	size_t i;

	for (i = 0; i < n && ferror(standard_stream()) == 0; i++) {
		if (query_is_over(&walk.failure))
			report_also_failed(ls->report, names[i], &walk.failure);
		else if (list_name(&walk, names[i], n > 1, i == 0) != 0)
			report_failure(ls->report, names[i], &walk.failure,
			    connection_hint(ls->connection, &walk.failure));
	}
	fflush(standard_stream());
	standard_note();
}
