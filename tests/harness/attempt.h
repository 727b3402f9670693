#ifndef HARNESS_ATTEMPT_H
#define HARNESS_ATTEMPT_H

/*
 * A server that lies, and one fileget that meets it, in a folder of its own
 * below "here", so that many can run at once. Whatever happens: an older
 * file stays as it was, and no new name appears but, where the connection
 * broke, that of a part file with a beginning of the right bytes.
 */

#include "tests/harness/fake.h"
#include "tests/harness/program.h"

/* Kinds of an attempt, to be added: 8 in all. */
enum attempt_kind {
	ATTEMPT_OLD = 1,	/* an older file bears the name */
	ATTEMPT_SMALL = 2,	/* the file is small */
	ATTEMPT_UNVERIFIED = 4, /* --no-verify */
	ATTEMPT_KINDS = 8,
};

enum attempt_part {
	ATTEMPT_NO_PART,
	ATTEMPT_MAYBE_PART,
	ATTEMPT_PART,
	ATTEMPT_ODD_PART, /* perhaps, and perhaps with other bytes */
};

/* Zeroed, or started. */
struct attempt {
	const char *row;
	const void *lie; /* what this row is about */
	unsigned kind;
	char folder[32]; /* below the scratch folder */
	struct fake_file file;
	struct fake fake;
	struct program client;
};

/*
 * Starts both: fileget with --retry 0, these arguments (NULL at the end) and
 * the name "f". The part that is played finds the attempt in fake->argument.
 */
void attempt_start(struct attempt *attempt, const char *row, unsigned kind,
    void (*play)(struct fake *), const void *lie, const char *const *args);

/* Waits for the end of fileget, and looks at what is left. */
void attempt_finish(struct attempt *attempt, int code, enum attempt_part part);

/* Both. */
void attempt_run(struct attempt *attempt, const char *row, unsigned kind,
    void (*play)(struct fake *), const void *lie, const char *const *args,
    int code);

/* That the file is there, and nothing else; attempt_finish does it too. */
void attempt_expect_new(const struct attempt *attempt);

/* Its folder and its file alone; before attempt_start. */
void attempt_prepare(struct attempt *attempt, unsigned kind);

/* The same, and puts the first n bytes of the file there, as an earlier run
 * would have left them. */
void attempt_leave_part(struct attempt *attempt, unsigned kind, size_t n);

#endif
