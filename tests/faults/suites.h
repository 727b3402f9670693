#ifndef FAULTS_SUITES_H
#define FAULTS_SUITES_H

#include <check.h>

/* Which program meets faults, and when. */
Suite *server_suite(void);	 /* fileserv, while it serves */
Suite *server_start_suite(void); /* while it starts */
Suite *server_stop_suite(void);	 /* while it stops */

#endif
