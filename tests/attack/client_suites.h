#ifndef ATTACK_CLIENT_SUITES_H
#define ATTACK_CLIENT_SUITES_H

/* What a client must stand; and that these tests would notice. */

#include <check.h>

Suite *server_lies_suite(void);

#endif
