/*
 * Checks names component by component, from their bytes alone. The file system
 * is never asked.
 */

#include <string.h>

#include "common/names.h"

/* Returns the length of the first component: up to a '/' or the end. */
static size_t
component_length(const uint8_t *name, size_t len)
{
	const uint8_t *slash = memchr(name, '/', len);

	return slash == NULL ? len : (size_t)(slash - name);
}

bool
names_valid(const uint8_t *name, size_t len)
{
	size_t n;

	if (len == 0 || len > NAMES_MAX || memchr(name, '\0', len) != NULL)
		return false;
	for (;;) {
		n = component_length(name, len);
		if (n == 0 || (n == 1 && name[0] == '.') ||
		    (n == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		if (n == len)
			return true;
		name += n + 1;
		len -= n + 1;
	}
}

bool
names_hidden(const uint8_t *name, size_t len)
{
	size_t n;

	if (len == 1 && name[0] == '.')
		return false;
	for (;;) {
		if (len > 0 && name[0] == '.')
			return true;
		n = component_length(name, len);
		if (n == len)
			return false;
		name += n + 1;
		len -= n + 1;
	}
}

bool
names_is_pattern(const char *name)
{
	return strpbrk(name, "*?[") != NULL;
}

const char *
names_last(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}
