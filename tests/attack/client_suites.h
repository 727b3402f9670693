#ifndef ATTACK_CLIENT_SUITES_H
#define ATTACK_CLIENT_SUITES_H

/* Attacks on the client, and controls that prove the tests detect a missing
 * defence. */

#include <check.h>

Suite *server_lies_suite(void);
Suite *swapped_suite(void);

#endif
