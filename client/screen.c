/*
 * The terminal's own description (terminfo(5)) is not read: all that is needed
 * is known by every terminal but those that say so in their name.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/screen.h"

bool
screen_can_draw(int fd)
{
	const char *name = getenv("TERM");

	return isatty(fd) == 1 && name != NULL && name[0] != '\0' &&
	    strcmp(name, "dumb") != 0 && strcmp(name, "unknown") != 0;
}
