#ifndef CLIENT_FILTER_PATH_PATTERN_H
#define CLIENT_FILTER_PATH_PATTERN_H

/*
 * A pattern for paths below a folder, as in rsync(1). It matches a whole path,
 * or everything after one of its slashes.
 *	?	any byte except a slash
 *	*	any number of bytes except slashes
 *	**	any number of bytes
 *	[...]	a byte of this set, as in fnmatch(3); never a slash
 *	\x	the byte x
 * With a slash in front it matches whole paths only, with a slash at the end
 * folders only. A leading "**" and slash also match at the top. Bytes are
 * compared, not characters. Any thread may call these functions; the locale
 * must be "C" while a pattern is made.
 */

#include <stdbool.h>

struct path_pattern;

/* Returns the pattern of a text, for path_pattern_free; or NULL with *why, a
 * static string for a person: the text is no pattern, or memory is short. */
struct path_pattern *path_pattern_new(const char *text, const char **why);

void path_pattern_free(struct path_pattern *pattern);

/* Returns whether the pattern matches a path, which has no slash at either end.
 * The time is bounded by the length of the path times that of the pattern. */
bool path_pattern_matches(const struct path_pattern *pattern, const char *path,
    bool is_folder);

#endif
