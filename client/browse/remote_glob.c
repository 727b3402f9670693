/*
 * Finds all folders that the first components match before it looks at the next
 * component: each folder is listed once, without recursion. A folder that
 * cannot be listed is reported and skipped, unless it does not exist.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "client/browse/remote_folder.h"
#include "client/browse/remote_glob.h"
#include "client/wire/query.h"
#include "common/names.h"

struct expansion {
	const struct remote_glob *pattern;
	const char *name;	       /* all of it, for messages */
	char component[NAMES_MAX + 1]; /* matched now */
	bool last;		       /* component is the name's last */
	struct name_list found;	       /* matches of the components before */
	bool passed;		       /* a folder matched, without -r */
	bool told;		       /* a failure was reported */
};

/* Reports a failure, unless the name does not exist. Returns 0, or -1 if the
 * expansion ends. */
static int
report_unmatched(struct expansion *expansion, const char *name,
    const struct failure *failure)
{
	if (failure->code == EXIT_NOT_FOUND)
		return 0;
	report_failure(expansion->pattern->report, name, failure, NULL);
	expansion->told = true;
	return query_is_over(failure) || failure->code == EXIT_PROTOCOL ? -1 :
									  0;
}

/* Adds an entry if it matches. Returns 0, or -1 if the expansion ends. */
static int
add_match(struct expansion *expansion, const char *folder, const char *entry,
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
	failure_set(&failure, EXIT_LOCAL, "cannot store the matches: %s",
	    strerror(errno));
	if (report_unmatched(expansion, entry, &failure) != 0)
		return -1;
	return is_too_long ? 0 : -1;
}

/* Adds a folder's matching entries. Returns 0, or -1 if the expansion ends. */
static int
match_in_folder(struct expansion *expansion, const char *folder)
{
	const struct remote_folder_entry *entry;
	struct failure failure;
	struct remote_folder remote;
	int result = 0;
	size_t i;

	if (remote_folder_list(&remote, expansion->pattern->connection,
		folder[0] == '\0' ? "." : folder, &failure) != 0)
		return report_unmatched(expansion,
		    folder[0] == '\0' ? expansion->name : folder, &failure);
	for (i = 0; i < remote.n && result == 0; i++) {
		entry = &remote.entries[i];
		if (fnmatch(expansion->component, entry->name,
			FNM_PATHNAME | FNM_PERIOD) == 0)
			result = add_match(expansion, folder, entry->name,
			    entry->mode);
	}
	remote_folder_free(&remote);
	return result;
}

/* Adds the entry that a component without a pattern names. The server is asked
 * for the last component only: the next listing notices a missing folder. */
static int
match_plain(struct expansion *expansion, const char *folder)
{
	struct protocol_attributes attributes = {.mode = S_IFDIR};
	struct name_list asked = {0};
	struct failure failure;
	int result = 0;

	if (!expansion->last)
		return add_match(expansion, folder, expansion->component,
		    attributes.mode);
	/* A name that is too long does not exist. */
	if (name_list_add(&asked, folder, expansion->component) != 0)
		result = errno == ENAMETOOLONG ? 0 : -1;
	else if (query_stat(expansion->pattern->connection, asked.names[0],
		     &attributes, &failure) != 0)
		result = report_unmatched(expansion, asked.names[0], &failure);
	else
		result = add_match(expansion, folder, expansion->component,
		    attributes.mode);
	name_list_free(&asked);
	return result;
}

/* Replaces the folders found so far by the entries in them that match the
 * current component. Returns 0, or -1 if the expansion ends. */
static int
match_component(struct expansion *expansion)
{
	struct name_list folders = expansion->found;
	int result = 0;
	size_t i;

	memset(&expansion->found, 0, sizeof(expansion->found));
	for (i = 0; i < folders.n && result == 0; i++)
		result = names_is_pattern(expansion->component) ?
		    match_in_folder(expansion, folders.names[i]) :
		    match_plain(expansion, folders.names[i]);
	name_list_free(&folders);
	return result;
}

/* Finds all matches of a name. Returns 0, or -1 if the expansion ends. */
static int
find_matches(struct expansion *expansion, const char *name, size_t fixed)
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
		if (match_component(expansion) != 0)
			return -1;
	} while (!expansion->last);
	return 0;
}

/* Copies the matches to the list, sorted. Returns 0, or -1 without matches. */
static int
copy_matches(struct expansion *expansion, const char *name,
    struct name_list *list)
{
	const char *advice = expansion->pattern->advice;
	size_t i, first = list->n;

	if (expansion->found.n == 0 && !expansion->told) {
		if (expansion->passed)
			advice = "-r fetches folders";
		report_error(expansion->pattern->report, name, EXIT_NOT_FOUND,
		    "%s%s%s",
		    expansion->passed ? "only folders match" :
					"nothing on the server matches",
		    advice == NULL ? "" : "; ", advice == NULL ? "" : advice);
		expansion->told = true;
	}
	for (i = 0; i < expansion->found.n; i++)
		if (name_list_add(list, "", expansion->found.names[i]) != 0)
			return -1;
	name_list_sort(list, first);
	return list->n > first ? 0 : -1;
}

/* Returns true if the server has no file or folder of this name. If the server
 * does not answer, reports that and returns false. */
static bool
is_unused(struct expansion *expansion, const char *name)
{
	struct protocol_attributes attributes;
	struct failure failure;

	if (query_stat(expansion->pattern->connection, name, &attributes,
		&failure) == 0)
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
	struct expansion expansion = {.pattern = pattern, .name = name};
	int result = -1;

	if (names_is_pattern(name + fixed) &&
	    names_valid((const uint8_t *)name, strlen(name)) &&
	    is_unused(&expansion, name)) {
		result = find_matches(&expansion, name, fixed);
		if (result == 0)
			result = copy_matches(&expansion, name, list);
	} else if (!expansion.told) {
		result = name_list_add(list, "", name);
	}
	if (result != 0 && !expansion.told)
		report_error(pattern->report, name, EXIT_LOCAL,
		    "out of memory");
	name_list_free(&expansion.found);
	return result;
}
