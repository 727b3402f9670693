#ifndef CRASH_SUITES_H
#define CRASH_SUITES_H

/* Programs that are killed, disks that lose power or fill up, and their
 * traces. */

#include <check.h>

Suite *killed_client_suite(void);
Suite *killed_server_suite(void);
Suite *power_suite(void);
Suite *room_suite(void);

#endif
