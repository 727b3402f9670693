#ifndef CRASH_SUITES_H
#define CRASH_SUITES_H

/* What is killed, cut off or full, and what is left then. */

#include <check.h>

Suite *killed_client_suite(void);
Suite *killed_server_suite(void);
Suite *power_suite(void);
Suite *room_suite(void);

#endif
