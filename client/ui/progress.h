#ifndef CLIENT_UI_PROGRESS_H
#define CLIENT_UI_PROGRESS_H

/*
 * Shows the counts of a batch on standard error: as rows that are redrawn, as a
 * line every ten seconds, or not at all. A thread of its own draws at fixed
 * times, so that a stall shows. Any thread may call these functions after
 * progress_open.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/ui/tally.h"
#include "client/ui/terminal_rows.h"

enum progress_mode {
	PROGRESS_MODE_AUTO, /* a bar on a terminal */
	PROGRESS_MODE_BAR,
	PROGRESS_MODE_PLAIN, /* a line every ten seconds */
	PROGRESS_MODE_NONE,
};

struct progress_settings {
	enum progress_mode mode;
	bool quiet;	/* AUTO shows nothing, and there is no start line */
	bool verbose;	/* the bar has a row for each file under way */
	bool json;	/* an object once a second on standard output */
	bool to_stdout; /* the file goes to standard output */
};

enum {
	PROGRESS_SAMPLES = 11, /* of the bytes that come */
};

/* The bytes that a batch had received, and reused, at a time. */
struct progress_sample {
	int64_t at; /* clock_now */
	uint64_t received, reused;
};

struct progress {
	enum progress_mode mode; /* not AUTO; constant */
	bool start_line;	 /* replaces the bar; constant */
	bool has_rows;		 /* of files under way; constant */
	bool has_objects;	 /* of JSON; constant */
	struct tally tally;

	/* The lock of the queue comes first, that of the tally last. */
	pthread_mutex_t screen; /* guards rows and is_hidden */
	struct terminal_rows rows;
	bool is_hidden; /* by progress_hold */

	pthread_mutex_t lock; /* guards is_over */
	pthread_cond_t over;
	bool is_over; /* the batch */

	/* ---- of the thread of progress_begin and progress_end ---- */
	bool has_thread;
	pthread_t thread;

	/* ---- of the drawing thread, while it runs ---- */
	int64_t next_plain;  /* clock_now when a line is due */
	int64_t next_object; /* clock_now when an object is due */
	int64_t last_active; /* clock_now when last_count last changed */
	uint64_t last_count; /* of bytes, replies and files */
	struct progress_sample samples[PROGRESS_SAMPLES]; /* oldest first */
	unsigned n_samples;
};

/* PROGRESS_MODE_AUTO becomes a bar if standard error is a terminal that can
 * draw one. Without a bar, transfer/pipeline.h prints a line at the start. */
void progress_open(struct progress *progress,
    const struct progress_settings *settings);

/* Begins a batch of so many files, with folders to list if is_listing, and
 * starts to show it. If memory for the thread is short, nothing is shown. */
void progress_begin(struct progress *progress, uint64_t files, bool is_listing);

/* Ends the batch and erases it from the screen. Called by the thread that has
 * called progress_begin. */
void progress_end(struct progress *progress);

/* Bracket the printing of a message: the rows are erased, and nothing is drawn
 * in between. They do not nest. */
void progress_hold(struct progress *progress);
void progress_release(struct progress *progress);

/* Draws or prints the rows, line and object that are due at this time
 * (clock_now). Called by the drawing thread and by tests. */
void progress_show(struct progress *progress, int64_t now);

#endif
