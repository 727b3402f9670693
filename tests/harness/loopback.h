#ifndef HARNESS_LOOPBACK_H
#define HARNESS_LOOPBACK_H

/* The loopback interface, over which all tests connect, and its name. */

#include <stdbool.h>

/*
 * Brings the interface up if it is down, as it is in a new network namespace
 * (unshare -n). Returns false if that is not allowed: then prints that these
 * tests are skipped.
 */
bool loopback_ready(const char *tests);

/* Returns whether "localhost" can be looked up, usually in /etc/hosts. If not,
 * prints that this test is skipped. */
bool loopback_has_name(const char *test);

#endif
