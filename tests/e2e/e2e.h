#ifndef E2E_E2E_H
#define E2E_E2E_H

/*
 * The end-to-end tests: the real programs, started as processes and spoken to
 * over loopback. Each suite lives in a file of its own. Tests run one at a
 * time, each in a process of its own that Check kills, with all it started,
 * at the end.
 */

#include <check.h>

/* Absolute paths of the programs under test, set by main. */
extern const char *e2e_fileserv;
extern const char *e2e_fileget;

/* Less work for a test that counts, where a sanitizer makes all slower. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define E2E_SLOW 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define E2E_SLOW 1
#endif
#endif
#ifndef E2E_SLOW
#define E2E_SLOW 0
#endif

/* How many entries a table has. */
#define E2E_ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* A case whose tests have a scratch folder each and a limit in seconds. */
TCase *e2e_case(Suite *suite, const char *name, double limit);

/* Says, on standard error, why a test could not be made here. */
void e2e_skip(const char *test, const char *why);

/* Those in which fileget is the program under test; NULL at the end. */
extern Suite *(*const e2e_client_suites[])(void);

Suite *files_suite(void);
Suite *names_suite(void);
Suite *links_suite(void);
Suite *wire_suite(void);
Suite *flood_suite(void);
Suite *changing_suite(void);
Suite *limits_suite(void);
Suite *digests_suite(void);
Suite *newcomers_suite(void);
Suite *exhausted_suite(void);
Suite *lifecycle_suite(void);
Suite *command_suite(void);
Suite *log_suite(void);
Suite *faults_suite(void);
Suite *rate_suite(void);
Suite *listing_suite(void);

#endif
