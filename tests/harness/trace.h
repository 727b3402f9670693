#ifndef HARNESS_TRACE_H
#define HARNESS_TRACE_H

/*
 * The system calls of a running program, as strace(1) sees them from outside.
 * Failures fail the test.
 */

#include <stdbool.h>

#include "tests/harness/program.h"

struct trace {
	struct program strace;
	char file[32]; /* in the scratch folder */
};

/* Begins to trace all threads of a program. Returns false, and says that the
 * test is skipped, if there is no strace or it may not trace here. */
bool trace_begin(struct trace *trace, const struct program *program,
    const char *test);

/* Ends the trace. Returns the calls as strace writes them, one a line, for
 * free. */
char *trace_end(struct trace *trace);

/* Returns the name of the first call in a trace that names, opens, reads or
 * lists a file, or NULL; valid until the next call of this function. */
const char *trace_find_file_call(const char *calls);

#endif
