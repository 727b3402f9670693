/*
 * All names that match the first components are found before the next
 * component is looked at; so a folder is listed once, and no recursion is
 * needed. Folders that cannot be listed are told and passed over, as a shell
 * would, but for those that are not there.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "client/wire/query.h"
#include "client/browse/remote_folder.h"
#include "client/browse/remote_glob.h"
#include "common/names.h"

/* An expansion under way. */
struct expansion {
	const struct remote_glob *pattern;
	char component[NAMES_MAX + 1]; /* the one at hand */
	bool last;		       /* of the name's */
	struct name_list found;	       /* so far */
	bool passed;		       /* a folder would match, with -r */
	bool told;		       /* a failure is with the report */
};

/* Tells what is wrong with a name; -1 when nothing more is to be tried. */
static int
tell(struct expansion *expansion, const char *name,
    const struct failure *failure)
{
	/* It is no match, then. */
	if (failure->code == EXIT_NOT_FOUND)
		return 0;
	report_failure(expansion->pattern->report, name, failure, NULL);
	expansion->told = true;
	return query_is_over(failure) || failure->code == EXIT_PROTOCOL ? -1 :
									  0;
}

/* Adds an entry that matches, if it is of the kind that is wanted: 0, or -1
 * when nothing more is to be tried. */
static int
add(struct expansion *expansion, const char *folder, const char *entry,
    uint32_t mode)
{
	struct failure failure;
	bool is_too_long;

	if (expansion->last && S_ISDIR(mode) && !expansion->pattern->folders) {
		expansion->passed = true;
		return 0;
	}
	if (!expansion->last && !S_ISDIR(mode))
		return 0;
	if (name_list_add(&expansion->found, folder, entry) == 0)
		return 0;
	is_too_long = errno == ENAMETOOLONG;
	failure_set(&failure, EXIT_LOCAL, "cannot remember what matches: %s",
	    strerror(errno));
	if (tell(expansion, entry, &failure) != 0)
		return -1;
	return is_too_long ? 0 : -1;
}

/* Adds what matches in a folder. */
static int
match_in(struct expansion *expansion, const char *folder)
{
	const struct remote_folder_entry *entry;
	struct failure failure;
	struct remote_folder remote;
	int result = 0;
	size_t i;

	if (remote_folder_list(&remote, expansion->pattern->connection,
		folder[0] == '\0' ? "." : folder, &failure) != 0)
		return tell(expansion, folder, &failure);
	for (i = 0; i < remote.n && result == 0; i++) {
		entry = &remote.entries[i];
		if (fnmatch(expansion->component, entry->name,
			FNM_PATHNAME | FNM_PERIOD) == 0)
			result =
			    add(expansion, folder, entry->name, entry->mode);
	}
	remote_folder_free(&remote);
	return result;
}

/* Adds the one entry that a component without a pattern can mean. Only the
 * last one is asked for: a folder that is not there is noticed below it. */
static int
match_one(struct expansion *expansion, const char *folder)
{
	struct protocol_attributes attributes = {.mode = S_IFDIR};
	struct name_list asked = {0};
	struct failure failure;
	int result = 0;

	if (!expansion->last)
		return add(expansion, folder, expansion->component,
		    attributes.mode);
	/* What is too long does not exist. */
	if (name_list_add(&asked, folder, expansion->component) != 0)
		result = errno == ENAMETOOLONG ? 0 : -1;
	else if (remote_folder_stat(expansion->pattern->connection,
		     asked.names[0], &attributes, &failure) != 0)
		result = tell(expansion, asked.names[0], &failure);
	else
		result = add(expansion, folder, expansion->component,
		    attributes.mode);
	name_list_free(&asked);
	return result;
}

/* Goes from the folders found so far to what the component at hand matches in
 * them. */
static int
match(struct expansion *expansion)
{
	struct name_list folders = expansion->found;
	int result = 0;
	size_t i;

	memset(&expansion->found, 0, sizeof(expansion->found));
	for (i = 0; i < folders.n && result == 0; i++)
		result = names_is_pattern(expansion->component) ?
		    match_in(expansion, folders.names[i]) :
		    match_one(expansion, folders.names[i]);
	name_list_free(&folders);
	return result;
}

/* Finds all that matches name, which begins with the folder of fixed bytes. */
static int
find(struct expansion *expansion, const char *name, size_t fixed)
{
	char folder[NAMES_MAX + 1];
	size_t len;

	snprintf(folder, sizeof(folder), "%.*s", (int)fixed, name);
	if (name_list_add(&expansion->found, "", folder) != 0)
		return -1;
	name += fixed;
	do {
		name += *name == '/';
		len = strcspn(name, "/");
		snprintf(expansion->component, sizeof(expansion->component),
		    "%.*s", (int)len, name);
		name += len;
		expansion->last = *name == '\0';
		if (match(expansion) != 0)
			return -1;
	} while (!expansion->last);
	return 0;
}

/* Moves what was found to the operands: 0, or -1 where there is nothing. */
static int
take(struct expansion *expansion, const char *name, struct name_list *list)
{
	size_t i, first = list->n;
	struct failure failure;

	if (expansion->found.n == 0 && !expansion->told) {
		failure_set(&failure, EXIT_NOT_FOUND, "%s",
		    expansion->passed ? "only folders match; -r fetches them" :
					"nothing there matches");
		report_failure(expansion->pattern->report, name, &failure,
		    NULL);
		expansion->told = true;
	}
	for (i = 0; i < expansion->found.n; i++)
		if (name_list_add(list, "", expansion->found.names[i]) != 0)
			return -1;
	name_list_sort(list, first);
	return list->n > first ? 0 : -1;
}

/* Whether a name is to be expanded: the server has nothing of that very name.
 * Where that cannot be known, it is told. */
static bool
is_wanted(struct expansion *expansion, const char *name)
{
	struct protocol_attributes attributes;
	struct failure failure;

	if (remote_folder_stat(expansion->pattern->connection, name,
		&attributes, &failure) == 0)
		return false;
	if (failure.code == EXIT_NOT_FOUND)
		return true;
	report_failure(expansion->pattern->report, name, &failure, NULL);
	expansion->told = true;
	return false;
}

int
remote_glob_expand(const struct remote_glob *pattern, const char *name,
    size_t fixed, struct name_list *list)
{
	struct failure no_memory = {EXIT_LOCAL, "out of memory"};
	struct expansion expansion = {.pattern = pattern};
	int result = -1;

	if (names_is_pattern(name + fixed) &&
	    names_valid((const uint8_t *)name, strlen(name)) &&
	    is_wanted(&expansion, name)) {
		result = find(&expansion, name, fixed);
		if (result == 0)
			result = take(&expansion, name, list);
	} else if (!expansion.told) {
		result = name_list_add(list, "", name);
	}
	if (result != 0 && !expansion.told)
		report_failure(pattern->report, name, &no_memory, NULL);
	name_list_free(&expansion.found);
	return result;
}
