#ifndef HARNESS_APART_H
#define HARNESS_APART_H

/*
 * Cases for tests that mount file systems. Each test has a mount namespace of
 * its own, so its mounts end with its process. Tests are skipped if the user
 * may not create a mount namespace.
 */

#include <check.h>

/* Returns a case with a scratch folder and a mount namespace for each test;
 * limit is in seconds. */
TCase *apart_case(Suite *suite, const char *name, double limit);

#endif
