/*
 * The terminal's own description (terminfo(5)) is not read: all that is needed
 * is known by every terminal but those that say so in their name.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/terminal.h"

static bool
is_obedient(const char *name)
{
	static const char *const others[] = {"", "dumb", "none", "unknown"};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(name, others[i]) == 0)
			return false;
	return true;
}

bool
terminal_can_draw(int fd)
{
	const char *name = getenv("TERM");

	return isatty(fd) == 1 && name != NULL && is_obedient(name);
}
