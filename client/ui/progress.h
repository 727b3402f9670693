#ifndef CLIENT_UI_PROGRESS_H
#define CLIENT_UI_PROGRESS_H

/*
 * Shows the progress of a batch of files on standard error: a bar that is
 * redrawn, a line now and then, or nothing. Any thread may call these functions
 * after progress_open.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum progress_mode {
	PROGRESS_MODE_AUTO, /* a bar on a terminal */
	PROGRESS_MODE_BAR,
	PROGRESS_MODE_PLAIN, /* lines now and then */
	PROGRESS_MODE_NONE,
};

struct progress_settings {
	enum progress_mode mode;
	bool quiet;
};

struct progress {
	pthread_mutex_t lock;	 /* guards all members */
	enum progress_mode mode; /* not AUTO */
	bool start_line;	 /* replaces the bar; constant */
	bool colour;
	bool shown;		/* a bar stands on the line */
	int64_t next;		/* time of the next drawing */
	uint64_t files;		/* in the batch */
	uint64_t left;		/* files not finished, with the current one */
	uint64_t bytes;		/* received for the batch */
	const char *name;	/* of the current file, or NULL */
	uint64_t size;		/* of the current file, bytes */
	uint64_t at;		/* bytes of this file that are here */
	uint64_t file_received; /* bytes of this file received by this run */
	int64_t file_began;
};

/* PROGRESS_MODE_AUTO becomes a bar where standard error is a terminal, else a
 * line at the start. (ui/report.h prints the lines at the end of files.) */
void progress_open(struct progress *progress,
    const struct progress_settings *settings);

/* Begins a batch of so many files. */
void progress_begin(struct progress *progress, uint64_t files);

/* Adds a file to the batch. */
void progress_add_file(struct progress *progress);

/* Begins a file of size bytes, at of which are here already. left: the number
 * of files not yet finished. name is borrowed until progress_end_file; the
 * pointer identifies the file. replaces: it takes the place of a shown file;
 * otherwise it is ignored while another file is shown. */
void progress_begin_file(struct progress *progress, uint64_t left,
    const char *name, uint64_t size, uint64_t at, bool replaces);

/* Adds n received bytes of a file. Draws if it is time to; of several files,
 * the one begun last is shown. */
void progress_add(struct progress *progress, const char *name, uint64_t n);

/* Ends a file, complete or not. */
void progress_end_file(struct progress *progress, const char *name);

/* Returns the bytes received for the batch. */
uint64_t progress_bytes(struct progress *progress);

/* Removes the bar from the line, before a message. */
void progress_clear(struct progress *progress);

#endif
