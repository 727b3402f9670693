#ifndef HARNESS_ATTEMPT_H
#define HARNESS_ATTEMPT_H

/*
 * One fileget that fetches one file from a lying server, in a folder of its own
 * below "here", so that many attempts can run at once. Each attempt checks that
 * an older file is unchanged and that no new name appears. After a broken
 * connection a part file may appear that contains a prefix of the right bytes.
 */

#include "tests/harness/fake.h"
#include "tests/harness/program.h"

/* Bits that make up the 8 kinds of attempts. */
enum attempt_kind {
	ATTEMPT_OLD = 1,	/* an older file has the name */
	ATTEMPT_SMALL = 2,	/* the file is small */
	ATTEMPT_UNVERIFIED = 4, /* --no-verify */
	ATTEMPT_KINDS = 8,
};

enum attempt_part {
	ATTEMPT_NO_PART,
	ATTEMPT_MAYBE_PART,
	ATTEMPT_PART,
	ATTEMPT_ODD_PART, /* none, or one of any version with any bytes */
};

/* An attempt; zeroed before attempt_start. */
struct attempt {
	const char *row;
	const void *lie; /* the row of the test's table */
	unsigned kind;
	char folder[32]; /* below the scratch folder */
	struct fake_file file;
	struct fake fake;
	struct program client;
};

/*
 * Starts the server and fileget with --retry 0, these arguments (NULL at the
 * end) and the name "f". The server's play function finds the attempt in
 * fake->argument.
 */
void attempt_start(struct attempt *attempt, const char *row, unsigned kind,
    void (*play)(struct fake *), const void *lie, const char *const *args);

/* Waits until fileget ends with this exit code; checks the files it left. */
void attempt_finish(struct attempt *attempt, int code, enum attempt_part part);

/* Calls attempt_start and attempt_finish. */
void attempt_run(struct attempt *attempt, const char *row, unsigned kind,
    void (*play)(struct fake *), const void *lie, const char *const *args,
    int code);

/* Checks that the folder contains the fetched file and nothing else. */
void attempt_expect_new(const struct attempt *attempt);

/* Makes the folder and the older file, as attempt_start does. */
void attempt_prepare(struct attempt *attempt, unsigned kind);

/* Returns the name of a part file of this attempt, in static memory. */
const char *attempt_part_name(const struct attempt *attempt);

/* Calls attempt_prepare and writes a part file with the first n bytes. */
void attempt_leave_part(struct attempt *attempt, unsigned kind, size_t n);

#endif
