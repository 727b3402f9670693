/* The server knows no '..'; it is resolved here, on the name alone. From a
 * folder that was entered by a link, '..' leads to the folder of the link. */

#include <string.h>

#include "client/prompt/remote_cwd.h"

bool
remote_cwd_is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Removes the last component. Returns false at the top. */
static bool
go_up(char *name, size_t *len)
{
	if (*len == 0)
		return false;
	while (*len > 0 && name[*len - 1] != '/')
		--*len;
	if (*len > 0)
		--*len;
	name[*len] = '\0';
	return true;
}

/* Appends a component of n bytes. Returns false if the name is too long. */
static bool
go_down(char *name, size_t *len, const char *component, size_t n)
{
	if (*len + (*len > 0) + n >= REMOTE_CWD_NAME)
		return false;
	if (*len > 0)
		name[(*len)++] = '/';
	memcpy(name + *len, component, n);
	*len += n;
	name[*len] = '\0';
	return true;
}

int
remote_cwd_resolve(const struct remote_cwd *place, const char *typed,
    char name[REMOTE_CWD_NAME], size_t *fixed)
{
	size_t n, least, len = 0;
	bool fits = true;

	name[0] = '\0';
	if (typed[0] != '/')
		len = strlcpy(name, place->folder, REMOTE_CWD_NAME);
	least = len;
	for (; *typed != '\0' && fits; typed += n) {
		typed += *typed == '/';
		n = strcspn(typed, "/");
		if (n == 2 && memcmp(typed, "..", 2) == 0)
			fits = go_up(name, &len);
		else if (n > 0 && !(n == 1 && typed[0] == '.'))
			fits = go_down(name, &len, typed, n);
		if (len < least)
			least = len;
	}
	if (fixed != NULL)
		*fixed = least;
	if (fits && len == 0)
		strlcpy(name, ".", REMOTE_CWD_NAME);
	return fits ? 0 : -1;
}

void
remote_cwd_go(struct remote_cwd *place, const char *name)
{
	strlcpy(place->folder, strcmp(name, ".") == 0 ? "" : name,
	    sizeof(place->folder));
}
