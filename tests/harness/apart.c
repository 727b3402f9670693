/* Makes a mount namespace whose mounts are private. */

#include <sys/mount.h>

#include <sched.h>

#include "tests/harness/apart.h"
#include "tests/harness/scratch.h"

static void
set_up(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	scratch_setup();
}

TCase *
apart_case(Suite *suite, const char *name, double limit)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, limit);
	tcase_add_checked_fixture(tcase, set_up, scratch_teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}
