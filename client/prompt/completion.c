/*
 * Listings are kept for the session: a second Tab costs nothing, and nobody
 * expects a prompt to watch a folder. The server's names go onto the line
 * only when they are what a person would see; others are for the eye alone.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/prompt/completion.h"
#include "common/clock.h"
#include "common/text.h"

/* Bytes of memory for what is remembered, beyond the folder at hand. */
#define COMPLETION_MEMORY  ((size_t)64 * 1024 * 1024)
#define COMPLETION_TIMEOUT (5 * CLOCK_SEC)

struct completion_folder {
	SLIST_ENTRY(completion_folder) next;
	char name[REMOTE_CWD_NAME];
	struct remote_folder remote;
};

/* A line, taken apart. */
struct request {
	bool only_folders;
	bool is_quoted;
	bool is_first; /* the prefix begins the line, or stands behind cd, ls */
	char folder[REMOTE_CWD_NAME]; /* from the top */
	const char *prefix;	      /* of a name in it */
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

void
completion_close(struct completion *completion)
{
	completion_forget(completion);
}

/* Lists a folder. Who waits at a prompt does not want to wait for long. */
static int
list(struct completion *completion, const char *name,
    struct remote_folder *remote)
{
	const struct connection_settings *patient =
	    completion->connection->settings;
	struct connection_settings impatient = *patient;
	struct failure failure;
	int result;

	impatient.retry = 0;
	if (impatient.timeout > COMPLETION_TIMEOUT)
		impatient.timeout = COMPLETION_TIMEOUT;
	if (impatient.connect_timeout > COMPLETION_TIMEOUT)
		impatient.connect_timeout = COMPLETION_TIMEOUT;
	completion->connection->settings = &impatient;
	result =
	    remote_folder_list(remote, completion->connection, name, &failure);
	completion->connection->settings = patient;
	return result;
}

/* The folder of this name; NULL if it cannot be had. */
static const struct completion_folder *
get_folder(struct completion *completion, const char *name)
{
	struct completion_folder *folder;
	struct remote_folder remote;

	SLIST_FOREACH(folder, &completion->folders, next)
		if (strcmp(folder->name, name) == 0)
			return folder;
	if (list(completion, name, &remote) != 0)
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

/* Whether a line is a command of two letters with something behind it. */
static bool
is_command(const char *line, const char *word)
{
	return strncmp(line, word, 2) == 0 && remote_cwd_is_blank(line[2]);
}

/* Takes a line apart: 0, or -1 if it leads nowhere. */
static int
parse(const struct remote_cwd *place, const char *line, struct request *request)
{
	char typed[REMOTE_CWD_NAME];
	const char *slash;

	line = skip_blanks(line);
	request->only_folders = is_command(line, "cd");
	if (request->only_folders || is_command(line, "ls"))
		line = skip_blanks(line + 2);
	request->is_quoted = *line == '\'' || *line == '"';
	if (request->is_quoted)
		line++;
	slash = strrchr(line, '/');
	request->is_first = slash == NULL;
	request->prefix = slash == NULL ? line : slash + 1;
	request->len = strlen(request->prefix);
	if ((size_t)(request->prefix - line) >= sizeof(typed))
		return -1;
	memcpy(typed, line, (size_t)(request->prefix - line));
	typed[request->prefix - line] = '\0';
	return remote_cwd_resolve(place, typed, request->folder, NULL);
}

static bool
matches(const struct request *request, const struct remote_folder_entry *entry)
{
	if (request->only_folders && !S_ISDIR(entry->mode))
		return false;
	/* As in a shell, hidden names want their dot. */
	if (request->len == 0)
		return entry->name[0] != '.';
	return strncmp(entry->name, request->prefix, request->len) == 0;
}

/* Whether what a name goes on with would be lost, a blank at the line's
 * beginning or its end. */
static bool
is_lost(const struct completion_match *match, const struct request *request,
    const char *rest)
{
	size_t len = strlen(rest);

	if (request->is_quoted || len == 0)
		return false;
	if (request->is_first && request->len == 0 &&
	    remote_cwd_is_blank(rest[0]))
		return true;
	return match->n == 1 && !S_ISDIR(match->entries[0]->mode) &&
	    remote_cwd_is_blank(rest[len - 1]);
}

/* What all names have in common behind the prefix, in whole characters. */
static void
set_rest(struct completion_match *match, const struct request *request)
{
	const char *first = match->entries[0]->name;
	size_t common = strlen(first), prefix = request->len, i, n;
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
	    strlen(shown) != common - prefix || is_lost(match, request, shown);
	if (match->unsafe)
		return;
	memcpy(match->rest, shown, common - prefix + 1);
	if (match->n == 1 && S_ISDIR(match->entries[0]->mode))
		strlcat(match->rest, "/", sizeof(match->rest));
}

/* The entries that match, *n of them; NULL without memory. */
static const struct remote_folder_entry **
find_entries(const struct remote_folder *remote, const struct request *request,
    size_t *n)
{
	const struct remote_folder_entry **entries;
	size_t i, found = 0;

	entries = calloc(remote->n, sizeof(struct remote_folder_entry *));
	for (i = 0; entries != NULL && i < remote->n; i++)
		if (matches(request, &remote->entries[i]))
			entries[found++] = &remote->entries[i];
	*n = found;
	return entries;
}

int
completion_find(struct completion *completion, const char *line,
    struct completion_match *match)
{
	const struct completion_folder *folder;
	struct request request;

	memset(match, 0, sizeof(*match));
	if (parse(completion->place, line, &request) != 0)
		return -1;
	folder = get_folder(completion, request.folder);
	if (folder == NULL || folder->remote.n == 0)
		return -1;
	match->entries = find_entries(&folder->remote, &request, &match->n);
	if (match->entries == NULL)
		return -1;
	if (match->n > 0) {
		set_rest(match, &request);
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
