#ifndef FAULTS_FAULT_H
#define FAULTS_FAULT_H

/*
 * A fault that a program under test meets: the N-th call of one kind fails.
 * One program at a time is under the shim.
 */

#include <stdbool.h>

#include "tests/faults/page.h"

struct fault {
	enum faults_call call;
	int error; /* errno, or FAULTS_SHORT */
	enum faults_mode mode;
};

/* In a test, before anything else here: makes the page. */
void fault_open(void);

/* What a program's environment needs to meet faults; NULL at the end. */
const char *const *fault_environment(void);

/* From now on the nth call fails. */
void fault_arm(const struct fault *fault, unsigned nth);

/* From now on none does: whether one did. */
bool fault_disarm(void);

/* Whether FAULTS_QUICK stands in the environment: then not all is tried. */
bool fault_in_haste(void);

/* The N after this one: one more, or, in haste, half as much more. */
unsigned fault_next(unsigned nth);

/* Whether a row of a table is passed over: a mode that it is not meant for,
 * or, in haste, an error that the row before it, of the same call, stands for.
 */
bool fault_is_skipped(const struct fault *fault, unsigned modes,
    enum faults_call before);

/* Whether a program with threads is ended by its sanitizer when it meets this
 * fault: a new thread's first look at itself wants memory. */
bool fault_ends_sanitizer(const struct fault *fault);

/* Notes how many runs of a program met this fault, in the file of FAULTS_TALLY
 * in the environment, if there is one. */
void fault_count(const char *program, const struct fault *fault, unsigned runs);

/* Whether it is memory that runs out. libseccomp 2.5 crashes then, or never
 * returns, so both programs run without their sandbox. */
bool fault_is_about_memory(const struct fault *fault);

/* "fsync: No space left on device, once, call 3"; overwritten by the next. */
const char *fault_print(const struct fault *fault, unsigned nth);

#endif
