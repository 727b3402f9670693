#ifndef HARNESS_HARNESS_H
#define HARNESS_HARNESS_H

/*
 * The base of tests that run the real programs. Each test program links all
 * files of this folder and has its suites in files of its own. Tests run one at
 * a time, each in its own process; at its end Check kills that process and all
 * processes that it started.
 */

#include <check.h>

/* The absolute paths of the programs under test. */
extern const char *harness_fileserv;
extern const char *harness_fileget;

/* Tests with many repetitions make fewer of them under a slow sanitizer. */
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

/* True for builds (sanitizers, coverage) whose programs make system calls that
 * the sandbox forbids: these run without it. */
#ifndef HARNESS_NO_SANDBOX
#define HARNESS_NO_SANDBOX 0
#endif

/* The number of entries of a table. */
#define HARNESS_ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Returns a case whose tests have a scratch folder each; limit is in seconds.
 */
TCase *harness_case(Suite *suite, const char *name, double limit);

/* Prints on standard error why a test is skipped. */
void harness_skip(const char *test, const char *why);

/*
 * Replaces a program (&harness_fileserv or &harness_fileget) by another build
 * for the rest of this test: tests/KIND-NAME in its folder. A "control" lacks a
 * defence; a "probe" contains attacking code in a thread. Fails the test if the
 * build does not exist.
 */
void harness_use(const char **program, const char *kind, const char *name);

/*
 * The main function of a test program: "PROGRAM FILESERV FILEGET [SUITE |
 * PART/PARTS]". Runs all suites of these tables (NULL at the end of each table,
 * and of the list), the named one, or every PARTS-th from PART on. Returns the
 * exit code.
 */
int harness_main(int argc, char **argv, Suite *(*const *const *tables)(void));

#endif
