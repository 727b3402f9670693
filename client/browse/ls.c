/*
 * Walks a tree in the order in which it is shown: a folder's own line, then its
 * entries. A stack holds the listings of the current folder and of those above
 * it, and nothing else, so that memory does not grow with the tree. The limit
 * on names limits the stack's depth. A folder that is on the stack already is
 * not entered again: links lead back to it.
 */

#include <sys/queue.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/browse/ls.h"
#include "client/browse/ls_format.h"
#include "client/browse/remote_folder.h"
#include "client/wire/query.h"
#include "common/names.h"
#include "common/standard.h"

/* Bytes of memory for the stack: more than an honest server's tree takes. */
#define LS_MEMORY ((size_t)1024 * 1024 * 1024)

struct level {
	SLIST_ENTRY(level) above;
	struct remote_folder remote;
	size_t next; /* index of the next entry to show */
	size_t len;  /* length of its name in the walk's, with the '/' */
	int width;   /* of the column of sizes */
};

struct walk {
	const struct ls *ls;
	enum ls_format_style style;
	SLIST_HEAD(level_list, level) levels; /* the deepest first */
	size_t memory;			      /* bytes of the levels */
	size_t relative;	/* offset in name of what is shown */
	struct failure failure; /* the last one */
	size_t len;		/* of name */
	/* Name of the current entry from the top. Has room for a '/', and for
	 * an entry that makes it longer than NAMES_MAX. */
	char name[2 * NAMES_MAX + 2];
};

static void
pop_level(struct walk *walk)
{
	struct level *level = SLIST_FIRST(&walk->levels);

	SLIST_REMOVE_HEAD(&walk->levels, above);
	walk->memory -= remote_folder_memory(&level->remote);
	remote_folder_free(&level->remote);
	free(level);
}

static void
set_name(struct walk *walk, const struct level *level, const char *entry)
{
	size_t len = strlen(entry);

	memcpy(walk->name + level->len, entry, len + 1);
	walk->len = level->len + len;
}

/* Removes the entries that --exclude leaves out. */
static void
drop_excluded(struct walk *walk, struct level *level)
{
	struct remote_folder *remote = &level->remote;
	size_t i, kept = 0;

	if (walk->ls->filter == NULL)
		return;
	for (i = 0; i < remote->n; i++) {
		set_name(walk, level, remote->entries[i].name);
		if (!name_filter_excludes(walk->ls->filter,
			walk->name + walk->relative,
			S_ISDIR(remote->entries[i].mode)))
			remote->entries[kept++] = remote->entries[i];
	}
	remote->n = kept;
}

/* Pushes the folder of the walk's name; takes over its listing. Returns 0, or
 * -1 with the failure set. */
static int
push_level(struct walk *walk, struct remote_folder *remote)
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
	drop_excluded(walk, level);
	level->width = ls_format_width(walk->style, remote->entries, remote->n);
	SLIST_INSERT_HEAD(&walk->levels, level, above);
	return 0;
}

static bool
is_on_stack(const struct walk *walk, const struct remote_folder *remote)
{
	const struct level *level;

	SLIST_FOREACH(level, &walk->levels, above)
		if (level->remote.attributes.token.id ==
		    remote->attributes.token.id)
			return true;
	return false;
}

/* Lists and pushes the last folder. Returns 0, or -1 with the failure set. */
static int
enter_folder(struct walk *walk)
{
	const struct ls *ls = walk->ls;
	struct remote_folder remote;

	/* Show what there is while the server is asked. */
	fflush(standard_stream());
	standard_note();
	if (remote_folder_list(&remote, ls->connection, walk->name,
		&walk->failure) != 0)
		return -1;
	if (!is_on_stack(walk, &remote))
		return push_level(walk, &remote);
	remote_folder_free(&remote);
	report_note(ls->report,
	    "%s: not followed, it leads back to a folder above", walk->name);
	return 0;
}

/* Shows the next entry of the level, and enters it if it is a folder. Returns
 * 0, or -1 with the failure set. */
static int
show_next(struct walk *walk, struct level *level)
{
	const struct remote_folder_entry *entry =
	    &level->remote.entries[level->next];

	level->next++;
	set_name(walk, level, entry->name);
	ls_format_print(walk->style, entry, walk->name + walk->relative,
	    walk->name, level->width);
	standard_note();
	if (walk->len > NAMES_MAX)
		return failure_set(&walk->failure, EXIT_USAGE,
		    "its name from the top is too long for a request");
	if (!walk->ls->recursive || !S_ISDIR(entry->mode))
		return 0;
	return enter_folder(walk);
}

static void
walk_levels(struct walk *walk)
{
	struct level *level;

	while ((level = SLIST_FIRST(&walk->levels)) != NULL &&
	    ferror(standard_stream()) == 0) {
		if (level->next == level->remote.n) {
			pop_level(walk);
			continue;
		}
		if (show_next(walk, level) == 0)
			continue;
		report_failure(walk->ls->report, walk->name, &walk->failure,
		    NULL);
		/* Other folders would fail in the same way. */
		if (walk->failure.code == EXIT_PROTOCOL ||
		    query_is_over(&walk->failure))
			break;
	}
	while (!SLIST_EMPTY(&walk->levels))
		pop_level(walk);
}

/* Lists a name. Returns 0, or -1 with the failure set if nothing was shown. */
static int
list_name(struct walk *walk, const char *name, bool several, bool first)
{
	struct remote_folder_entry file = {.name = name};
	struct remote_folder remote;

	if (strcmp(name, ".") != 0 &&
	    failure_check_name(&walk->failure, name, strlen(name)) != 0)
		return -1;
	if (remote_folder_list(&remote, walk->ls->connection, name,
		&walk->failure) != 0)
		return -1;
	if (!S_ISDIR(remote.attributes.mode)) {
		file.size = remote.attributes.size;
		file.mtime_ns = remote.attributes.mtime_ns;
		file.mode = remote.attributes.mode;
		ls_format_print(walk->style, &file, name, name,
		    ls_format_width(walk->style, &file, 1));
		standard_note();
		remote_folder_free(&remote);
		return 0;
	}
	if (several)
		ls_format_print_title(walk->style, name, first);
	walk->len = strcmp(name, ".") == 0 ?
	    0 :
	    strlcpy(walk->name, name, sizeof(walk->name));
	walk->relative = walk->len == 0 ? 0 : walk->len + 1;
	if (push_level(walk, &remote) != 0)
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
			report_not_begun(ls->report, names[i], &walk.failure);
		else if (list_name(&walk, names[i], n > 1, i == 0) != 0)
			report_failure(ls->report, names[i], &walk.failure,
			    report_server_hint(ls->report, &walk.failure));
	}
	report_tell_not_begun(ls->report);
	fflush(standard_stream());
	standard_note();
}
