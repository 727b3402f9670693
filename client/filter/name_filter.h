#ifndef CLIENT_FILTER_NAME_FILTER_H
#define CLIENT_FILTER_NAME_FILTER_H

/* The rules of --include and --exclude, in their order on the command line.
 * They are made by the main thread before any other starts; then any thread may
 * ask.
 */

#include <stdbool.h>
#include <stddef.h>

struct name_filter_rule;

/* Zeroed, it excludes nothing. */
struct name_filter {
	struct name_filter_rule *rules;
	size_t n;
};

/* Adds a rule behind the others. Returns 0, or -1 with *why, a static string
 * for a person: pattern is none (filter/path_pattern.h), or memory is short. */
int name_filter_add(struct name_filter *filter, const char *pattern,
    bool includes, const char **why);

void name_filter_free(struct name_filter *filter);

/* Returns whether an entry is excluded, by the first rule that matches it;
 * false if none does. path is relative to the folder that was asked for. The
 * folders above it are not excluded. */
bool name_filter_excludes(const struct name_filter *filter, const char *path,
    bool is_folder);

#endif
