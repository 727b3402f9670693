#ifndef E2E_SERVER_SUITES_H
#define E2E_SERVER_SUITES_H

/* The suites that test fileserv. */

#include <check.h>

Suite *files_suite(void);
Suite *names_suite(void);
Suite *links_suite(void);
Suite *wire_suite(void);
Suite *together_suite(void);
Suite *flood_suite(void);
Suite *changing_suite(void);
Suite *mounts_suite(void);
Suite *mounts_ailing_suite(void);
Suite *mounts_remote_suite(void);
Suite *limits_suite(void);
Suite *tls_tools_suite(void);
Suite *proxied_suite(void);
Suite *encryption_suite(void);
Suite *clients_suite(void);
Suite *clients_calls_suite(void);
Suite *clients_refused_suite(void);
Suite *reload_suite(void);
Suite *digests_suite(void);
Suite *kept_suite(void);
Suite *content_version_suite(void);
Suite *newcomers_suite(void);
Suite *exhausted_suite(void);
Suite *crowded_suite(void);
Suite *lifecycle_suite(void);
Suite *command_suite(void);
Suite *log_suite(void);
Suite *presence_suite(void);
Suite *old_runtime_suite(void);
Suite *addresses_suite(void);
Suite *balancer_suite(void);
Suite *tls_hostile_suite(void);
Suite *faults_suite(void);
Suite *rate_suite(void);
Suite *shares_suite(void);
Suite *listing_suite(void);
Suite *sandbox_suite(void);

#endif
