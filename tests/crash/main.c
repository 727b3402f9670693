/* The crash pack: kills, power failures and full disks at random moments. */

#include <stddef.h>

#include "tests/crash/suites.h"
#include "tests/harness/harness.h"

static Suite *(*const suites[])(void) = {
    killed_client_suite,
    killed_server_suite,
    power_suite,
    room_suite,
    NULL,
};

static Suite *(*const *const tables[])(void) = {
    suites,
    NULL,
};

int
main(int argc, char **argv)
{
	return harness_main(argc, argv, tables);
}
