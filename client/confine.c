/*
 * Reading stays free: names are looked up, and files to be continued read, at
 * any time.
 */

#include <errno.h>
#include <string.h>

#include "client/confine.h"
#include "common/landlock.h"

void
confine_writing(const struct options *options, int folder_fd,
    struct report *report)
{
	if (!options->sandbox)
		return;
	if (landlock_give_up(LANDLOCK_WRITE | LANDLOCK_TRUNCATE |
		    LANDLOCK_EXECUTE,
		folder_fd, LANDLOCK_WRITE | LANDLOCK_TRUNCATE) < 0)
		report_detail(report, "not confined to the target folder: %s",
		    strerror(errno));
}
