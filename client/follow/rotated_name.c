/* Pure functions on strings. */

#include <stddef.h>
#include <string.h>

#include "client/follow/rotated_name.h"

/* Returns the length of a name without its extension, if it has one. */
static size_t
stem_length(const char *base)
{
	const char *dot = strrchr(base, '.');

	return dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base);
}

/* Returns whether the text is ".", "-" or "_", then a number or a date. */
static bool
is_stamp(const char *text, size_t len)
{
	if (len < 2 || strchr(".-_", text[0]) == NULL)
		return false;
	return strspn(text, "0123456789.-_:T+Z") >= len &&
	    strcspn(text, "0123456789") < len;
}

bool
rotated_name_is_rotated(const char *base, const char *name)
{
	size_t len = strlen(base), stem = stem_length(base);
	size_t n = strlen(name), end = len - stem;

	if (n > len && memcmp(name, base, len) == 0 &&
	    is_stamp(name + len, n - len))
		return true;
	return end > 0 && n > len && memcmp(name, base, stem) == 0 &&
	    strcmp(name + n - end, base + stem) == 0 &&
	    is_stamp(name + stem, n - len);
}

bool
rotated_name_is_related(const char *base, const char *name)
{
	return strncmp(name, base, stem_length(base)) == 0;
}
