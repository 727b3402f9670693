#ifndef CLIENT_UI_PROGRESS_H
#define CLIENT_UI_PROGRESS_H

/*
 * Shows the counts of a batch on standard error: rows that are drawn again, a
 * line now and then, or nothing. A thread of its own draws, by time, so that a
 * stall shows. Any thread may call these functions after progress_open.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/ui/tally.h"
#include "client/ui/terminal_rows.h"

enum progress_mode {
	PROGRESS_MODE_AUTO, /* a bar on a terminal */
	PROGRESS_MODE_BAR,
	PROGRESS_MODE_PLAIN, /* lines now and then */
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
	PROGRESS_SAMPLES = 11, /* of the bytes received */
};

/* The bytes that a batch had received at a time. */
struct progress_sample {
	int64_t at; /* clock_now */
	uint64_t received;
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
	int64_t last_active; /* clock_now when something came last */
	uint64_t last_count; /* of all that had come then */
	struct progress_sample samples[PROGRESS_SAMPLES]; /* oldest first */
	unsigned n_samples;
};

/* PROGRESS_MODE_AUTO becomes a bar where standard error is a terminal that can
 * draw, else a line at the start (printed by transfer/pipeline.h). */
void progress_open(struct progress *progress,
    const struct progress_settings *settings);

/* Begins a batch of so many files, and of folders, if is_listing; starts to
 * show it. If there is no memory for a thread, nothing is shown. */
void progress_begin(struct progress *progress, uint64_t files, bool is_listing);

/* Ends the batch: nothing of it is left on the screen. By the same thread. */
void progress_end(struct progress *progress);

/* Bracket the printing of a message. In between nothing is drawn, and what was
 * drawn is gone. They do not nest. */
void progress_hold(struct progress *progress);
void progress_release(struct progress *progress);

/* Shows what is due at a time (clock_now). For the drawing thread and tests. */
void progress_show(struct progress *progress, int64_t now);

#endif
