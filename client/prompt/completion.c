/*
 * Caches listings until ls is run, so that a second Tab sends no request.
 * Inserts a name of the server into the line only if the terminal shows it
 * unescaped; other names are only shown.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/prompt/completion.h"
#include "common/clock.h"
#include "common/text.h"

/* Bytes of the cache beside the folder that was listed last. */
#define COMPLETION_MEMORY  ((size_t)64 * 1024 * 1024)
#define COMPLETION_TIMEOUT (5 * CLOCK_SEC)

struct completion_folder {
	SLIST_ENTRY(completion_folder) next;
	char name[REMOTE_CWD_NAME];
	struct remote_folder remote;
};

struct parts {
	bool only_folders;
	bool is_quoted;
	bool is_first;		      /* the prefix begins the argument */
	char folder[REMOTE_CWD_NAME]; /* from the top */
	const char *prefix;	      /* of a name in the folder */
	size_t len;		      /* of the prefix */
};

void
completion_open(struct completion *completion, struct connection *connection,
    const struct remote_cwd *place)
{
	*completion =
	    (struct completion){.connection = connection, .place = place};
}

void
completion_forget(struct completion *completion)
{
	struct completion_folder *folder;

	while ((folder = SLIST_FIRST(&completion->folders)) != NULL) {
		SLIST_REMOVE_HEAD(&completion->folders, next);
		remote_folder_free(&folder->remote);
		free(folder);
	}
	completion->memory = 0;
}

/* Returns the folder of this name, listed or cached; NULL on failure. */
static const struct completion_folder *
get_folder(struct completion *completion, const char *name)
{
	struct completion_folder *folder;
	struct remote_folder remote;
	struct failure failure;
	int result;

	SLIST_FOREACH(folder, &completion->folders, next)
		if (strcmp(folder->name, name) == 0)
			return folder;
	/* A person is waiting: a short time limit. */
	connection_limit(completion->connection, COMPLETION_TIMEOUT);
	result =
	    remote_folder_list(&remote, completion->connection, name, &failure);
	connection_limit(completion->connection, CONNECTION_NO_LIMIT);
	if (result != 0)
		return NULL;
	if (completion->memory > COMPLETION_MEMORY)
		completion_forget(completion);
	folder = calloc(1, sizeof(*folder));
	if (folder == NULL) {
		remote_folder_free(&remote);
		return NULL;
	}
	strlcpy(folder->name, name, sizeof(folder->name));
	folder->remote = remote;
	completion->memory += sizeof(*folder) + remote_folder_memory(&remote);
	SLIST_INSERT_HEAD(&completion->folders, folder, next);
	return folder;
}

static const char *
skip_blanks(const char *line)
{
	while (remote_cwd_is_blank(*line))
		line++;
	return line;
}

/* Skips this command and the blanks behind it. Returns whether *line begins
 * with it and a blank. */
static bool
skip_command(const char **line, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*line, word, n) != 0 || !remote_cwd_is_blank((*line)[n]))
		return false;
	*line = skip_blanks(*line + n);
	return true;
}

/* Splits a line into its parts. Returns 0, or -1 if its folder is invalid. */
static int
split_line(const struct remote_cwd *place, const char *line,
    struct parts *parts)
{
	char typed[REMOTE_CWD_NAME];
	const char *slash;

	line = skip_blanks(line);
	parts->only_folders = false;
	if (skip_command(&line, "get"))
		parts->only_folders = skip_command(&line, "-r");
	else if (!skip_command(&line, "ls"))
		parts->only_folders =
		    skip_command(&line, "cd") || skip_command(&line, "-r");
	parts->is_quoted = *line == '\'' || *line == '"';
	if (parts->is_quoted)
		line++;
	slash = strrchr(line, '/');
	parts->is_first = slash == NULL;
	parts->prefix = slash == NULL ? line : slash + 1;
	parts->len = strlen(parts->prefix);
	if ((size_t)(parts->prefix - line) >= sizeof(typed))
		return -1;
	memcpy(typed, line, (size_t)(parts->prefix - line));
	typed[parts->prefix - line] = '\0';
	return remote_cwd_resolve(place, typed, parts->folder, NULL);
}

static bool
matches_prefix(const struct parts *parts,
    const struct remote_folder_entry *entry)
{
	if (parts->only_folders && !S_ISDIR(entry->mode))
		return false;
	/* A hidden name is offered once its dot is typed, as in a shell. */
	if (parts->len == 0)
		return entry->name[0] != '.';
	return strncmp(entry->name, parts->prefix, parts->len) == 0;
}

/* Returns whether trimming the line would remove a blank of rest, at the line's
 * start or end. */
static bool
is_trimmed(const struct completion_match *match, const struct parts *parts,
    const char *rest)
{
	size_t len = strlen(rest);

	if (parts->is_quoted || len == 0)
		return false;
	if (parts->is_first && parts->len == 0 && remote_cwd_is_blank(rest[0]))
		return true;
	return match->n == 1 && !S_ISDIR(match->entries[0]->mode) &&
	    remote_cwd_is_blank(rest[len - 1]);
}

/* Sets rest to the whole characters that all matches share after the prefix. */
static void
set_rest(struct completion_match *match, const struct parts *parts)
{
	const char *first = match->entries[0]->name;
	size_t common = strlen(first), prefix = parts->len, i, n;
	char shown[4 * REMOTE_CWD_NAME];

	for (i = 1; i < match->n; i++) {
		for (n = 0; n < common; n++)
			if (match->entries[i]->name[n] != first[n])
				break;
		common = n;
	}
	while (common > prefix && ((unsigned char)first[common] & 0xc0) == 0x80)
		common--;
	text_escape(shown, sizeof(shown), first + prefix, common - prefix);
	match->unsafe =
	    strlen(shown) != common - prefix || is_trimmed(match, parts, shown);
	if (match->unsafe)
		return;
	memcpy(match->rest, shown, common - prefix + 1);
	if (match->n == 1 && S_ISDIR(match->entries[0]->mode))
		strlcat(match->rest, "/", sizeof(match->rest));
}

/* Returns the *n entries that match, or NULL if memory is short. */
static const struct remote_folder_entry **
find_entries(const struct remote_folder *remote, const struct parts *parts,
    size_t *n)
{
	const struct remote_folder_entry **entries;
	size_t i, found = 0;

	entries = calloc(remote->n, sizeof(struct remote_folder_entry *));
	for (i = 0; entries != NULL && i < remote->n; i++)
		if (matches_prefix(parts, &remote->entries[i]))
			entries[found++] = &remote->entries[i];
	*n = found;
	return entries;
}

int
completion_find(struct completion *completion, const char *line,
    struct completion_match *match)
{
	const struct completion_folder *folder;
	struct parts parts;

	memset(match, 0, sizeof(*match));
	if (split_line(completion->place, line, &parts) != 0)
		return -1;
	folder = get_folder(completion, parts.folder);
	if (folder == NULL || folder->remote.n == 0)
		return -1;
	match->entries = find_entries(&folder->remote, &parts, &match->n);
	if (match->entries == NULL)
		return -1;
	if (match->n > 0) {
		set_rest(match, &parts);
		return 0;
	}
	completion_free_match(match);
	return -1;
}

void
completion_free_match(struct completion_match *match)
{
	free(match->entries);
	memset(match, 0, sizeof(*match));
}
