/* Fault injection: makes one system or library call after another fail in the
 * real programs. */

#include <stddef.h>

#include "tests/faults/suites.h"
#include "tests/harness/harness.h"

#define SUITE(name) name##_suite,

static Suite *(*const suites[])(void) = {server_suite, server_start_suite,
    server_stop_suite, server_clients_suite, keys_suite,
    CLIENT_SUITES(SUITE) NULL};

static Suite *(*const *const tables[])(void) = {suites, NULL};

int
main(int argc, char **argv)
{
	return harness_main(argc, argv, tables);
}
