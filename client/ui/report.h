#ifndef CLIENT_UI_REPORT_H
#define CLIENT_UI_REPORT_H

/*
 * The output of fileget for people (standard error) and scripts (--json: an
 * object for each file on standard output), and its exit code. Names and
 * messages of the server are escaped here. One thread at a time may call these
 * functions, except report_note and report_detail, which any thread may call.
 *
 * A batch is what one command asks for. A person gets a line for each failure
 * and the totals; a line for each file only with -v, or if it is the only one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/advice.h"
#include "client/ui/failed_lines.h"
#include "client/ui/failure.h"
#include "client/ui/progress.h"
#include "client/ui/report_json.h"
#include "common/names.h"

enum {
	REPORT_MISSING = 3, /* names not found that are kept */
};

enum report_json {
	REPORT_JSON_NONE,
	REPORT_JSON_FILES,    /* an object for each name */
	REPORT_JSON_PROGRESS, /* and each second (ui/progress.h) */
};

struct report_settings {
	bool quiet;
	bool verbose;
	enum report_json json;
	bool sums;    /* a line of sha256sum(1) for each file */
	bool is_dry;  /* --dry-run: nothing is done */
	bool is_tree; /* -r: a summary even for one file */
	struct advice_settings advice;
};

struct report {
	const struct report_settings *settings;
	struct progress *progress;
	enum exit_code code; /* of the first failure */
	bool interrupted;    /* EXIT_INTERRUPTED was printed */
	bool has_answer;     /* set by a connection: the server has replied */

	/* ---- of the batch ---- */
	bool is_single;		/* it asks for one file */
	bool is_tree;		/* it has totals even for one file */
	uint64_t files;		/* complete */
	uint64_t skipped;	/* here already */
	uint64_t left_out;	/* hidden names, without --hidden */
	uint64_t left_out_told; /* printed by report_tell_left_out */
	uint64_t vanished;	/* listed, then gone */
	uint64_t removed;	/* the server does not have them (--delete) */
	uint64_t failed;
	uint64_t not_begun;	 /* the run ended before their turn */
	uint64_t not_begun_told; /* printed by report_tell_not_begun */
	uint64_t bytes;		 /* of complete files */
	uint64_t reused;	 /* of these, from older copies */
	int64_t began;
	/* The first names that failed with EXIT_NOT_FOUND. */
	char missing[REPORT_MISSING][NAMES_MAX + 1];
	size_t n_missing;

	struct failed_lines failed_lines; /* used while progress is held */
};

void report_open(struct report *report, const struct report_settings *settings,
    struct progress *progress);

/* Begins a batch: the counts start at zero. report_open has begun the first. */
void report_begin(struct report *report);

/* Tells whether the batch is a single file, or a tree. */
void report_set_kind(struct report *report, bool is_single, bool is_tree);

/* Returns true if report_finished prints files. If not, it only counts them,
 * and needs no member but the size. */
bool report_tells_files(const struct report *report);

/* Returns true if report_finished prints digests. */
bool report_tells_digests(const struct report *report);

/* Counts and prints a complete file. */
void report_finished(struct report *report, const struct report_file *file);

/* Counts a file that was not fetched because the same is here, at path. */
void report_skipped(struct report *report, const char *name, const char *path);

/* Counts and prints a file of size bytes that a dry run would fetch to path
 * (NULL: standard output). */
void report_planned(struct report *report, const char *name, const char *path,
    uint64_t size);

/* Prints the counts of a dry run. */
void report_tell_plan(struct report *report);

/* Counts and prints a name that was removed at path (--delete), or that a dry
 * run would remove. */
void report_removed(struct report *report, const char *name, const char *path);

/* Counts and prints a name of a tree that vanished after it was listed. */
void report_vanished(struct report *report, const char *name);

/* Counts a name that was skipped because it begins with a dot. */
void report_left_out(struct report *report, const char *name);

/* Prints the number of names left out since the last call, if any. */
void report_tell_left_out(struct report *report);

/* Counts and prints a failure. The first one decides the exit code. name and
 * hint may be NULL; without a hint, ui/advice.h chooses one. Of several
 * failures by an interrupt only the first is printed. EXIT_READER_GONE is not
 * printed: main handles it. */
void report_failure(struct report *report, const char *name,
    const struct failure *failure, const char *hint);

/* Does the same for a failure with this code and text, without a hint. */
void report_error(struct report *report, const char *name, enum exit_code code,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Counts a name that is not begun, because this failure ends the run. It counts
 * for the exit code, and --json prints it. */
void report_not_begun(struct report *report, const char *name,
    const struct failure *failure);

/* Prints the number of names not begun since the last call, if any. */
void report_tell_not_begun(struct report *report);

/* Returns a hint, a static string, if the failure suggests a wrong address;
 * NULL otherwise. */
const char *report_server_hint(const struct report *report,
    const struct failure *failure);

/* Prints a line, unless -q is given. */
void report_note(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints a line if -v is given. */
void report_detail(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends a batch: prints failures again that have left the screen, and the totals
 * if there were several names. */
void report_summary(struct report *report);

/* Frees what is kept for report_summary. The exit code and counts stay. */
void report_close(struct report *report);

#endif
