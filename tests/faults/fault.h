#ifndef FAULTS_FAULT_H
#define FAULTS_FAULT_H

/*
 * Faults for a program under test: the N-th call of one kind fails. One program
 * at a time runs with the shim.
 */

#include <stdbool.h>

#include "tests/faults/page.h"

struct fault {
	enum faults_call call;
	int error; /* errno, or FAULTS_SHORT */
	enum faults_mode mode;
};

/* Creates the shared page. Call it first in a test. */
void fault_open(void);

/* Returns the environment that loads the shim into a program, NULL-
 * terminated. */
const char *const *fault_environment(void);

/* Makes the nth call from now on fail. */
void fault_arm(const struct fault *fault, unsigned nth);

/* Ends the fault. Returns whether a call failed. */
bool fault_disarm(void);

/* Returns whether FAULTS_QUICK is set: then only some faults are tried. */
bool fault_in_haste(void);

/* Returns the next N to try: nth + 1 or, with FAULTS_QUICK, 1.5 nth. */
unsigned fault_next(unsigned nth);

/* Returns whether a row of a table is skipped: it does not apply to this mode
 * or, with FAULTS_QUICK, the row before it covers the same call. */
bool fault_is_skipped(const struct fault *fault, unsigned modes,
    enum faults_call before);

/* Returns whether a sanitizer ends a threaded program at this fault: it
 * allocates memory for each new thread. */
bool fault_ends_sanitizer(const struct fault *fault);

/* Appends the number of runs with this fault to the file named by FAULTS_TALLY,
 * if set. */
void fault_count(const char *program, const struct fault *fault, unsigned runs);

/* Returns whether the fault is lack of memory. Both programs then run without
 * their sandbox, because libseccomp 2.5 crashes or hangs. */
bool fault_is_about_memory(const struct fault *fault);

/* Returns "fsync: No space left on device, once, call 3". The next call
 * overwrites it. */
const char *fault_print(const struct fault *fault, unsigned nth);

#endif
