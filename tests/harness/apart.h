#ifndef HARNESS_APART_H
#define HARNESS_APART_H

/*
 * Tests that mount something: each has a mount namespace of its own, which
 * ends with its process, and the mounts with it. Who may not make one cannot
 * mount either, and skips.
 */

#include <check.h>

/* As harness_case. */
TCase *apart_case(Suite *suite, const char *name, double limit);

#endif
