#ifndef ATTACK_SERVER_SUITES_H
#define ATTACK_SERVER_SUITES_H

/* Attacks on the server, and controls that prove the tests detect a missing
 * defence. */

#include <check.h>

Suite *oracle_suite(void);
Suite *half_suite(void);
Suite *half_tls_suite(void);
Suite *tampered_suite(void);
Suite *deaf_suite(void);
Suite *closings_suite(void);
Suite *races_suite(void);
Suite *many_suite(void);
Suite *drip_suite(void);
Suite *storms_suite(void);
Suite *nonsense_suite(void);
Suite *digest_flood_suite(void);
Suite *hogs_suite(void);
Suite *soak_suite(void);

#endif
