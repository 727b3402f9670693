#ifndef HARNESS_HARNESS_H
#define HARNESS_HARNESS_H

/*
 * What tests with real programs are made of: each test program links all of
 * this folder. Suites live in files of their own; tests run one at a time,
 * each in a process of its own that Check kills, with all it started, at the
 * end.
 */

#include <check.h>

/* Absolute paths of the programs under test. */
extern const char *harness_fileserv;
extern const char *harness_fileget;

/* Less work for a test that counts, where a sanitizer makes all slower. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define HARNESS_SLOW 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define HARNESS_SLOW 1
#endif
#endif
#ifndef HARNESS_SLOW
#define HARNESS_SLOW 0
#endif

/* A build whose programs do by themselves what a sandbox forbids (a sanitizer,
 * coverage) is told not to enter one. */
#ifndef HARNESS_NO_SANDBOX
#define HARNESS_NO_SANDBOX 0
#endif

/* How many entries a table has. */
#define HARNESS_ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* A case whose tests have a scratch folder each and a limit in seconds. */
TCase *harness_case(Suite *suite, const char *name, double limit);

/* Says, on standard error, why a test could not be made here. */
void harness_skip(const char *test, const char *why);

/*
 * From here on in this test another build of a program is meant, which
 * &harness_fileserv or &harness_fileget stands for: tests/KIND-NAME in its
 * folder. Kinds: "control", from which a defence was taken out, and "probe",
 * in which a thread was taken over. Without that build the test fails.
 */
void harness_use(const char **program, const char *kind, const char *name);

/*
 * The main of a test program: "PROGRAM FILESERV FILEGET [SUITE | PART/PARTS]"
 * runs the suites of these tables (NULL at the end of each, and of all), the
 * one that is named, or every PARTS-th from PART on. The exit code.
 */
int harness_main(int argc, char **argv, Suite *(*const *const *tables)(void));

#endif
