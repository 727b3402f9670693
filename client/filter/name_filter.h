#ifndef CLIENT_FILTER_NAME_FILTER_H
#define CLIENT_FILTER_NAME_FILTER_H

/* The rules of --include and --exclude, in their order on the command line.
 * The main thread adds them before any other starts; then any thread may call
 * name_filter_excludes. */

#include <stdbool.h>
#include <stddef.h>

struct name_filter_rule;

/* Zeroed, it excludes nothing. */
struct name_filter {
	struct name_filter_rule *rules;
	size_t n;
};

/* Adds a rule behind the others. Returns 0, or -1 with *why, a static string
 * for a person: pattern is invalid (filter/path_pattern.h), or memory is short.
 */
int name_filter_add(struct name_filter *filter, const char *pattern,
    bool includes, const char **why);

void name_filter_free(struct name_filter *filter);

/* Returns whether an entry is excluded, by the first rule that matches it;
 * false if none does. path is relative to the requested folder; the caller has
 * checked the folders above it. */
bool name_filter_excludes(const struct name_filter *filter, const char *path,
    bool is_folder);

#endif
