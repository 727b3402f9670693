/* terminfo(5) is not read: all terminals know the few control sequences that
 * are used, except those with the names listed here. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/terminal.h"

bool
terminal_can_draw(int fd)
{
	const char *name = getenv("TERM");

	return isatty(fd) == 1 && name != NULL && name[0] != '\0' &&
	    strcmp(name, "dumb") != 0 && strcmp(name, "none") != 0 &&
	    strcmp(name, "unknown") != 0;
}
