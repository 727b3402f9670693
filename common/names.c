/* Checks names component by component, from their bytes alone. The file system
 * is never asked. */

#include <string.h>

#include "common/names.h"

bool
names_valid(const uint8_t *name, size_t len)
{
	const uint8_t *slash;
	size_t n;

	if (len == 0 || len > NAMES_MAX || memchr(name, '\0', len) != NULL)
		return false;
	for (;;) {
		slash = memchr(name, '/', len);
		n = slash == NULL ? len : (size_t)(slash - name);
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
	const uint8_t *end = name + len;

	if (len == 1 && name[0] == '.')
		return false;
	while (name != NULL) {
		if (name < end && name[0] == '.')
			return true;
		name = memchr(name, '/', (size_t)(end - name));
		if (name != NULL)
			name++;
	}
	return false;
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
