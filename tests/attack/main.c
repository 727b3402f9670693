/* The attack pack: many hostile peers against the real programs. */

#include <stddef.h>

#include "tests/attack/client_suites.h"
#include "tests/attack/server_suites.h"
#include "tests/harness/harness.h"

static Suite *(*const server_suites[])(void) = {
    oracle_suite,
    half_suite,
    half_tls_suite,
    tampered_suite,
    deaf_suite,
    closings_suite,
    races_suite,
    many_suite,
    drip_suite,
    storms_suite,
    nonsense_suite,
    digest_flood_suite,
    hogs_suite,
    soak_suite,
    NULL,
};

static Suite *(*const client_suites[])(void) = {
    server_lies_suite,
    swapped_suite,
    NULL,
};

static Suite *(*const *const tables[])(void) = {
    server_suites,
    client_suites,
    NULL,
};

int
main(int argc, char **argv)
{
	return harness_main(argc, argv, tables);
}
