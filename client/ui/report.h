#ifndef CLIENT_UI_REPORT_H
#define CLIENT_UI_REPORT_H

/*
 * What fileget tells a person (standard error) and a script (--json: one
 * object per file on standard output), and its exit code. Everything foreign
 * is escaped here, and what ui/progress.c shows, there. What counts files is
 * called by one thread at a time; notes and details by any.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/ui/advice.h"
#include "client/ui/progress.h"
#include "common/digest.h"

struct report_settings {
	bool quiet;
	bool verbose;
	bool json;    /* an object for each file, on standard output */
	bool sums;    /* a line as of sha256sum(1) for each file */
	bool is_tree; /* -r: a summary even for one file */
	struct advice_settings advice;
};

struct report {
	const struct report_settings *settings;
	struct progress *progress;
	enum exit_code code;	/* of the first failure */
	bool interrupted;	/* has been told */
	bool has_answer;	/* the server has replied to something */
	uint64_t files;		/* finished */
	uint64_t skipped;	/* here already */
	uint64_t left_out;	/* begin with a dot, without --hidden */
	uint64_t left_out_told; /* of these, by report_tell_left_out */
	uint64_t failed;
	uint64_t bytes; /* of finished files */
	int64_t began;
};

/* A file that is complete. */
struct report_file {
	const char *name;
	const char *path;  /* where it was written; NULL: stdout */
	uint64_t size;	   /* bytes */
	uint64_t received; /* of these, in this run */
	int64_t elapsed;   /* nanoseconds */
	int64_t mtime_ns;
	bool verified;
	const uint8_t *digest; /* of the whole, if it is known: DIGEST_LENGTH
				  bytes, or NULL */
	const uint8_t *sha256; /* SHA256SUM_LENGTH bytes, or NULL */
};

void report_open(struct report *report, const struct report_settings *settings,
    struct progress *progress);

/* Whether report_finished tells of a file; else it counts it, and looks at
 * nothing but its size. */
bool report_tells_files(const struct report *report);

void report_finished(struct report *report, const struct report_file *file);

/* A file that is here already, at this path, and was not fetched. */
void report_skipped(struct report *report, const char *name, const char *path);

/* A name that was not fetched with its folder because it begins with a dot. */
void report_left_out(struct report *report, const char *name);

/* Says how many names were left out since it was last called, if any. */
void report_tell_left_out(struct report *report);

/*
 * A failure: what (a name, or NULL), why, and, where something can be done,
 * what (or NULL). Decides the exit code if it is the first. Of several that an
 * interruption has ended, the first alone is told.
 */
void report_failure(struct report *report, const char *name,
    const struct failure *failure, const char *hint);

/* Notes that the server has replied to something. */
void report_set_answered(struct report *report);

/* Returns the hint for a failure that suggests a wrong address, a static
 * string, or NULL for any other failure. */
const char *report_server_hint(const struct report *report,
    const struct failure *failure);

/* One of many that fail for a reason that was reported: for JSON and the
 * count alone. */
void report_also_failed(struct report *report, const char *name,
    const struct failure *failure);

/* Says something in passing; not with -q. */
void report_note(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, only with -v. */
void report_detail(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The last line, where there were several files. */
void report_summary(struct report *report);

#endif
