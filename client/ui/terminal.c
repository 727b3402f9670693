/* terminfo(5) is not read: all terminals know the few control sequences that
 * are used, except those with the names listed here. */

#include <sys/ioctl.h>

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

void
terminal_size(int fd, unsigned *rows, unsigned *columns)
{
	struct winsize size = {.ws_row = 0};

	(void)ioctl(fd, TIOCGWINSZ, &size);
	*rows = size.ws_row;
	*columns = size.ws_col > 0 ? size.ws_col : TERMINAL_COLUMNS;
}
